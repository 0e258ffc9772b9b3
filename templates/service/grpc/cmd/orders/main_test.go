package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	rpc "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"

	"example.com/orders/internal/api"
	"example.com/orders/internal/health"
	"example.com/orders/internal/metrics"
)

func TestServesAPIHealthReflectionAndMetrics(t *testing.T) {
	probes, measures := health.New(func(context.Context) error { return nil }), metrics.New()
	connection := serve(t, probes, measures)
	for _, service := range append(api.Services, "") {
		answer, err := rpc.NewHealthClient(connection).Check(t.Context(), &rpc.HealthCheckRequest{Service: service})
		if err != nil || answer.GetStatus() != rpc.HealthCheckResponse_SERVING {
			t.Errorf("%q: %v, %v", service, answer, err)
		}
	}
	if listed := servicesOf(t, connection); !strings.Contains(listed, api.Services[0]) {
		t.Errorf("reflection lists %s", listed)
	}

	web := httptest.NewServer(routes(probes, measures))
	defer web.Close()
	for path, says := range map[string]string{
		"/livez":   "",
		"/readyz":  "",
		"/metrics": fmt.Sprintf(`{grpc_code="OK",grpc_method="Check",grpc_service="grpc.health.v1.Health"} %d`, len(api.Services)+1),
	} {
		response, err := web.Client().Get(web.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), says) {
			t.Errorf("%s: %d %s, %v", path, response.StatusCode, body, err)
		}
	}
}

// serve serves, and returns a connection there.
func serve(t *testing.T, probes *health.Probes, measures *metrics.Measures) *grpc.ClientConn {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	calls := newServer(probes, measures, true)
	go func() { _ = calls.Serve(listener) }()
	t.Cleanup(calls.Stop)
	connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

func servicesOf(t *testing.T, connection *grpc.ClientConn) string {
	t.Helper()
	stream, err := reflectionv1.NewServerReflectionClient(connection).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	request := &reflectionv1.ServerReflectionRequest{
		MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{},
	}
	if err := stream.Send(request); err != nil {
		t.Fatal(err)
	}
	response, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	return response.GetListServicesResponse().String()
}

func TestRefusesSettingsThatCannotBeMeant(t *testing.T) {
	t.Setenv("PORT", "-1")
	t.Setenv("LOG_LEVEL", "loud")
	err := run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "PORT") || !strings.Contains(err.Error(), "LOG_LEVEL") {
		t.Errorf("got %v", err)
	}
}

func TestServesUntilItIsTold(t *testing.T) {
	t.Setenv("PORT", "0")
	t.Setenv("ADMIN_PORT", "0")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx); err != nil {
		t.Error(err)
	}
}
