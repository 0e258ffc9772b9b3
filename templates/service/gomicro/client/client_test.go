package client_test

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"go-micro.dev/v5/registry"
	micro "go-micro.dev/v5/server"

	"example.com/orders/client"
	"example.com/orders/internal/api"
	"example.com/orders/internal/server"
)

// serve starts an instance that keeps what it is asked to in the store.
func serve(t *testing.T, names registry.Registry, id int, store api.Store) (stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	instance := server.New(listener, nil, micro.Name("orders"), micro.Id(fmt.Sprint(id)), micro.Registry(names))
	if err := instance.Handle(instance.NewHandler(api.New(store))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- instance.Serve(ctx, time.Minute, func() {}) }()
	waitFor(t, names, id)
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// waitFor waits until so many instances are registered.
func waitFor(t *testing.T, names registry.Registry, instances int) {
	t.Helper()
	for t.Context().Err() == nil {
		nodes := 0
		found, _ := names.GetService("orders")
		for _, service := range found {
			nodes += len(service.Nodes)
		}
		if nodes == instances {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestFindsInstancesByNameAndGoesOnWithoutOne(t *testing.T) {
	names, store := registry.NewMemoryRegistry(), api.NewMemory()
	stopFirst := serve(t, names, 1, store)
	stopSecond := serve(t, names, 2, store)
	defer stopSecond()
	calls := client.New(names)
	kept, err := calls.Add(t.Context(), client.NewItem{Name: "tea", Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}
	stopFirst()
	for range 10 {
		found, err := calls.Find(t.Context(), kept.ID)
		if want := (client.Item{ID: kept.ID, Name: "tea", Quantity: 2}); found != want || err != nil {
			t.Fatalf("got %+v, %v", found, err)
		}
	}
}

func TestAsksAgainOnlyWhatHasNoSideEffects(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var asked atomic.Int32
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			_ = connection.Close()
		}
	}()
	calls := client.New(registry.NewMemoryRegistry(), listener.Addr().String())
	_, err = calls.Add(t.Context(), client.NewItem{Name: "tea", Quantity: 2})
	if added := asked.Swap(0); err == nil || added != 1 {
		t.Errorf("%v, asked to add %d times", err, added)
	}
	_, err = calls.Find(t.Context(), "1")
	if found := asked.Load(); err == nil || found != 3 {
		t.Errorf("%v, asked to find %d times", err, found)
	}
}
