package main

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// catalogue is read from the store once, when the service starts. It is finished; the lesson is about health.go.
type catalogue struct {
	store *store
	text  atomic.Pointer[string]
}

// load tries until it has the catalogue.
func (c *catalogue) load(ctx context.Context) {
	for ctx.Err() == nil {
		if c.tryLoad(ctx) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (c *catalogue) tryLoad(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	text, err := c.store.get(ctx, "catalogue")
	if err != nil {
		return false
	}
	c.text.Store(&text)
	return true
}

// loaded says whether the service has what it needs to answer requests.
func (c *catalogue) loaded() bool { return c.text.Load() != nil }

func (c *catalogue) serve(w http.ResponseWriter, _ *http.Request) {
	text := c.text.Load()
	if text == nil {
		http.Error(w, "still loading", http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, *text)
}
