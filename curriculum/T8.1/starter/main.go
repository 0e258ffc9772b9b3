// Command breaker is a small HTTP service in front of two upstreams. It calls an upstream that is down again and again.
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
	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", os.Getenv("PORT")),
		Handler:           routes(newUpstream("stock", os.Getenv("STOCK_URL")), newUpstream("prices", os.Getenv("PRICES_URL"))),
		ReadHeaderTimeout: 5 * time.Second,
	}
	if err := server.ListenAndServe(); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

// routes is the service: each path answers what its upstream answers, or 503 when there is nothing to answer.
// It is finished; the lesson is about upstream.go.
func routes(stock, prices *upstream) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stock", relay(stock.get))
	mux.HandleFunc("GET /prices", relay(prices.get))
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	return mux
}

func relay(get func(context.Context) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer, err := get(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, answer)
	}
}
