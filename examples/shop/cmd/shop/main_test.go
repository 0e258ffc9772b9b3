package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	shopv1 "example.com/shop/gen/shop/v1"
)

func TestShopSellsAndCounts(t *testing.T) {
	address := startShop(t)
	conn, err := grpc.NewClient(address["orders"], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, err = shopv1.NewOrdersServiceClient(conn).CreateOrder(t.Context(), &shopv1.CreateOrderRequest{
		UserId: "u-1", Items: []*shopv1.Item{{ProductId: "p-1", Quantity: 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"/shop.v1.OrdersService/CreateOrder":     1,
		"/shop.v1.UsersService/GetUser":          1,
		"/shop.v1.ProductsService/ReserveStock":  1,
		"/shop.v1.PaymentsService/CreatePayment": 1,
	}
	if got := counts(t, address["debug"]); !reflect.DeepEqual(got, want) {
		t.Errorf("calls %v, want %v", got, want)
	}
}

// startShop runs the shop on free ports until the test ends, and returns where its parts listen.
func startShop(t *testing.T) map[string]string {
	t.Helper()
	addresses := map[string]*string{}
	for _, name := range []string{"debug", "users", "products", "orders", "payments"} {
		addresses[name] = new("127.0.0.1:0")
	}
	ctx, stop := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, addresses, writer)
		_ = writer.CloseWithError(err)
		done <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the shop stopped with %v", err)
		}
	})
	var bound map[string]string
	if err := json.NewDecoder(reader).Decode(&bound); err != nil {
		t.Fatal(err)
	}
	return bound
}

func counts(t *testing.T, address string) map[string]int {
	t.Helper()
	response, err := http.Get("http://" + address + "/calls")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var got map[string]int
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got
}
