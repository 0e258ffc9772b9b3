// Command gateway answers offers: what the stock has, at the price that the prices know.
package main

import (
	"fmt"
	"net/http"
	"os"

	"gantry.example/shop/serve"
	"gantry.example/shop/telemetry"
)

func main() {
	serve.Run("gateway", func(mux *http.ServeMux) {
		mux.Handle("GET /offer", telemetry.Handler("GET /offer", http.HandlerFunc(offer)))
	})
}

// offer needs the stock. It can do without a price, so one that is missing is no failure of its own.
func offer(w http.ResponseWriter, r *http.Request) {
	article, err := telemetry.Get(r.Context(), "stock", os.Getenv("STOCK_URL")+"/article/"+r.FormValue("article"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	price, err := telemetry.Get(r.Context(), "prices", os.Getenv("PRICES_URL")+"/price")
	if err != nil {
		price = "on request"
	}
	fmt.Fprintf(w, "%s: %s\n", article, price)
}
