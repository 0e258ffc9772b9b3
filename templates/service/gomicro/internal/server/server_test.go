package server_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"go-micro.dev/v5/client"
	microerrors "go-micro.dev/v5/errors"
	"go-micro.dev/v5/registry"
	micro "go-micro.dev/v5/server"

	"example.com/orders/internal/server"
)

// Text is asked and answered.
type Text struct{ Text string }

// Slow has one method, which runs the handler.
type Slow struct{ handler func() }

// Call runs the handler.
func (s *Slow) Call(_ context.Context, asked, answer *Text) error {
	s.handler()
	answer.Text = asked.Text
	return nil
}

// slow is a server whose method runs the handler, and where it listens.
func slow(t *testing.T, handler func()) (served *server.Server, address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]http.Handler{"GET /readyz": http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	served = server.New(listener, pages,
		micro.Name("test"), micro.Registry(registry.NewMemoryRegistry()), micro.WrapHandler(server.Recover))
	if err := served.Handle(served.NewHandler(&Slow{handler})); err != nil {
		t.Fatal(err)
	}
	return served, listener.Addr().String()
}

func call(t *testing.T, address string) <-chan error {
	t.Helper()
	caller := client.NewClient(client.ContentType("application/json"), client.Retries(0))
	answered := make(chan error, 1)
	go func() {
		request := caller.NewRequest("test", "Slow.Call", &Text{"tea"})
		answered <- caller.Call(t.Context(), request, &Text{}, client.WithAddress(address))
	}()
	return answered
}

func TestAnswersWhatIsInFlight(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	served, address := slow(t, func() {
		close(begun)
		<-finish
	})
	ctx, stop := context.WithCancel(t.Context())
	ended, stopping := make(chan error, 1), make(chan struct{})
	go func() { ended <- served.Serve(ctx, time.Minute, func() { close(stopping) }) }()
	answered := call(t, address)
	<-begun
	stop()
	<-stopping
	for {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			break // It listens no more, though a call is in flight.
		}
		_ = connection.Close()
	}
	select {
	case err := <-ended:
		t.Fatalf("it ended before the call in flight, with %v", err)
	case <-time.After(50 * time.Millisecond): // What is cut off ends at once.
	}
	close(finish)
	if err := <-answered; err != nil {
		t.Errorf("the call in flight got %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestCutsOffWhatTakesTooLong(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	defer close(finish)
	served, address := slow(t, func() {
		close(begun)
		<-finish
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- served.Serve(ctx, time.Millisecond, func() {}) }()
	call(t, address)
	<-begun
	stop()
	if err := <-ended; err == nil {
		t.Error("a call was cut off, and nobody was told")
	}
}

func TestLivesThroughAPanicAndServesPagesBeside(t *testing.T) {
	served, address := slow(t, func() { panic("secret") })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- served.Serve(ctx, time.Minute, func() {}) }()
	for range 2 {
		err := microerrors.FromError(<-call(t, address))
		if err.GetCode() != 500 || err.GetDetail() != "internal error" {
			t.Errorf("got %v", err)
		}
	}
	response, err := http.Get("http://" + address + "/readyz")
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("got %v, %v", response, err)
	}
	_ = response.Body.Close()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
