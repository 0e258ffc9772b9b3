// Package server serves until it is told to stop, and then answers what is in flight.
package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Serve serves until ctx ends, then calls stopping, takes no new connection and answers the requests in flight for as long
// as grace. In Kubernetes the preStop pause has passed by then, so nobody sends new requests any more.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, grace time.Duration, stopping func()) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stopping()
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(limited); err != nil {
		return errors.Join(fmt.Errorf("requests were cut off: %w", err), server.Close())
	}
	return nil
}
