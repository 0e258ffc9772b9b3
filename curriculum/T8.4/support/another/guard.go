package prices

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	patience = 200 * time.Millisecond
	// rest is how long the catalog is left in peace after a failure.
	rest = 400 * time.Millisecond
)

var errResting = errors.New("the catalog is left in peace")

type resting struct {
	asked source
	known sync.Map

	mu    sync.Mutex
	until time.Time
}

func newGuard(asked source) source { return &resting{asked: asked} }

func (r *resting) quote(ctx context.Context, id string) (quote, error) {
	now, err := r.ask(ctx, id)
	if err == nil {
		r.known.Store(id, now.Price)
		return now, nil
	}
	if before, ok := r.known.Load(id); ok {
		return quote{ID: id, Price: before.(string), Stale: true}, nil
	}
	return quote{}, err
}

func (r *resting) ask(ctx context.Context, id string) (quote, error) {
	if r.rests() {
		return quote{}, errResting
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := r.asked.quote(ctx, id)
	if err != nil {
		r.leave()
	}
	return found, err
}

func (r *resting) rests() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Now().Before(r.until)
}

func (r *resting) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until = time.Now().Add(rest)
}
