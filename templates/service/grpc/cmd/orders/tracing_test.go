package main

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/grpc/codes"
	rpc "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	itemsv1 "example.com/orders/gen/items/v1"
	"example.com/orders/internal/health"
	"example.com/orders/internal/metrics"
)

func TestTracesCallsOfTheAPIAlone(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	defer otel.SetTracerProvider(before)
	connection := serve(t, health.New(func(context.Context) error { return nil }), metrics.New())
	if _, err := rpc.NewHealthClient(connection).Check(t.Context(), &rpc.HealthCheckRequest{}); err != nil {
		t.Fatal(err)
	}
	_, err := itemsv1.NewItemsServiceClient(connection).GetItem(t.Context(), &itemsv1.GetItemRequest{Id: "none"})
	if status.Code(err) != codes.NotFound {
		t.Fatal(err)
	}
	names := []string{}
	for _, span := range spans.Ended() {
		names = append(names, span.Name())
	}
	if want := "items.v1.ItemsService/GetItem"; len(names) != 1 || names[0] != want {
		t.Errorf("got spans %v", names)
	}
}
