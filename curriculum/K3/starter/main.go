// Command devices answers the same data by REST and by gRPC.
package main

import (
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

// main serves REST at PORT until it is killed.
//
// Serve gRPC at GRPC_PORT as well, and drain both when SIGTERM comes.
func main() {
	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", os.Getenv("PORT")),
		Handler:           routes(newStore()),
		ReadHeaderTimeout: 5 * time.Second,
	}
	if err := server.ListenAndServe(); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}
