// Package metrics tells Prometheus the rate, errors and duration of calls.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	microerrors "go-micro.dev/v5/errors"
	"go-micro.dev/v5/server"
)

// Measures measures calls.
type Measures struct {
	handled  *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
	registry *prometheus.Registry
}

// New has measured nothing yet.
func New() *Measures {
	m := &Measures{
		handled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rpc_server_handled_total",
			Help: "Calls by endpoint and the code they ended with.",
		}, []string{"endpoint", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "rpc_server_handling_seconds",
			Help:    "How long calls took.",
			Buckets: prometheus.DefBuckets,
		}, []string{"endpoint"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "rpc_server_in_flight",
			Help: "Calls that run now.",
		}),
		// A registry of our own holds what we put into it, and nothing that a library registered in passing.
		registry: prometheus.NewRegistry(),
	}
	m.registry.MustRegister(m.handled, m.seconds, m.inFlight, collectors.NewGoCollector())
	return m
}

// Handler shows the measures to Prometheus.
func (m *Measures) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Wrap measures each call. What nobody registered never comes here, so endpoints that a client makes up are no new series.
func (m *Measures) Wrap(next server.HandlerFunc) server.HandlerFunc {
	return func(ctx context.Context, request server.Request, response any) error {
		m.inFlight.Inc()
		defer m.inFlight.Dec()
		began := time.Now()
		err := next(ctx, request, response)
		m.seconds.WithLabelValues(request.Endpoint()).Observe(time.Since(began).Seconds())
		m.handled.WithLabelValues(request.Endpoint(), codeOf(err)).Inc()
		return err
	}
}

// codeOf is the code that the caller sees, which is one of HTTP's.
func codeOf(err error) string {
	if err == nil {
		return strconv.Itoa(http.StatusOK)
	}
	if code := microerrors.FromError(err).GetCode(); code >= http.StatusBadRequest {
		return strconv.Itoa(int(code))
	}
	return strconv.Itoa(http.StatusInternalServerError)
}
