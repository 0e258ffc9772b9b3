// Package catalog knows the products and what they cost. It is finished; the lesson is about who runs it.
package catalog

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"sync"
)

// Product is what can be ordered.
type Product struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Price int    `json:"price"`
}

// Catalog keeps products in memory; any number of goroutines may use it.
type Catalog struct {
	mu       sync.Mutex
	products map[string]Product
}

// New returns an empty catalog.
func New() *Catalog {
	return &Catalog{products: map[string]Product{}}
}

// Price returns what a product costs; found is false when there is no such product.
func (c *Catalog) Price(_ context.Context, id string) (price int, found bool, err error) {
	product, found := c.get(id)
	return product.Price, found, nil
}

func (c *Catalog) get(id string) (Product, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	product, ok := c.products[id]
	return product, ok
}

// Register puts the catalog on a mux.
func (c *Catalog) Register(mux *http.ServeMux) {
	mux.HandleFunc("POST /products", c.add)
	mux.HandleFunc("GET /products/{id}", c.read)
}

func (c *Catalog) add(w http.ResponseWriter, r *http.Request) {
	var product Product
	if err := json.NewDecoder(r.Body).Decode(&product); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	product.ID = rand.Text()
	c.mu.Lock()
	c.products[product.ID] = product
	c.mu.Unlock()
	answer(w, http.StatusCreated, product)
}

func (c *Catalog) read(w http.ResponseWriter, r *http.Request) {
	product, ok := c.get(r.PathValue("id"))
	if !ok {
		http.Error(w, "there is no such product", http.StatusNotFound)
		return
	}
	answer(w, http.StatusOK, product)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
