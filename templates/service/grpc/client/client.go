// Package client calls the service.
package client

import (
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	itemsv1 "example.com/orders/gen/items/v1"
)

// config balances calls, not connections, over all addresses of a name. Methods without side effects are asked again when a
// server went away; what may not happen twice is never. Give each call a deadline by its context: it has none of its own.
const config = `{
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{
    "name": [
      {"service": "items.v1.ItemsService", "method": "GetItem"}
    ],
    "retryPolicy": {
      "maxAttempts": 3,
      "initialBackoff": "0.1s",
      "maxBackoff": "1s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }]
}`

// Client has a typed client of each service.
type Client struct {
	Items itemsv1.ItemsServiceClient

	connection *grpc.ClientConn
}

// New connects when the first call is made. The target is a name as gRPC takes it, such as dns:///orders:8080; options
// come last, so that credentials for TLS can be given.
func New(target string, options ...grpc.DialOption) (*Client, error) {
	connection, err := grpc.NewClient(target, append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler()),
		grpc.WithDefaultServiceConfig(config),
	}, options...)...)
	if err != nil {
		return nil, err
	}
	return &Client{
		Items:      itemsv1.NewItemsServiceClient(connection),
		connection: connection,
	}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.connection.Close() }
