package main

import (
	"context"
	"math"
	"net"
	"runtime"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"gantry.example/stock/stockv1"
)

// TestListFlows asks for more than a program can gather unseen, and looks at what was made once the first has come. gRPC
// lets a server be some kilobytes ahead of who reads.
func TestListFlows(t *testing.T) {
	t.Log("${nonce}")
	client, _ := serve(t)
	before := allocated()
	list, err := client.List(t.Context(), &stockv1.ListRequest{Prefix: "${nonce}", Count: 2_000_000})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := list.Recv(); err != nil {
		t.Fatal(err)
	}
	const most = 48 << 20
	if made := allocated() - before; made > most {
		t.Errorf("of 2000000 articles one was read, and %d MiB were made by then", made>>20)
	}
}

// TestStops goes away in the middle of a stream, and waits for the method to return.
func TestStops(t *testing.T) {
	t.Log("${nonce}")
	client, returned := serve(t)
	for name, call := range map[string]func(context.Context) error{
		"List": func(ctx context.Context) error {
			list, err := client.List(ctx, &stockv1.ListRequest{Prefix: "${nonce}", Count: math.MaxUint32})
			if err != nil {
				return err
			}
			_, err = list.Recv()
			return err
		},
		"Track": func(ctx context.Context) error {
			track, err := client.Track(ctx)
			if err != nil {
				return err
			}
			if err := track.Send(&stockv1.Parcel{Label: "${nonce}"}); err != nil {
				return err
			}
			_, err = track.Recv()
			return err
		},
	} {
		ctx, leave := context.WithCancel(t.Context())
		defer leave()
		if err := call(ctx); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		leave()
		select {
		case <-returned:
		case <-time.After(5 * time.Second):
			t.Fatalf("the caller of %s went away, and the method still runs", name)
		}
	}
}

// serve starts the service in this process; the channel says that a streaming method has returned.
func serve(t *testing.T) (stockv1.StockClient, <-chan struct{}) {
	returned := make(chan struct{}, 1)
	server := grpc.NewServer(grpc.StreamInterceptor(
		func(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
			defer func() { returned <- struct{}{} }()
			return handle(service, stream)
		}))
	listener := bufconn.Listen(1 << 16)
	conn, err := grpc.NewClient("passthrough:///here", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	register(server, stockv1.NewWarehouseClient(conn))
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		_ = conn.Close()
		server.Stop()
	})
	return stockv1.NewStockClient(conn), returned
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}
