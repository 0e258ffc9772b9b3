// Package kit is a small framework for HTTP services, on nothing but the standard library.
package kit

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
)

// Handler answers a request, or returns why it did not; the kit answers the error.
type Handler func(http.ResponseWriter, *http.Request) error

// Middleware wraps a handler.
type Middleware func(Handler) Handler

// Router leads requests to handlers. All routes are registered before it serves.
type Router struct {
	log        *slog.Logger
	mux        *http.ServeMux
	prefix     string
	middleware []Middleware
	unmatched  http.Handler
}

// NewRouter returns a router whose middleware is around every request, the first outermost.
func NewRouter(log *slog.Logger, middleware ...Middleware) *Router {
	r := &Router{log: log, mux: http.NewServeMux(), middleware: slices.Clone(middleware)}
	r.unmatched = r.answered(wrap(r.refuse, r.middleware))
	return r
}

// Group returns a router for the paths below a prefix. Its middleware is inside that of the router.
func (r *Router) Group(prefix string, middleware ...Middleware) *Router {
	group := *r
	group.prefix += prefix
	// Into a slice of its own: append could write into what another group of this router holds.
	group.middleware = slices.Concat(r.middleware, middleware)
	return &group
}

// Handle registers a handler for a method and a path, whose parts may be parameters: `/{id}`.
func (r *Router) Handle(method, path string, handler Handler, middleware ...Middleware) {
	pattern := method + " " + r.prefix + path
	if strings.HasSuffix(pattern, "/") {
		pattern += "{$}" // This path alone, and not all that is below it.
	}
	r.mux.Handle(pattern, r.answered(wrap(handler, slices.Concat(r.middleware, middleware))))
}

// ServeHTTP implements http.Handler.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if _, pattern := r.mux.Handler(req); pattern == "" {
		r.unmatched.ServeHTTP(w, req)
		return
	}
	r.mux.ServeHTTP(w, req)
}

// refuse returns what the mux would answer to a request that no route takes: it knows which methods there are.
func (r *Router) refuse(w http.ResponseWriter, req *http.Request) error {
	handler, _ := r.mux.Handler(req)
	told := refusal{header: http.Header{}}
	handler.ServeHTTP(&told, req)
	if allow := told.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
	}
	return &Error{Status: told.status}
}

// refusal keeps the status and the headers of an answer.
type refusal struct {
	header http.Header
	status int
}

func (r *refusal) Header() http.Header            { return r.header }
func (r *refusal) WriteHeader(status int)         { r.status = status }
func (r *refusal) Write(body []byte) (int, error) { return len(body), nil }

// wrap puts middleware around a handler, the first outermost.
func wrap(handler Handler, middleware []Middleware) Handler {
	for _, around := range middleware {
		handler = around(handler)
	}
	return handler
}
