package health_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	rpc "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"example.com/orders/internal/health"
)

func serve(t *testing.T, probes *health.Probes) (*grpc.Server, rpc.HealthClient) {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer()
	rpc.RegisterHealthServer(server, health.NewRPC(probes, "items.v1.ItemsService"))
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	connection, err := grpc.NewClient("passthrough:///buffer",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return server, rpc.NewHealthClient(connection)
}

func TestTellsByCallWhatItTellsByHTTP(t *testing.T) {
	var down atomic.Bool
	_, client := serve(t, health.New(func(context.Context) error {
		if down.Load() {
			return errors.New("the database is away")
		}
		return nil
	}))
	for _, service := range []string{"", "items.v1.ItemsService"} {
		answer, err := client.Check(t.Context(), &rpc.HealthCheckRequest{Service: service})
		if err != nil || answer.GetStatus() != rpc.HealthCheckResponse_SERVING {
			t.Errorf("%q: %v, %v", service, answer, err)
		}
	}
	if _, err := client.Check(t.Context(), &rpc.HealthCheckRequest{Service: "none"}); status.Code(err) != codes.NotFound {
		t.Errorf("an unknown service: %v", err)
	}
	watch, err := client.Watch(t.Context(), &rpc.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := watch.Recv(); err != nil || answer.GetStatus() != rpc.HealthCheckResponse_SERVING {
		t.Errorf("first: %v, %v", answer, err)
	}
	down.Store(true)
	if answer, err := watch.Recv(); err != nil || answer.GetStatus() != rpc.HealthCheckResponse_NOT_SERVING {
		t.Errorf("after the database went away: %v, %v", answer, err)
	}
}

func TestAWatchDoesNotKeepTheServiceFromStopping(t *testing.T) {
	probes := health.New(func(context.Context) error { return nil })
	server, client := serve(t, probes)
	watch, err := client.Watch(t.Context(), &rpc.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := watch.Recv(); err != nil {
		t.Fatal(err)
	}
	probes.Stop()
	server.GracefulStop()
	if answer, err := watch.Recv(); err != nil || answer.GetStatus() != rpc.HealthCheckResponse_NOT_SERVING {
		t.Errorf("last: %v, %v", answer, err)
	}
	if _, err := watch.Recv(); status.Code(err) != codes.Unavailable {
		t.Errorf("at the end: %v", err)
	}
}
