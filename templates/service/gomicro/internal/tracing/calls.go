package tracing

import (
	"context"
	"strings"

	"go-micro.dev/v5/client"
	"go-micro.dev/v5/metadata"
	"go-micro.dev/v5/registry"
	"go-micro.dev/v5/server"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// scope is whose spans these are.
const scope = "example.com/orders/internal/tracing"

// Answered makes a span of each call that is answered, within the caller's trace.
func Answered(next server.HandlerFunc) server.HandlerFunc {
	return func(ctx context.Context, request server.Request, response any) error {
		headers := propagation.MapCarrier{}
		sent, _ := metadata.FromContext(ctx)
		for name, value := range sent {
			headers.Set(strings.ToLower(name), value)
		}
		ctx = otel.GetTextMapPropagator().Extract(ctx, headers)
		ctx, span := otel.Tracer(scope).Start(ctx, request.Endpoint(), trace.WithSpanKind(trace.SpanKindServer))
		return ended(span, next(ctx, request, response))
	}
}

// Made makes a span of each call that is made, and tells its trace to whoever answers.
func Made(next client.CallFunc) client.CallFunc {
	return func(ctx context.Context, node *registry.Node, request client.Request, response any, options client.CallOptions) error {
		ctx, span := otel.Tracer(scope).Start(ctx, request.Endpoint(), trace.WithSpanKind(trace.SpanKindClient))
		headers := propagation.MapCarrier{}
		otel.GetTextMapPropagator().Inject(ctx, headers)
		ctx = metadata.MergeContext(ctx, metadata.Metadata(headers), true)
		return ended(span, next(ctx, node, request, response, options))
	}
}

func ended(span trace.Span, err error) error {
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
	return err
}
