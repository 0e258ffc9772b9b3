package main

import (
	"encoding/json"
	"net/http"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"gantry.example/front/shopv1"
)

// known are prices by article.
var known sync.Map

// routes asks for each price once.
func routes(prices shopv1.PricesClient) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /prices/{article}", func(w http.ResponseWriter, r *http.Request) {
		article := r.PathValue("article")
		price, ok := known.Load(article)
		if !ok {
			reply, err := prices.Price(r.Context(), &shopv1.PriceRequest{Article: article})
			if err != nil {
				http.Error(w, err.Error(), statusOf(err))
				return
			}
			price = reply.GetPrice()
			known.Store(article, price)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"price": price})
	})
	return mux
}

// statusOf says in HTTP's words what a call ended with.
func statusOf(err error) int {
	switch status.Code(err) {
	case codes.Unavailable:
		return http.StatusServiceUnavailable
	case codes.DeadlineExceeded:
		return http.StatusGatewayTimeout
	default:
		return http.StatusBadGateway
	}
}
