// Command graceful is a small HTTP service that loses no request when it is told to stop.
package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// drainTimeout bounds the wait for requests in flight. It stays below the 30 s that Kubernetes gives a pod
// between SIGTERM and SIGKILL.
const drainTimeout = 20 * time.Second

func main() {
	if err := run(net.JoinHostPort("127.0.0.1", os.Getenv("PORT"))); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

// run serves until SIGTERM or an interrupt, then refuses new requests, finishes the ones in flight and returns nil.
func run(address string) error {
	stopping, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()

	var ready atomic.Bool
	server := &http.Server{Addr: address, Handler: routes(&ready), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	go func() { failed <- server.Serve(listener) }()
	ready.Store(true)

	select {
	case err := <-failed:
		return err
	case <-stopping.Done():
	}

	stop() // From here a second signal ends the process at once.
	ready.Store(false)
	if err := listener.Close(); err != nil {
		return err
	}
	time.Sleep(6 * time.Second) // Longer than any request.
	return nil
}
