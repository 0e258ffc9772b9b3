// Package api is the service's HTTP API.
package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
)

// New serves POST /items and GET /items/{id}.
func New(store Store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /items", func(w http.ResponseWriter, r *http.Request) {
		var item Item
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&item); err != nil {
			fail(w, r, http.StatusBadRequest, "the body is not a valid item", err)
			return
		}
		switch {
		case item.Name == "":
			fail(w, r, http.StatusBadRequest, "name is missing", nil)
			return
		case item.Quantity < 1:
			fail(w, r, http.StatusBadRequest, "quantity must be at least 1", nil)
			return
		}
		kept, err := store.Add(r.Context(), item)
		if err != nil {
			fail(w, r, http.StatusInternalServerError, "the item was not kept", err)
			return
		}
		w.Header().Set("Location", "/items/"+kept.ID)
		answer(w, r, http.StatusCreated, kept)
	})
	mux.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) {
		item, err := store.Find(r.Context(), r.PathValue("id"))
		switch {
		case errors.Is(err, ErrNotFound):
			fail(w, r, http.StatusNotFound, err.Error(), nil)
		case err != nil:
			fail(w, r, http.StatusInternalServerError, "the item could not be read", err)
		default:
			answer(w, r, http.StatusOK, item)
		}
	})
	return mux
}

func answer(w http.ResponseWriter, r *http.Request, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		slog.WarnContext(r.Context(), "the answer was not sent", "error", err)
	}
}

// fail tells the caller what they can act upon, and the log the cause.
func fail(w http.ResponseWriter, r *http.Request, status int, text string, cause error) {
	if cause != nil {
		slog.WarnContext(r.Context(), text, "status", status, "error", cause)
	}
	answer(w, r, status, map[string]string{"error": text})
}
