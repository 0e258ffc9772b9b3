package main

import (
	"encoding/json"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"gantry.example/front/shopv1"
)

// routes is finished, too.
func routes(prices shopv1.PricesClient) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /prices/{article}", func(w http.ResponseWriter, r *http.Request) {
		reply, err := prices.Price(r.Context(), &shopv1.PriceRequest{Article: r.PathValue("article")})
		if err != nil {
			http.Error(w, err.Error(), statusOf(err))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"price": reply.GetPrice()})
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
