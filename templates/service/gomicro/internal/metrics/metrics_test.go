package metrics_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	microerrors "go-micro.dev/v5/errors"
	"go-micro.dev/v5/server"

	"example.com/orders/internal/metrics"
)

// asked is a request of which the endpoint alone counts.
type asked struct {
	server.Request
	endpoint string
}

func (a asked) Endpoint() string { return a.endpoint }

func TestCountsByEndpointAndCode(t *testing.T) {
	measures := metrics.New()
	for endpoint, err := range map[string]error{
		"Items.Add":  nil,
		"Items.Find": microerrors.NotFound("orders", "no such item"),
		"Items.Sum":  errors.New("not one of Go-micro's"),
	} {
		measured := measures.Wrap(func(context.Context, server.Request, any) error { return err })
		if got := measured(t.Context(), asked{endpoint: endpoint}, nil); !errors.Is(got, err) {
			t.Errorf("%s: the error became %v", endpoint, got)
		}
	}
	shown := httptest.NewRecorder()
	measures.Handler().ServeHTTP(shown, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range []string{
		`rpc_server_handled_total{code="200",endpoint="Items.Add"} 1`,
		`rpc_server_handled_total{code="404",endpoint="Items.Find"} 1`,
		`rpc_server_handled_total{code="500",endpoint="Items.Sum"} 1`,
		`rpc_server_handling_seconds_count{endpoint="Items.Add"} 1`,
		"rpc_server_in_flight 0",
	} {
		if !strings.Contains(shown.Body.String(), line+"\n") {
			t.Errorf("%s is missing in\n%s", line, shown.Body)
		}
	}
}
