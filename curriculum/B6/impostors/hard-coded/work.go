package main

import (
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// routes is the service: /work does slow work, /readyz says whether new work is welcome.
// It is finished; the lesson is about main.go.
func routes(ready *atomic.Bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /work", work)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !ready.Load() {
			http.Error(w, "draining", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	return mux
}

// work answers the request's nonce after the requested number of milliseconds.
func work(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	ms, err := strconv.ParseUint(query.Get("ms"), 10, 16)
	if err != nil {
		http.Error(w, "ms must be a number of milliseconds from 0 to 65535", http.StatusBadRequest)
		return
	}
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		fmt.Fprint(w, "ok")
	case <-r.Context().Done(): // Nobody waits for the answer any more.
		http.Error(w, "cancelled", http.StatusServiceUnavailable)
	}
}
