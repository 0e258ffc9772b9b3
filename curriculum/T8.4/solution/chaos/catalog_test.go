// Package chaos disturbs what the service depends on, and looks at whether the service keeps its promise. This file is
// finished; the lesson is about chaos_test.go.
package chaos

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// fault is what a catalog does instead of answering.
type fault string

const (
	none   fault = "none"   // It answers at once.
	slow   fault = "slow"   // It answers after two seconds.
	stalls fault = "stalls" // It sends a part of the price at once, and the rest never.
	cuts   fault = "cuts"   // It cuts the connection.
	fails  fault = "fails"  // It answers 500.
)

// slowness is how long a slow catalog takes: much longer than the service may.
const slowness = 2 * time.Second

// catalog is a service that tells one price for everything, and can be disturbed.
type catalog struct {
	*httptest.Server

	mu    sync.Mutex
	fault fault
	price string
}

// newCatalog starts a catalog; it ends with the test.
func newCatalog(t *testing.T) *catalog {
	t.Helper()
	c := &catalog{fault: none}
	c.Server = httptest.NewServer(http.HandlerFunc(c.answer))
	t.Cleanup(c.Close)
	return c
}

// set says what the catalog does from now on, and which price it knows.
func (c *catalog) set(f fault, price string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault, c.price = f, price
}

func (c *catalog) answer(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	f, price := c.fault, c.price
	c.mu.Unlock()
	switch f {
	case slow:
		wait(r)
	case stalls:
		_, _ = w.Write([]byte(price[:1]))
		_ = http.NewResponseController(w).Flush()
		wait(r)
		panic(http.ErrAbortHandler)
	case cuts:
		panic(http.ErrAbortHandler)
	case fails:
		w.WriteHeader(http.StatusInternalServerError)
	}
	_, _ = w.Write([]byte(price))
}

// wait waits for slowness, or until the service has given up.
func wait(r *http.Request) {
	select {
	case <-time.After(slowness):
	case <-r.Context().Done():
	}
}
