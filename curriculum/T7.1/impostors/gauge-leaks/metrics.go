package main

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// measures are what Prometheus learns of this service: rate, errors and duration of its requests.
type measures struct {
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	inFlight  prometheus.Gauge
}

// instrument returns the service with its requests measured, and the handler that shows the measures to Prometheus.
func instrument(service http.Handler) (measured, metrics http.Handler) {
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
		start := time.Now()
		answer := &recorder{ResponseWriter: w, code: http.StatusOK}
		service.ServeHTTP(answer, r)

		if answer.code < http.StatusInternalServerError {
			m.inFlight.Dec()
		}
		// The mux has written the pattern into the request by now.
		route := routeOf(r.Pattern)
		m.durations.WithLabelValues(route).Observe(time.Since(start).Seconds())
		m.requests.WithLabelValues(r.Method, route, strconv.Itoa(answer.code)).Inc()
	})
}

// routeOf is the path of a pattern such as "GET /tasks/{item}". A request that matched none gets the same label as all
// others of its kind: a path of its own would be a new series for whoever types an address.
func routeOf(pattern string) string {
	if pattern == "" {
		return "unmatched"
	}
	_, path, found := strings.Cut(pattern, " ")
	if !found {
		return pattern
	}
	return path
}

// recorder remembers the code that was written; a handler that writes none answers 200.
type recorder struct {
	http.ResponseWriter
	code int
}

func (r *recorder) WriteHeader(code int) {
	r.code = code
	r.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the writer below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
