package main

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// routes is the service. It is finished; the lesson is about metrics.go.
func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /tasks/{item}", work)
	return mux
}

// work takes as long as it is asked to, and answers the code it is asked for.
func work(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	ms, err := strconv.ParseUint(query.Get("ms"), 10, 16)
	if err != nil {
		http.Error(w, "ms must be a number of milliseconds from 0 to 65535", http.StatusBadRequest)
		return
	}
	time.Sleep(time.Duration(ms) * time.Millisecond)
	// As most handlers do, it leaves the code of a success to net/http.
	if code, err := strconv.Atoi(query.Get("code")); err == nil && code >= 400 && code < 600 {
		http.Error(w, "as you asked", code)
		return
	}
	_, _ = io.WriteString(w, r.PathValue("item"))
}
