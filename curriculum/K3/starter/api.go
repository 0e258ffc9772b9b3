package main

import "net/http"

// routes returns all that is answered over HTTP.
//
// Serve POST at /devices, and GET, PUT and DELETE at /devices/{id}.
func routes(_ *store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /work", work)
	mux.HandleFunc("POST /devices", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "not written yet", http.StatusNotImplemented)
	})
	return mux
}
