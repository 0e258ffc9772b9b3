// Command sheets renders sheets in memory.
package main

import (
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	server := &http.Server{
		// All addresses: 127.0.0.1 of a container is reached from nowhere else.
		Addr:              net.JoinHostPort("", os.Getenv("PORT")),
		Handler:           routes(),
		ReadHeaderTimeout: 5 * time.Second,
	}
	if err := server.ListenAndServe(); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}
