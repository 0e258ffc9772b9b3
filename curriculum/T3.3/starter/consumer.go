package main

import (
	"context"

	"github.com/nats-io/nats.go"
)

// consume charges for each order of the stream, until ctx ends.
//
// Make it consume the stream ORDERS and send a request to the subject charges for each order, so that each is charged
// once, whatever happens to this program.
func consume(ctx context.Context, _ *nats.Conn) error {
	<-ctx.Done()
	return nil
}
