// Command stock tells what is in store.
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
		Addr:              net.JoinHostPort("", os.Getenv("PORT")),
		Handler:           routes(openStock()),
		ReadHeaderTimeout: 5 * time.Second,
	}
	if err := server.ListenAndServe(); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

func routes(s *stock) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /stock", s)
	return mux
}
