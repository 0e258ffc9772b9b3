package main

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

const (
	// pingLimit is how long the store may take. A probe that waits for ever looks like a dead process to the kubelet.
	pingLimit = 300 * time.Millisecond
	// pingKept is how long an answer of the store is good for, so that many probes cost no more than one.
	pingKept = 250 * time.Millisecond
)

var errLoading = errors.New("the catalogue is not loaded yet")

// health answers the probes.
type health struct {
	store *store
	menu  *catalogue

	mu      sync.Mutex
	pinged  time.Time
	pingErr error
}

// livez says that the process works. It asks nobody: restarting this process would not mend the store.
func (h *health) livez(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusOK)
}

// readyz says that requests can be served now.
func (h *health) readyz(w http.ResponseWriter, _ *http.Request) {
	if err := h.ready(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (h *health) ready() error {
	if !h.menu.loaded() {
		return errLoading
	}
	return h.storeAnswers()
}

// storeAnswers asks the store, unless it was asked a moment ago. Whoever comes meanwhile waits for the same answer.
func (h *health) storeAnswers() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pingErr != nil || time.Since(h.pinged) < pingKept {
		return h.pingErr
	}
	// Not the request's context: its end must not spoil the answer for the others.
	ctx, cancel := context.WithTimeout(context.Background(), pingLimit)
	defer cancel()
	h.pingErr = h.store.ping(ctx)
	h.pinged = time.Now()
	return h.pingErr
}
