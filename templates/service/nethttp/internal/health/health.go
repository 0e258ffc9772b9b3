// Package health answers the probes: whether the process lives, and whether it can serve now.
package health

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// limit is how long what is asked may take. A probe that waits for ever looks like a dead process to the kubelet.
	limit = 300 * time.Millisecond
	// kept is how long an answer is good for, so that many probes cost no more than one.
	kept = 250 * time.Millisecond
)

// ErrStopping is why a service that stops is not ready.
var ErrStopping = errors.New("the service is stopping")

// Probes answers probes.
type Probes struct {
	ready    func(context.Context) error
	stopping atomic.Bool

	mu    sync.Mutex
	asked time.Time
	err   error
}

// New takes what says whether requests can be served.
func New(ready func(context.Context) error) *Probes { return &Probes{ready: ready} }

// Stop makes the service not ready for good, so that no new request comes while it stops.
func (p *Probes) Stop() { p.stopping.Store(true) }

// Live says that the process works. It asks nobody: a restart would not mend a database that is down.
func (p *Probes) Live(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }

// Ready says whether requests can be served now.
func (p *Probes) Ready(w http.ResponseWriter, _ *http.Request) {
	if err := p.Check(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// Check asks, unless it was asked a moment ago. Whoever comes meanwhile waits for the same answer.
func (p *Probes) Check() error {
	if p.stopping.Load() {
		return ErrStopping
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.asked) < kept {
		return p.err
	}
	// Not the request's context: its end must not spoil the answer for the others.
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	p.err = p.ready(ctx)
	p.asked = time.Now()
	return p.err
}
