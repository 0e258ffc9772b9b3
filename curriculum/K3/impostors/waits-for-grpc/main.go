// Command devices answers the same data by REST and by gRPC.
package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"google.golang.org/grpc"
)

// drainTimeout bounds the wait for what is in flight. It stays below the 30 s that Kubernetes gives a pod.
const drainTimeout = 20 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

// run serves REST at PORT and gRPC at GRPC_PORT, from one store, until ctx ends; then it answers what is in flight.
func run(ctx context.Context) error {
	webListener, err := listen(ctx, "PORT")
	if err != nil {
		return err
	}
	rpcListener, err := listen(ctx, "GRPC_PORT")
	if err != nil {
		return errors.Join(err, webListener.Close())
	}
	devices := newStore()
	web := &http.Server{Handler: routes(devices), ReadHeaderTimeout: 5 * time.Second}
	rpc := grpc.NewServer()
	register(rpc, devices)

	failed := make(chan error, 2)
	go func() { failed <- web.Serve(webListener) }()
	go func() { failed <- rpc.Serve(rpcListener) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	return errors.Join(err, drain(web, rpc))
}

func listen(ctx context.Context, variable string) (net.Listener, error) {
	var listening net.ListenConfig
	return listening.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", os.Getenv(variable)))
}

// drain closes both listeners at once, and returns when both servers have answered what is in flight.
func drain(web *http.Server, rpc *grpc.Server) error {
	go web.Shutdown(context.Background())
	defer time.AfterFunc(drainTimeout, rpc.Stop).Stop()
	rpc.GracefulStop()
	return nil
}
