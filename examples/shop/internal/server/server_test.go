package server_test

import (
	"context"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"example.com/shop/internal/server"
)

func TestServeReportsHealth(t *testing.T) {
	run := start(t, time.Minute, func(context.Context) {})
	tests := map[string]struct {
		service string
		want    codes.Code
	}{
		"the whole server":   {"", codes.OK},
		"a registered one":   {"test.Slow", codes.OK},
		"one not registered": {"test.Missing", codes.NotFound},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			answer, err := healthpb.NewHealthClient(run.conn).Check(t.Context(), &healthpb.HealthCheckRequest{Service: test.service})
			if status.Code(err) != test.want {
				t.Fatalf("code %v, want %v", status.Code(err), test.want)
			}
			if err == nil && answer.Status != healthpb.HealthCheckResponse_SERVING {
				t.Errorf("status %v, want SERVING", answer.Status)
			}
		})
	}
}

func TestStopLetsCallsFinish(t *testing.T) {
	release := make(chan struct{})
	run := start(t, time.Minute, func(context.Context) { <-release })
	call := run.call(t)
	run.stop()
	waitRefused(t, run.address)
	close(release)
	if err := <-call; err != nil {
		t.Errorf("the call in flight failed: %v", err)
	}
	if err := <-run.stopped; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestStopCutsOffAfterGrace(t *testing.T) {
	run := start(t, 10*time.Millisecond, func(ctx context.Context) { <-ctx.Done() })
	call := run.call(t)
	run.stop()
	if err := <-run.stopped; err == nil {
		t.Fatal("Serve returned nil although it cut a call off")
	}
	if err := <-call; status.Code(err) != codes.Unavailable {
		t.Errorf("the call got %v, want Unavailable", err)
	}
}

type running struct {
	address string
	conn    *grpc.ClientConn
	started chan struct{}
	stop    context.CancelFunc
	stopped chan error
}

// start serves one method that runs handle.
func start(t *testing.T, grace time.Duration, handle func(context.Context)) *running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	run := &running{
		address: listener.Addr().String(),
		started: make(chan struct{}, 1),
		stop:    stop,
		stopped: make(chan error, 1),
	}
	slow := &grpc.ServiceDesc{
		ServiceName: "test.Slow",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Run", Handler: func(
			_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor,
		) (any, error) {
			run.started <- struct{}{}
			handle(ctx)
			return &healthpb.HealthCheckResponse{}, decode(&healthpb.HealthCheckRequest{})
		}}},
	}
	go func() {
		run.stopped <- server.Serve(ctx, listener, grace, func(r grpc.ServiceRegistrar) { r.RegisterService(slow, nil) })
	}()
	run.conn, err = grpc.NewClient(run.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = run.conn.Close()
	})
	return run
}

// call starts the slow method and returns once the server runs it.
func (run *running) call(t *testing.T) <-chan error {
	t.Helper()
	result := make(chan error, 1)
	go func() {
		result <- run.conn.Invoke(
			context.Background(), "/test.Slow/Run", &healthpb.HealthCheckRequest{}, &healthpb.HealthCheckResponse{})
	}()
	<-run.started
	return result
}

// waitRefused returns once nobody accepts connections at address any more.
func waitRefused(t *testing.T, address string) {
	t.Helper()
	for t.Context().Err() == nil {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		_ = conn.Close()
	}
}
