// Command config is a small HTTP service whose behaviour is set from outside.
package main

import (
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

// main is finished; the lesson is about config.go.
func main() {
	loaded, err := load()
	if err != nil {
		slog.Error("the configuration is wrong", "error", err)
		os.Exit(1)
	}
	slog.Info("starting", "settings", loaded)
	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", os.Getenv("PORT")),
		Handler:           routes(loaded),
		ReadHeaderTimeout: 5 * time.Second,
	}
	if err := server.ListenAndServe(); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}
