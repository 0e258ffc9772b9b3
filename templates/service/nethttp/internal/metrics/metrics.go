// Package metrics tells Prometheus the rate, errors and duration of requests.
package metrics

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type measures struct {
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	inFlight  prometheus.Gauge
}

// Around returns the service with its requests measured, and the handler that shows the measures to Prometheus.
func Around(service http.Handler) (measured, shown http.Handler) {
	m := measures{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total",
			Help: "Requests by method, route and the code they were answered with.",
		}, []string{"method", "route", "code"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "http_request_duration_seconds",
			Help:    "How long requests took.",
			Buckets: prometheus.DefBuckets,
		}, []string{"route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "http_requests_in_flight",
			Help: "Requests that run now.",
		}),
	}
	// A registry of our own holds what we put into it, and nothing that a library registered in passing.
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.requests, m.durations, m.inFlight, collectors.NewGoCollector())
	return m.around(service), promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

func (m *measures) around(service http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.inFlight.Inc()
		defer m.inFlight.Dec()
		began := time.Now()
		// What a handler that panics never says.
		answer := &recorder{ResponseWriter: w, code: http.StatusInternalServerError}
		defer func() {
			// The router has written the pattern into the request by now.
			route := routeOf(r.Pattern)
			m.durations.WithLabelValues(route).Observe(time.Since(began).Seconds())
			m.requests.WithLabelValues(methodOf(r.Method), route, strconv.Itoa(answer.code)).Inc()
		}()
		service.ServeHTTP(answer, r)
		if !answer.written {
			answer.code = http.StatusOK
		}
	})
}

// routeOf is the path of a pattern such as "GET /items/{id}". Requests that matched none have one label together: a path
// of its own would be a new series for whoever types an address.
func routeOf(pattern string) string {
	if pattern == "" {
		return "unmatched"
	}
	if _, path, found := strings.Cut(pattern, " "); found {
		return path
	}
	return pattern
}

// methodOf is the method when it is one of HTTP's: a client can make up any number of others.
func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "other"
	}
}

// recorder remembers the code that was written.
type recorder struct {
	http.ResponseWriter
	code    int
	written bool
}

func (r *recorder) WriteHeader(code int) {
	if !r.written && code >= http.StatusOK {
		r.code, r.written = code, true
	}
	r.ResponseWriter.WriteHeader(code)
}

func (r *recorder) Write(piece []byte) (int, error) {
	if !r.written {
		r.code, r.written = http.StatusOK, true
	}
	return r.ResponseWriter.Write(piece)
}

// Unwrap lets http.ResponseController reach the writer below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
