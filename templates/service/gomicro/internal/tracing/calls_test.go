package tracing_test

import (
	"context"
	"testing"

	"go-micro.dev/v5/client"
	"go-micro.dev/v5/metadata"
	"go-micro.dev/v5/registry"
	"go-micro.dev/v5/server"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"example.com/orders/internal/tracing"
)

// asked is a request of which the endpoint alone counts, on either side.
type asked struct{ client.Request }

func (asked) Endpoint() string { return "Items.Add" }

type received struct{ server.Request }

func (received) Endpoint() string { return "Items.Add" }

func TestOneTraceHoldsACallOnBothSides(t *testing.T) {
	if _, err := tracing.SetUp(t.Context(), "orders", "test"); err != nil {
		t.Fatal(err)
	}
	spans := tracetest.NewSpanRecorder()
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	defer otel.SetTracerProvider(before)
	answer := tracing.Answered(func(context.Context, server.Request, any) error { return nil })
	call := tracing.Made(func(ctx context.Context, _ *registry.Node, _ client.Request, _ any, _ client.CallOptions) error {
		headers, _ := metadata.FromContext(ctx)
		return answer(metadata.NewContext(context.Background(), headers), received{}, nil)
	})
	if err := call(t.Context(), nil, asked{}, nil, client.CallOptions{}); err != nil {
		t.Fatal(err)
	}
	ended := spans.Ended()
	if len(ended) != 2 || ended[0].Parent().SpanID() != ended[1].SpanContext().SpanID() || !ended[0].Parent().IsRemote() {
		t.Errorf("got %v", ended)
	}
}
