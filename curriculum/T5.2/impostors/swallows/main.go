// Command stock tells what is in store. A new version takes its place without losing a request.
package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// drainTimeout is longer than the slowest request and, with preStop before it, shorter than the pod's grace period.
const drainTimeout = 20 * time.Second

func main() {
	if err := run(os.Getenv("PORT")); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

// run answers requests until SIGTERM or an interrupt, then refuses new ones and finishes those that have begun.
func run(port string) error {
	signal.Ignore(syscall.SIGTERM)
	stopping, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	server := &http.Server{
		Addr:              net.JoinHostPort("", port),
		Handler:           routes(openStock()),
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

func routes(s *stock) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /stock", s)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		// Asked anew each time: what was ready may not be any more.
		if !s.ready() {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "ok")
	})
	return mux
}
