// Package metrics tells Prometheus the rate, errors and duration of calls.
package metrics

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Measures measures calls. Its names are those that dashboards for gRPC in Go expect.
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
			Name: "grpc_server_handled_total",
			Help: "Calls by service, method and the code they ended with.",
		}, []string{"grpc_service", "grpc_method", "grpc_code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "grpc_server_handling_seconds",
			Help:    "How long calls took.",
			Buckets: prometheus.DefBuckets,
		}, []string{"grpc_service", "grpc_method"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "grpc_server_in_flight",
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

// Unary is an interceptor. What nobody registered never comes here, so methods that a client makes up are no new series.
func (m *Measures) Unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (response any, err error) {
	defer m.began(info.FullMethod)(&err)
	return next(ctx, request)
}

// Stream is an interceptor.
func (m *Measures) Stream(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	defer m.began(info.FullMethod)(&err)
	return next(service, stream)
}

// began returns what is to be done at the end.
func (m *Measures) began(fullMethod string) func(err *error) {
	service, method, _ := strings.Cut(strings.TrimPrefix(fullMethod, "/"), "/")
	m.inFlight.Inc()
	began := time.Now()
	return func(err *error) {
		m.inFlight.Dec()
		m.seconds.WithLabelValues(service, method).Observe(time.Since(began).Seconds())
		m.handled.WithLabelValues(service, method, codeOf(*err).String()).Inc()
	}
}

// codeOf is the code that the client sees: gRPC makes one of a context's error.
func codeOf(err error) codes.Code {
	if found, is := status.FromError(err); is {
		return found.Code()
	}
	return status.FromContextError(err).Code()
}
