// Command books is a REST service that keeps books.
package main

import (
	_ "embed"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

// description is the contract, in OpenAPI: what this service promises, for people and for tools.
//
//go:embed openapi.json
var description []byte

// main is finished; the lesson is about api.go.
func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(description)
	})
	register(mux, newStore())
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
