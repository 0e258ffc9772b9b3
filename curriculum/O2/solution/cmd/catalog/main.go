// Command catalog serves the products as a process of their own.
package main

import (
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"gantry.example/shop/catalog"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	catalog.New().Register(mux)
	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", os.Getenv("PORT")),
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
	}
	if err := server.ListenAndServe(); err != nil {
		slog.Error("the catalog failed", "error", err)
		os.Exit(1)
	}
}
