package main

import "net/http"

// health answers the probes.
//
// Make them tell the truth, as the lesson asks: livez says that the process works, readyz that it can serve requests now.
type health struct {
	store *store
	menu  *catalogue
}

func (h *health) livez(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusOK)
}

func (h *health) readyz(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusOK)
}
