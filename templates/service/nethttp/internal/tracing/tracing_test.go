package tracing_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"go.opentelemetry.io/otel"

	"example.com/orders/internal/tracing"
)

func TestSendsTracesWhereItIsTold(t *testing.T) {
	var received atomic.Int32
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/traces" {
			received.Add(1)
		}
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	flush, err := tracing.SetUp(t.Context(), "orders", "test")
	if err != nil {
		t.Fatal(err)
	}
	_, span := otel.Tracer("test").Start(t.Context(), "work")
	span.End()
	if err := flush(t.Context()); err != nil || received.Load() != 1 {
		t.Errorf("%d requests reached the collector, %v", received.Load(), err)
	}
}
