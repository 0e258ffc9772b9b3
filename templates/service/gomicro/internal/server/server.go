// Package server serves until it is told to stop, and then answers what is in flight.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"go-micro.dev/v5/broker"
	microerrors "go-micro.dev/v5/errors"
	"go-micro.dev/v5/server"
	"go-micro.dev/v5/transport"
)

// Server is one of Go-micro that ends in order.
type Server struct {
	server.Server
	listener net.Listener
	ended    chan struct{}
}

// New answers calls, and the pages by their patterns beside them on the same port, though not over a connection by which
// a call came.
func New(listener net.Listener, pages map[string]http.Handler, options ...server.Option) *Server {
	ended := make(chan struct{})
	return &Server{
		listener: listener,
		ended:    ended,
		Server: server.NewRPCServer(append([]server.Option{
			server.Address(listener.Addr().String()),
			server.ListenOption(transport.NetListener(untilEnded{listener, ended})),
			server.Transport(transport.NewHTTPTransport(beside(pages))),
			// Go-micro's own would listen on a second port. This one is for events within the process: put yours in its place.
			server.Broker(broker.NewMemoryBroker()),
			// Without it calls in flight are cut off at the end.
			server.Wait(new(sync.WaitGroup)),
		}, options...)...),
	}
}

// beside is where Go-micro's HTTP transport looks for handlers of others.
func beside(pages map[string]http.Handler) transport.Option {
	return func(options *transport.Options) {
		options.Context = context.WithValue(context.Background(), "http_handlers", pages) //nolint:staticcheck // Its key is a string.
	}
}

// Serve serves until ctx ends, then calls stopping, takes no new connection and answers the calls in flight for as long as
// grace. In Kubernetes the preStop pause has passed by then, so nobody sends new calls any more.
func (s *Server) Serve(ctx context.Context, grace time.Duration, stopping func()) error {
	if err := s.Start(); err != nil {
		return err
	}
	<-ctx.Done()
	stopping()
	// Go-micro stops listening only after the last answer.
	if err := s.listener.Close(); err != nil {
		return err
	}
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop() }()
	defer close(s.ended)
	select {
	case err := <-stopped:
		if errors.Is(err, net.ErrClosed) {
			return nil // It closes the listener, too.
		}
		return err
	case <-time.After(grace):
		return errors.New("calls were cut off: they took longer than the grace")
	}
}

// untilEnded keeps Go-micro from taking the end of its listener for a failure, which it would log and try again.
type untilEnded struct {
	net.Listener
	ended <-chan struct{}
}

func (l untilEnded) Accept() (net.Conn, error) {
	connection, err := l.Listener.Accept()
	if errors.Is(err, net.ErrClosed) {
		<-l.ended
	}
	return connection, err
}

// Recover makes an error of a panic. Go-micro itself would let the caller wait for an answer until it gives up.
func Recover(next server.HandlerFunc) server.HandlerFunc {
	return func(ctx context.Context, request server.Request, response any) (err error) {
		defer func() {
			if cause := recover(); cause != nil {
				slog.ErrorContext(ctx, "a call panicked", "endpoint", request.Endpoint(), "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
				err = microerrors.InternalServerError(request.Service(), "internal error")
			}
		}()
		return next(ctx, request, response)
	}
}
