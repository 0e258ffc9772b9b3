package main

import "net/http"

// instrument returns the service with its requests measured, and the handler that shows the measures to Prometheus.
//
// Make it measure, as the lesson asks: each request by route and code, how long it took, and how many run now.
func instrument(service http.Handler) (measured, metrics http.Handler) {
	return service, http.NotFoundHandler()
}
