package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/xds"
)

// backend is a gRPC server that an xDS server may send callers to; it counts them.
type backend struct {
	grpc_health_v1.UnimplementedHealthServer
	server *grpc.Server
	addr   string
	calls  atomic.Int64
}

func (b *backend) Check(context.Context, *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	b.calls.Add(1)
	return &grpc_health_v1.HealthCheckResponse{Status: grpc_health_v1.HealthCheckResponse_SERVING}, nil
}

// xdsWorks is a data plane: gRPC's own xDS client, told where to go by the program under test, and servers to go to.
func xdsWorks() map[string]func(json.RawMessage) (any, error) {
	backends := newRegistry[*backend]("backend")
	clients := newRegistry[*grpc.ClientConn]("xds")
	return map[string]func(json.RawMessage) (any, error){
		"xds.backend": with(func(struct{}) (any, error) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			b := &backend{server: grpc.NewServer(), addr: listener.Addr().String()}
			grpc_health_v1.RegisterHealthServer(b.server, b)
			go func() { _ = b.server.Serve(listener) }()
			return map[string]string{"name": backends.add(b), "address": b.addr}, nil
		}),
		"xds.kill": with(func(p struct{ Name string }) (any, error) {
			b, err := backends.get(p.Name)
			if err != nil {
				return nil, err
			}
			b.server.Stop()
			return struct{}{}, nil
		}),
		// A client of `xds:///LISTENER`, which asks the xDS server at the address.
		"xds.client": with(func(p struct{ Server, Listener, Node string }) (any, error) {
			bootstrap, err := json.Marshal(map[string]any{
				"xds_servers": []any{map[string]any{
					"server_uri":      p.Server,
					"channel_creds":   []any{map[string]any{"type": "insecure"}},
					"server_features": []string{"xds_v3"},
				}},
				"node": map[string]any{"id": p.Node},
			})
			if err != nil {
				return nil, err
			}
			resolver, err := xds.NewXDSResolverWithConfigForTesting(bootstrap)
			if err != nil {
				return nil, err
			}
			conn, err := grpc.NewClient("xds:///"+p.Listener,
				grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithResolvers(resolver))
			if err != nil {
				return nil, err
			}
			return map[string]string{"name": clients.add(conn)}, nil
		}),
		// How many of so many calls each address answered; what failed counts under the name of its code.
		"xds.call": with(func(p struct {
			Name       string
			Calls      int
			Together   int
			DeadlineMs int64
			Headers    map[string]string
		}) (any, error) {
			conn, err := clients.get(p.Name)
			if err != nil {
				return nil, err
			}
			return map[string]any{"answered": callMany(conn, p.Calls, p.Together, time.Duration(p.DeadlineMs)*time.Millisecond, p.Headers)}, nil
		}),
		"xds.close": with(func(p struct{ Name string }) (any, error) {
			conn, err := clients.get(p.Name)
			if err != nil {
				return nil, err
			}
			return struct{}{}, conn.Close()
		}),
	}
}

func callMany(conn *grpc.ClientConn, calls, together int, deadline time.Duration, headers map[string]string) map[string]int {
	client := grpc_health_v1.NewHealthClient(conn)
	answered := map[string]int{}
	var mu sync.Mutex
	var workers sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(calls))
	for range max(1, together) {
		workers.Go(func() {
			for left.Add(-1) >= 0 {
				who := callOnce(client, deadline, headers)
				mu.Lock()
				answered[who]++
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return answered
}

func callOnce(client grpc_health_v1.HealthClient, deadline time.Duration, headers map[string]string) string {
	ctx, cancel := context.WithTimeout(metadata.NewOutgoingContext(context.Background(), metadata.New(headers)), deadline)
	defer cancel()
	var from peer.Peer
	if _, err := client.Check(ctx, &grpc_health_v1.HealthCheckRequest{}, grpc.Peer(&from)); err != nil {
		return fmt.Sprintf("error: %v", err)
	}
	return from.Addr.String()
}
