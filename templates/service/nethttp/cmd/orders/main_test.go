package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/orders/internal/health"
)

func TestServesAPIProbesAndMetrics(t *testing.T) {
	service := httptest.NewServer(routes(health.New(func(context.Context) error { return nil })))
	defer service.Close()
	tests := []struct {
		path   string
		status int
		says   string
	}{
		{"/livez", http.StatusOK, ""},
		{"/readyz", http.StatusOK, ""},
		{"/items/none", http.StatusNotFound, "no such item"},
		{"/metrics", http.StatusOK, `http_requests_total{code="404",method="GET",route="/items/{id}"} 1`},
	}
	for _, test := range tests {
		response, err := service.Client().Get(service.URL + test.path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != test.status || !strings.Contains(string(body), test.says) {
			t.Errorf("%s: %d %s, %v", test.path, response.StatusCode, body, err)
		}
	}
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
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx); err != nil {
		t.Error(err)
	}
}
