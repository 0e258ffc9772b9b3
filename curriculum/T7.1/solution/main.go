// Command metrics is a small HTTP service that tells Prometheus how it fares.
package main

import (
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

// main is finished; the lesson is about metrics.go.
func main() {
	service, metrics := instrument(routes())
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.Handle("/", service)

	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", os.Getenv("PORT")),
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
	}
	if err := server.ListenAndServe(); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}
