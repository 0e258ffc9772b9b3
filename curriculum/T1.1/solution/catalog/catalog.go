// Package catalog knows the products and what they cost. It is finished, but for a bug that stays in; the lesson is about
// what that takes along.
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
	mux.HandleFunc("GET /rankings", c.rank)
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

// rank answers how many of each product a thousand buys. With a product that costs nothing it divides by zero, and a panic
// of a goroutine ends the whole process.
func (c *Catalog) rank(w http.ResponseWriter, _ *http.Request) {
	ranks := map[string]int{}
	var counting sync.WaitGroup
	counting.Go(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for id, product := range c.products {
			ranks[id] = 1000 / product.Price
		}
	})
	counting.Wait()
	answer(w, http.StatusOK, ranks)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
