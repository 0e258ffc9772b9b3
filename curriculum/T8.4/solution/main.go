// Command prices is a small HTTP service that tells prices which another service, the catalog, knows.
package main

import (
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"gantry.example/prices/prices"
)

// main is finished; the lesson is about prices/guard.go and chaos/chaos_test.go.
func main() {
	mux := http.NewServeMux()
	mux.Handle("/", prices.New(os.Getenv("CATALOG_URL"), os.Getenv("PROTECTION") != "off"))
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
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
