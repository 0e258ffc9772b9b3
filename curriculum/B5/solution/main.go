// Command health is a small HTTP service in front of a store. Its probes say whether it lives and whether it is ready.
package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	kept := &store{address: os.Getenv("STORE_ADDR")}
	menu := &catalogue{store: kept}
	go menu.load(context.Background())

	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", os.Getenv("PORT")),
		Handler:           routes(menu, &health{store: kept, menu: menu}),
		ReadHeaderTimeout: 5 * time.Second,
	}
	if err := server.ListenAndServe(); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

// routes is the service: /catalogue answers what was loaded at the start, /version answers always, and the probes answer
// what health says.
// It is finished; the lesson is about health.go.
func routes(menu *catalogue, probes *health) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /catalogue", menu.serve)
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "1") })
	mux.HandleFunc("GET /livez", probes.livez)
	mux.HandleFunc("GET /readyz", probes.readyz)
	return mux
}
