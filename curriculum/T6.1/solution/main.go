// Command front tells prices over HTTP. It asks a service of the mesh for them.
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

	"gantry.example/front/shopv1"
)

// drainTimeout bounds the wait for what is in flight. It stays below the 30 s that Kubernetes gives a pod.
const drainTimeout = 20 * time.Second

// main is finished; the lesson is about mesh.go and mesh.yaml.
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

// run serves at PORT until ctx ends, and answers what is in flight then.
func run(ctx context.Context) (err error) {
	conn, err := connect(os.Getenv("PRICES"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: routes(shopv1.NewPricesClient(conn)), ReadHeaderTimeout: 5 * time.Second}
	drained := make(chan error, 1)
	defer context.AfterFunc(ctx, func() {
		deadline, cancel := context.WithTimeout(context.Background(), drainTimeout)
		defer cancel()
		drained <- server.Shutdown(deadline)
	})()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-drained
}
