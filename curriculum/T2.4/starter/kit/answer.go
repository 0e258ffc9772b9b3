package kit

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Error is an error that the caller is told, as application/problem+json (RFC 9457). Any other error is a 500 without a
// reason: what it says is for the log.
type Error struct {
	Status int
	Detail string
	// Fields says of each field of the request what is wrong with it.
	Fields map[string]string
}

func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Status, e.Detail) }

// JSON answers with a value.
func JSON(w http.ResponseWriter, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(body)
	return err
}

// answered makes an http.Handler of a handler.
// Answer its error as the lesson asks, and let a panic be an error.
func (r *Router) answered(handler Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := handler(w, req); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
}
