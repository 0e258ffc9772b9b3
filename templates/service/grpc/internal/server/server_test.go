package server_test

import (
	"context"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"example.com/orders/internal/server"
)

// slow is a server each of whose methods runs the handler.
func slow(handler grpc.StreamHandler) *grpc.Server {
	return grpc.NewServer(
		grpc.UnknownServiceHandler(handler),
		grpc.ChainStreamInterceptor(server.RecoverStream),
	)
}

func call(t *testing.T, address string) <-chan error {
	t.Helper()
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	answered := make(chan error, 1)
	go func() { answered <- connection.Invoke(t.Context(), "/test/Slow", &emptypb.Empty{}, &emptypb.Empty{}) }()
	return answered
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func TestAnswersWhatIsInFlight(t *testing.T) {
	listener := listen(t)
	begun, finish := make(chan struct{}), make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	ended, stopping := make(chan error, 1), make(chan struct{})
	handler := func(_ any, stream grpc.ServerStream) error {
		close(begun)
		<-finish
		return stream.SendMsg(&emptypb.Empty{})
	}
	go func() {
		ended <- server.Serve(ctx, listener, slow(handler), time.Minute, func() { close(stopping) })
	}()
	answered := call(t, listener.Addr().String())
	<-begun
	stop()
	<-stopping
	close(finish)
	if err := <-answered; err != nil {
		t.Errorf("the call in flight got %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
	if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

func TestCutsOffWhatTakesTooLong(t *testing.T) {
	listener := listen(t)
	begun := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	endless := func(_ any, stream grpc.ServerStream) error {
		close(begun)
		<-stream.Context().Done()
		return stream.Context().Err()
	}
	go func() { ended <- server.Serve(ctx, listener, slow(endless), time.Millisecond, func() {}) }()
	answered := call(t, listener.Addr().String())
	<-begun
	stop()
	if err := <-ended; err == nil {
		t.Error("a call was cut off, and nobody was told")
	}
	if err := <-answered; status.Code(err) != codes.Unavailable {
		t.Errorf("its caller got %v", err)
	}
}

func TestLivesThroughAPanic(t *testing.T) {
	listener := listen(t)
	panics := slow(func(any, grpc.ServerStream) error { panic("secret") })
	defer panics.Stop()
	go func() { _ = panics.Serve(listener) }()
	for range 2 {
		err := <-call(t, listener.Addr().String())
		if status.Code(err) != codes.Internal || status.Convert(err).Message() != "internal error" {
			t.Errorf("got %v", err)
		}
	}
}
