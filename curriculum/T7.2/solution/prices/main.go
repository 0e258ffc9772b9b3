// Command prices asks a market that belongs to somebody else.
package main

import (
	"io"
	"net/http"
	"os"

	"gantry.example/shop/serve"
	"gantry.example/shop/telemetry"
)

func main() {
	serve.Run("prices", func(mux *http.ServeMux) {
		mux.Handle("GET /price", telemetry.Handler("GET /price", http.HandlerFunc(price)))
	})
}

func price(w http.ResponseWriter, r *http.Request) {
	answer, err := telemetry.Get(r.Context(), "market", os.Getenv("MARKET_URL"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, answer)
}
