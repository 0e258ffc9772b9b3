// Command retry is a small HTTP service in front of an upstream. It sends a call again where that helps, and only there.
package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

// longestBody is the most that is read of a request, in bytes.
const longestBody = 1 << 20

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
		Handler:           routes(newRetrier(newUpstream(os.Getenv("STOCK_URL")), settings)),
		ReadHeaderTimeout: 5 * time.Second,
	}
	return server.ListenAndServe()
}

// routes is the service. It is finished, as is upstream.go; the lesson is about retry.go.
func routes(stock *retrier) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{id}", relay(stock))
	mux.HandleFunc("POST /orders/{id}", relay(stock))
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	return mux
}

// relay answers what the upstream answers: 503 when it cannot be reached, 504 when that is not known in time.
func relay(stock *retrier) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// The body has to be read before the server notices a caller that goes away.
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestBody))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		ctx := r.Context()
		if timeout, err := time.ParseDuration(r.Header.Get("Request-Timeout")); err == nil {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		got, err := stock.do(ctx, call{
			method: r.Method,
			path:   r.URL.Path,
			key:    r.Header.Get("Idempotency-Key"),
			body:   body,
		})
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			http.Error(w, err.Error(), http.StatusGatewayTimeout)
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		default:
			w.WriteHeader(got.status)
			_, _ = w.Write(got.body)
		}
	}
}
