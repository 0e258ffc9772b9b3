// Package telemetry is what the services of the shop share to be traced.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	// callTimeout bounds one call of another service.
	callTimeout = 5 * time.Second
	// longestAnswer is the most that is read of an answer, in bytes.
	longestAnswer = 1 << 20
	// sendEvery is how long spans are gathered before they are sent together.
	sendEvery = 200 * time.Millisecond
	// scope names this package as the maker of its spans.
	scope = "gantry.example/shop/telemetry"
)

var errStatus = errors.New("answered")

var client = &http.Client{Timeout: callTimeout}

// Start prepares a service to send its spans to the collector at endpoint. The function it returns sends what is left.
func Start(ctx context.Context, service, endpoint string) (func(context.Context) error, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint+"/v1/traces"))
	if err != nil {
		return nil, err
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter, sdktrace.WithBatchTimeout(sendEvery)),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
	)
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return provider.Shutdown, nil
}

// Handler gives each request of a route a server span, which continues the trace of the caller.
func Handler(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller := otel.GetTextMapPropagator().Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := otel.Tracer(scope).Start(caller, route, trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		answer := &answerWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r.WithContext(ctx))
		if answer.status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, http.StatusText(answer.status))
		}
	})
}

// answerWriter remembers the status of an answer.
type answerWriter struct {
	http.ResponseWriter
	status int
}

func (w *answerWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Get asks another service, whose name is peer, and returns its answer. Any status but 200 is an error. The call has a
// client span below the span in ctx.
func Get(ctx context.Context, peer, url string) (string, error) {
	ctx, span := otel.Tracer(scope).Start(ctx, "GET "+peer, trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	answer, err := fetch(ctx, peer, url)
	if errors.Is(err, errStatus) {
		span.SetStatus(codes.Error, err.Error())
	}
	return answer, err
}

// fetch makes the call, and sends the trace in ctx along.
func fetch(ctx context.Context, peer, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	otel.GetTextMapPropagator().Inject(ctx, propagation.HeaderCarrier(request.Header))
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %w %s", peer, errStatus, response.Status)
	}
	return string(body), nil
}
