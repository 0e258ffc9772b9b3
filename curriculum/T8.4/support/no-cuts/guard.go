package prices

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"
)

// patience is how long the catalog may take; the rest of the promised time is ours.
const patience = 300 * time.Millisecond

// guard keeps the promise of the service while the catalog does not keep its own: it waits for so long, and then tells
// the price that it knew last.
type guard struct {
	next source

	mu   sync.Mutex
	last map[string]quote
}

func newGuard(next source) source {
	return &guard{next: next, last: map[string]quote{}}
}

func (g *guard) quote(ctx context.Context, id string) (quote, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := g.next.quote(ctx, id)
	if err == nil {
		g.keep(found)
		return found, nil
	}
	var cut *url.Error
	if errors.As(err, &cut) && ctx.Err() == nil {
		return quote{}, err
	}
	if known, ok := g.known(id); ok {
		known.Stale = true
		return known, nil
	}
	return quote{}, err
}

func (g *guard) keep(found quote) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last[found.ID] = found
}

func (g *guard) known(id string) (quote, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	found, ok := g.last[id]
	return found, ok
}
