package kit

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
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

type problem struct {
	Title  string            `json:"title"`
	Status int               `json:"status"`
	Detail string            `json:"detail,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
}

// JSON answers with a value.
func JSON(w http.ResponseWriter, status int, value any) error {
	return encode(w, status, "application/json", value)
}

func encode(w http.ResponseWriter, status int, kind string, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, err = w.Write(body)
	return err
}

// answered makes an http.Handler of a handler: its error is answered, and a panic is an error.
func (r *Router) answered(handler Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		tracked := &writer{ResponseWriter: w}
		err := guarded(handler, tracked, req)
		if err == nil {
			return
		}
		told, ok := errors.AsType[*Error](err)
		if !ok {
			r.log.ErrorContext(req.Context(), "request failed", "method", req.Method, "path", req.URL.Path, "error", err)
			told = &Error{Status: http.StatusInternalServerError}
		}
		w.Header().Del("Content-Length") // Of the answer that did not come.
		_ = encode(w, told.Status, "application/problem+json",
			problem{http.StatusText(told.Status), told.Status, told.Detail, told.Fields})
	})
}

// guarded returns a panic of the handler as an error. http.ErrAbortHandler is no failure but a wish, and passes.
func guarded(handler Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch cause := recover(); cause {
		case nil:
		case http.ErrAbortHandler:
			panic(cause)
		default:
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return handler(w, r)
}

// writer knows whether the answer has begun.
type writer struct {
	http.ResponseWriter
	begun bool
}

// Unwrap lets http.ResponseController reach what the server's own writer can do: flush, deadlines.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) WriteHeader(status int) {
	w.begun = w.begun || status >= http.StatusOK // What is below only informs.
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(body []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(body)
}

// FlushError sends what was written, and the status at least: with it the answer has begun. http.ResponseController asks
// for this method before it unwraps.
func (w *writer) FlushError() error {
	w.begun = true
	return http.NewResponseController(w.ResponseWriter).Flush()
}
