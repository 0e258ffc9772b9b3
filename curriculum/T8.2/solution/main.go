// Command limiter is a small HTTP service that gives each client its share, and no more.
package main

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	if err := run(); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

func run() error {
	settings, err := readSettings(os.Getenv)
	if err != nil {
		return err
	}
	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", os.Getenv("PORT")),
		Handler:           routes(settings),
		ReadHeaderTimeout: 5 * time.Second,
	}
	return server.ListenAndServe()
}

// routes is the service: a quote is what was asked for. It is finished, as is settings.go; the lesson is about limiter.go.
func routes(s settings) http.Handler {
	quotes := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.FormValue("n"))
	})
	mux := http.NewServeMux()
	mux.Handle("GET /quotes", identified(limit(quotes, s)))
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	return mux
}

// identified lets nobody through who does not say who asks.
func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if clientOf(r) == "" {
			http.Error(w, "X-API-Key is missing", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func clientOf(r *http.Request) string { return r.Header.Get("X-API-Key") }
