package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go-micro.dev/v5/registry"

	"example.com/orders/internal/health"
)

func TestServesAPIProbesAndMetrics(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	probes := health.New(func(context.Context) error { return nil })
	service, err := newServer(listener, probes, registry.NewMemoryRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- service.Serve(ctx, time.Minute, probes.Stop) }()
	for _, test := range []struct{ method, path, endpoint, body, says string }{
		{"POST", "/", "Items.Add", `{"name": "tea", "quantity": 2}`, `"name":"tea"`},
		{"POST", "/", "Items.Invented", `{}`, ""},
		{"GET", "/livez", "", "", ""},
		{"GET", "/readyz", "", "", ""},
		{"GET", "/metrics", "", "", `rpc_server_handled_total{code="200",endpoint="Items.Add"} 1`},
	} {
		body := ask(t, "http://"+listener.Addr().String()+test.path, test.method, test.endpoint, test.body)
		if !strings.Contains(body, test.says) || strings.Contains(body, `endpoint="Items.Invented"`) {
			t.Errorf("%s %s: %s", test.path, test.endpoint, body)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// ask calls an endpoint, or gets a page, as curl does.
func ask(t *testing.T, url, method, endpoint, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true // A connection over which a call came takes nothing but calls.
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Micro-Endpoint", endpoint)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%s %s: %d, %v", url, endpoint, response.StatusCode, err)
	}
	return string(text)
}

func TestRefusesSettingsThatCannotBeMeant(t *testing.T) {
	t.Setenv("PORT", "-1")
	t.Setenv("LOG_LEVEL", "loud")
	t.Setenv("REGISTRY", "a phone book")
	err := run(t.Context())
	for _, name := range []string{"PORT", "LOG_LEVEL", "REGISTRY"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
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
