package main

import (
	"context"
	"encoding/json"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"gantry.example/front/shopv1"
)

// forwarded are the headers that rules of the mesh look at. They go with each call, and to whom that one calls.
var forwarded = []string{"x-group", "x-chaos"}

func routes(prices shopv1.PricesClient) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /prices/{article}", func(w http.ResponseWriter, r *http.Request) {
		reply, err := prices.Price(outgoing(r), &shopv1.PriceRequest{Article: r.PathValue("article")})
		answer(w, "price", reply.GetPrice(), err)
	})
	mux.HandleFunc("POST /reservations/{article}", func(w http.ResponseWriter, r *http.Request) {
		reply, err := prices.Reserve(outgoing(r), &shopv1.ReserveRequest{Article: r.PathValue("article")})
		answer(w, "reservation", reply.GetReservation(), err)
	})
	return mux
}

// outgoing is the request's context, with its headers that rules look at as metadata.
func outgoing(r *http.Request) context.Context {
	ctx := r.Context()
	for _, name := range forwarded {
		value := r.Header.Get(name)
		if value != "" && (name != "x-chaos" || value == "on") {
			ctx = metadata.AppendToOutgoingContext(ctx, name, value)
		}
	}
	return ctx
}

func answer(w http.ResponseWriter, name, value string, err error) {
	if err != nil {
		http.Error(w, err.Error(), statusOf(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{name: value})
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
