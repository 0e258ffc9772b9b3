package main

import (
	"context"
	"errors"
	"net/http"
	"time"
)

const (
	// pingLimit is how long the store may take. A probe that waits for ever looks like a dead process to the kubelet.
	pingLimit = 300 * time.Millisecond
)

var errLoading = errors.New("the catalogue is not loaded yet")

// health answers the probes.
type health struct {
	store *store
	menu  *catalogue
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

// storeAnswers asks the store.
func (h *health) storeAnswers() error {
	ctx, cancel := context.WithTimeout(context.Background(), pingLimit)
	defer cancel()
	return h.store.ping(ctx)
}
