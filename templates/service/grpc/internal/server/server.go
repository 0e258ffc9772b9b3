// Package server serves until it is told to stop, and then answers what is in flight.
package server

import (
	"context"
	"errors"
	"net"
	"time"

	"google.golang.org/grpc"
)

// Serve serves until ctx ends, then calls stopping, takes no new call and answers those in flight for as long as grace.
// In Kubernetes the preStop pause has passed by then, so nobody sends new calls any more.
func Serve(ctx context.Context, listener net.Listener, server *grpc.Server, grace time.Duration, stopping func()) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stopping()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		server.GracefulStop()
	}()
	select {
	case <-answered:
		return nil
	case <-time.After(grace):
		server.Stop()
		<-answered
		return errors.New("calls were cut off: they took longer than the grace")
	}
}
