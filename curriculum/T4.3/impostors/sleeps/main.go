// Command sheets renders sheets in memory. It knows what its container may use, and loses no request when that is stopped.
//
// With the argument health it asks the service that runs already whether it answers.
package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// drainTimeout is longer than any request.
const drainTimeout = 7 * time.Second

func main() {
	if err := run(os.Args[1:], os.Getenv("PORT")); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

func run(args []string, port string) error {
	if slices.Equal(args, []string{"health"}) {
		return askHealth(port)
	}
	limitMemory()
	return serve(port)
}

// serve answers requests until SIGTERM or an interrupt, then refuses new ones and finishes those that have begun.
func serve(port string) error {
	stopping, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	server := &http.Server{
		// All addresses: 127.0.0.1 of a container is reached from nowhere else.
		Addr:              net.JoinHostPort("", port),
		Handler:           routes(),
		ReadHeaderTimeout: 5 * time.Second,
	}
	failed := make(chan error, 1)
	listener, err := net.Listen("tcp", server.Addr)
	if err != nil {
		return err
	}
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-stopping.Done():
	}
	if err := listener.Close(); err != nil {
		return err
	}
	time.Sleep(drainTimeout)
	return nil
}
