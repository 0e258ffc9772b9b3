// Command shop takes orders.
package main

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"gantry.example/shop/catalog"
	"gantry.example/shop/client"
	"gantry.example/shop/orders"
)

func main() {
	base, err := url.Parse(os.Getenv("CATALOG_URL"))
	if err != nil {
		slog.Error("CATALOG_URL is no address", "error", err)
		os.Exit(1)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	var prices orders.Prices = client.New(base)
	if base.Host == "" {
		prices = catalog.New()
	}
	client.New(base).Register(mux)
	orders.New(prices).Register(mux)
	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", os.Getenv("PORT")),
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
	}
	if err := server.ListenAndServe(); err != nil {
		slog.Error("the shop failed", "error", err)
		os.Exit(1)
	}
}
