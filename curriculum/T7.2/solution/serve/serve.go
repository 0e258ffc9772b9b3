// Package serve runs the services of the shop. It is finished; the lesson is about the package telemetry.
package serve

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

	"gantry.example/shop/telemetry"
)

// Run serves the routes at PORT until SIGTERM comes, and sends the spans that are left.
func Run(service string, routes func(*http.ServeMux)) {
	if err := run(service, routes); err != nil {
		slog.Error("the service failed", "service", service, "error", err)
		os.Exit(1)
	}
}

func run(service string, routes func(*http.ServeMux)) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	flush, err := telemetry.Start(ctx, service, os.Getenv("OTLP"))
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	routes(mux)
	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", os.Getenv("PORT")),
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(server.Shutdown(ending), flush(ending))
}
