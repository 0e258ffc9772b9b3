// Package orders takes orders and remembers them.
package orders

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"sync"
)

// Prices tells what a product costs, whoever knows it; found is false when there is no such product.
type Prices interface {
	Price(ctx context.Context, product string) (price int, found bool, err error)
}

// Order is what somebody wants. Its total is what it cost when it was taken.
type Order struct {
	ID      string `json:"id"`
	Product string `json:"product"`
	Count   int    `json:"count"`
	Total   int    `json:"total"`
}

// Orders keeps orders in memory; any number of goroutines may use it.
type Orders struct {
	prices Prices
	mu     sync.Mutex
	taken  map[string]Order
}

// New returns orders that ask prices what a product costs.
func New(prices Prices) *Orders {
	return &Orders{prices: prices, taken: map[string]Order{}}
}

// Register puts the orders on a mux.
func (o *Orders) Register(mux *http.ServeMux) {
	mux.HandleFunc("POST /orders", o.take)
	mux.HandleFunc("GET /orders/{id}", o.read)
}

func (o *Orders) take(w http.ResponseWriter, r *http.Request) {
	var order Order
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	price, found, err := o.prices.Price(r.Context(), order.Product)
	switch {
	case err != nil:
		http.Error(w, "the price is not known now", http.StatusServiceUnavailable)
		return
	case !found:
		http.Error(w, "there is no such product", http.StatusUnprocessableEntity)
		return
	}
	order.ID, order.Total = rand.Text(), price*order.Count
	o.mu.Lock()
	o.taken[order.ID] = order
	o.mu.Unlock()
	answer(w, http.StatusCreated, order)
}

func (o *Orders) read(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	order, ok := o.taken[r.PathValue("id")]
	o.mu.Unlock()
	if !ok {
		http.Error(w, "there is no such order", http.StatusNotFound)
		return
	}
	answer(w, http.StatusOK, order)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
