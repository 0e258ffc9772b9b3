package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"example.com/orders/internal/server"
)

func TestAnswersWhatIsInFlight(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	begun, finish := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-finish
		_, _ = io.WriteString(w, "done")
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	stopping := make(chan struct{})
	go func() { ended <- server.Serve(ctx, listener, slow, time.Minute, func() { close(stopping) }) }()
	answered := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			answered <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		answered <- string(body)
	}()
	<-begun
	stop()
	<-stopping
	close(finish)
	if answer := <-answered; answer != "done" {
		t.Errorf("the request in flight got %q", answer)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
	if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

func TestCutsOffWhatTakesTooLong(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	begun := make(chan struct{})
	endless := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener, endless, time.Millisecond, func() {}) }()
	go func() { _, _ = http.Get("http://" + listener.Addr().String()) }()
	<-begun
	stop()
	if err := <-ended; err == nil {
		t.Error("a request was cut off, and nobody was told")
	}
}
