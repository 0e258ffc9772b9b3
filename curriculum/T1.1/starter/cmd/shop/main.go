// Command shop is a monolith: it knows the products and takes the orders. SERVE and CATALOG_URL do not count yet.
package main

import (
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"gantry.example/store/catalog"
	"gantry.example/store/orders"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	products := catalog.New()
	products.Register(mux)
	orders.New(products).Register(mux)
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
