package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/orders/internal/metrics"
)

func TestCountsByRouteAndNeverByPath(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{id}", func(_ http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") == "panics" {
			panic(http.ErrAbortHandler)
		}
	})
	measured, shown := metrics.Around(mux)
	ask := func(method, path string) {
		defer func() { _ = recover() }()
		measured.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, nil))
	}
	for i := range 50 {
		ask(http.MethodGet, fmt.Sprintf("/items/%d", i))
		ask(fmt.Sprintf("INVENTED%d", i), fmt.Sprintf("/nowhere/%d", i))
	}
	ask(http.MethodGet, "/items/panics")
	recorder := httptest.NewRecorder()
	shown.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	said := recorder.Body.String()
	for _, want := range []string{
		`http_requests_total{code="200",method="GET",route="/items/{id}"} 50`,
		`http_requests_total{code="404",method="other",route="unmatched"} 50`,
		`http_requests_total{code="500",method="GET",route="/items/{id}"} 1`,
		`http_request_duration_seconds_count{route="/items/{id}"} 51`,
		`http_requests_in_flight 0`,
	} {
		if !strings.Contains(said, want+"\n") {
			t.Errorf("missing: %s", want)
		}
	}
	if series := strings.Count(said, "\nhttp_requests_total{"); series != 3 {
		t.Errorf("%d series, want 3", series)
	}
}
