package metrics_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"example.com/orders/internal/metrics"
)

func TestCountsByMethodAndCode(t *testing.T) {
	measures := metrics.New()
	unary := func(err error) {
		info := &grpc.UnaryServerInfo{FullMethod: "/items.v1.ItemsService/GetItem"}
		_, _ = measures.Unary(t.Context(), nil, info, func(context.Context, any) (any, error) { return nil, err })
	}
	for range 50 {
		unary(nil)
	}
	unary(status.Error(codes.NotFound, "no such item"))
	stream := &grpc.StreamServerInfo{FullMethod: "/items.v1.ItemsService/AddItems"}
	_ = measures.Stream(nil, nil, stream, func(any, grpc.ServerStream) error { return context.Canceled })

	recorder := httptest.NewRecorder()
	measures.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	said := recorder.Body.String()
	for _, want := range []string{
		`grpc_server_handled_total{grpc_code="OK",grpc_method="GetItem",grpc_service="items.v1.ItemsService"} 50`,
		`grpc_server_handled_total{grpc_code="NotFound",grpc_method="GetItem",grpc_service="items.v1.ItemsService"} 1`,
		`grpc_server_handled_total{grpc_code="Canceled",grpc_method="AddItems",grpc_service="items.v1.ItemsService"} 1`,
		`grpc_server_handling_seconds_count{grpc_method="GetItem",grpc_service="items.v1.ItemsService"} 51`,
		`grpc_server_in_flight 0`,
	} {
		if !strings.Contains(said, want+"\n") {
			t.Errorf("missing: %s", want)
		}
	}
}
