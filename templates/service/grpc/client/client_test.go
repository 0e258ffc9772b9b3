package client_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"example.com/orders/client"
	itemsv1 "example.com/orders/gen/items/v1"
)

// flaky has gone away twice before it answers.
type flaky struct {
	itemsv1.UnimplementedItemsServiceServer
	asked, added atomic.Int32
}

func (f *flaky) AddItem(context.Context, *itemsv1.AddItemRequest) (*itemsv1.AddItemResponse, error) {
	f.added.Add(1)
	return nil, status.Error(codes.Unavailable, "on its way out")
}

func (f *flaky) GetItem(context.Context, *itemsv1.GetItemRequest) (*itemsv1.GetItemResponse, error) {
	if f.asked.Add(1) < 3 {
		return nil, status.Error(codes.Unavailable, "on its way out")
	}
	return &itemsv1.GetItemResponse{}, nil
}

func TestAsksAgainOnlyWhatHasNoSideEffects(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, items := grpc.NewServer(), &flaky{}
	itemsv1.RegisterItemsServiceServer(server, items)
	go func() { _ = server.Serve(listener) }()
	defer server.Stop()
	calls, err := client.New(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer calls.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := calls.Items.GetItem(ctx, &itemsv1.GetItemRequest{Id: "1"}); err != nil || items.asked.Load() != 3 {
		t.Errorf("%v, asked %d times", err, items.asked.Load())
	}
	if _, err := calls.Items.AddItem(ctx, &itemsv1.AddItemRequest{}); err == nil || items.added.Load() != 1 {
		t.Errorf("%v, added %d times", err, items.added.Load())
	}
}
