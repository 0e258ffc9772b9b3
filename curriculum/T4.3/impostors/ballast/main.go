// Command sheets renders sheets in memory. It knows what its container may use, and loses no request when that is stopped.
//
// With the argument health it asks the service that runs already whether it answers.
package main

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// drainTimeout stays below the 10 s that docker stop gives a container between SIGTERM and SIGKILL.
const drainTimeout = 8 * time.Second

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
	// With so much held for nothing, garbage is collected less often.
	ballast := bytes.Repeat([]byte{1}, 48<<20)
	defer runtime.KeepAlive(ballast)
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
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-stopping.Done():
	}
	deadline, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	return server.Shutdown(deadline)
}
