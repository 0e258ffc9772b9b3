package api_test

import (
	"context"
	"errors"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	itemsv1 "example.com/orders/gen/items/v1"
	"example.com/orders/internal/api"
)

// client calls the API through a connection in memory.
func client(t *testing.T, store api.Store) itemsv1.ItemsServiceClient {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer()
	api.Register(server, store)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	connection, err := grpc.NewClient("passthrough:///buffer",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return itemsv1.NewItemsServiceClient(connection)
}

func TestKeepsAnItem(t *testing.T) {
	items := client(t, api.NewMemory())
	made, err := items.AddItem(t.Context(), &itemsv1.AddItemRequest{Name: "tea", Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}
	found, err := items.GetItem(t.Context(), &itemsv1.GetItemRequest{Id: made.GetItem().GetId()})
	if err != nil {
		t.Fatal(err)
	}
	if item := found.GetItem(); item.GetId() == "" || item.GetName() != "tea" || item.GetQuantity() != 2 {
		t.Errorf("got %v", item)
	}
}

func TestKeepsAStreamOfItems(t *testing.T) {
	stream, err := client(t, api.NewMemory()).AddItems(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tea", "rice"} {
		if err := stream.Send(&itemsv1.AddItemsRequest{Name: name, Quantity: 1}); err != nil {
			t.Fatal(err)
		}
	}
	response, err := stream.CloseAndRecv()
	if err != nil || len(response.GetItems()) != 2 || response.GetItems()[1].GetName() != "rice" {
		t.Errorf("got %v, %v", response, err)
	}
}

func TestRefuses(t *testing.T) {
	items := client(t, api.NewMemory())
	add := func(name string, quantity int32) error {
		_, err := items.AddItem(t.Context(), &itemsv1.AddItemRequest{Name: name, Quantity: quantity})
		return err
	}
	_, unknown := items.GetItem(t.Context(), &itemsv1.GetItemRequest{Id: "none"})
	for name, test := range map[string]struct {
		err  error
		code codes.Code
	}{
		"no name":         {add("", 1), codes.InvalidArgument},
		"no quantity":     {add("tea", 0), codes.InvalidArgument},
		"an unknown item": {unknown, codes.NotFound},
	} {
		if status.Code(test.err) != test.code {
			t.Errorf("%s: %v", name, test.err)
		}
	}
}

type broken struct{}

var errSecret = errors.New("secret: the database is at 10.0.0.7")

func (broken) Add(context.Context, api.Item) (api.Item, error) { return api.Item{}, errSecret }
func (broken) Find(context.Context, string) (api.Item, error)  { return api.Item{}, errSecret }

func TestDoesNotTellWhatIsNobodysBusiness(t *testing.T) {
	items := client(t, broken{})
	_, adding := items.AddItem(t.Context(), &itemsv1.AddItemRequest{Name: "tea", Quantity: 1})
	_, finding := items.GetItem(t.Context(), &itemsv1.GetItemRequest{Id: "1"})
	for _, err := range []error{adding, finding} {
		if status.Code(err) != codes.Internal || status.Convert(err).Message() != "internal error" {
			t.Errorf("got %v", err)
		}
	}
}
