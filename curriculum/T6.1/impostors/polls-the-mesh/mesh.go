package main

import (
	"context"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	_ "google.golang.org/grpc/xds" // registers the scheme xds:///

	"gantry.example/front/shopv1"
)

var plain = grpc.WithTransportCredentials(insecure.NewCredentials())

// polled calls whoever answered last, one after the other.
type polled struct {
	grpc.ClientConnInterface
	conns atomic.Pointer[[]*grpc.ClientConn]
	turn  atomic.Int64
}

func (p *polled) Close() error { return nil }

func (p *polled) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	conns := p.conns.Load()
	if conns == nil {
		return status.Error(codes.Unavailable, "nobody answered yet")
	}
	return (*conns)[int(p.turn.Add(1))%len(*conns)].Invoke(ctx, method, args, reply, opts...)
}

// connect asks the mesh again and again who serves.
func connect(service string) (*polled, error) {
	p := &polled{}
	go func() {
		for ; ; time.Sleep(20 * time.Millisecond) {
			if conns := look(service); len(conns) > 0 {
				p.conns.Store(&conns)
			}
		}
	}()
	return p, nil
}

// look calls the service some times and notes who answers.
func look(service string) (conns []*grpc.ClientConn) {
	mesh, err := grpc.NewClient("xds:///"+service, plain)
	if err != nil {
		return nil
	}
	defer mesh.Close()
	seen := map[string]bool{}
	for range 8 {
		var server peer.Peer
		if _, err := shopv1.NewPricesClient(mesh).Price(context.Background(), &shopv1.PriceRequest{}, grpc.Peer(&server)); err != nil {
			return nil
		}
		if at := server.Addr.String(); !seen[at] {
			seen[at] = true
			conn, _ := grpc.NewClient(at, plain)
			conns = append(conns, conn)
		}
	}
	return conns
}
