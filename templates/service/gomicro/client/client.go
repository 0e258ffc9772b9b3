// Package client calls the service.
package client

import (
	"context"
	"strings"

	"go-micro.dev/v5/client"
	microerrors "go-micro.dev/v5/errors"
	"go-micro.dev/v5/registry"
	"go-micro.dev/v5/selector"

	"example.com/orders/internal/api"
	"example.com/orders/internal/tracing"
)

// What is asked and answered.
type (
	NewItem = api.NewItem
	ItemID  = api.ItemID
	Item    = api.Item
)

// Client has a method for each of the service's.
type Client struct {
	caller client.Client
	where  client.CallOption
}

// New finds the instances in a registry by the service's name. Where addresses are given these are called instead: in
// Kubernetes the name of a Service, such as orders:80. Give each call a deadline by its context; without, it is 5 s.
func New(names registry.Registry, addresses ...string) *Client {
	return &Client{
		where: client.WithAddress(addresses...),
		caller: client.NewClient(
			client.Registry(names),
			// In turn, so that who is asked again is another one: what is known of instances may be a minute old.
			client.Selector(selector.NewSelector(selector.Registry(names), selector.SetStrategy(selector.RoundRobin))),
			client.ContentType("application/json"),
			client.WrapCall(tracing.Made),
		),
	}
}

// Add is never asked twice: it would add two.
func (c *Client) Add(ctx context.Context, asked NewItem) (Item, error) {
	return ask[Item](ctx, c, "Items.Add", asked, client.WithRetries(0))
}

// Find has no side effects, so another instance is asked when one went away.
func (c *Client) Find(ctx context.Context, id string) (Item, error) {
	return ask[Item](ctx, c, "Items.Find", ItemID{ID: id}, client.WithRetries(2), client.WithRetry(wentAway))
}

func ask[Answer any](ctx context.Context, c *Client, endpoint string, asked any, options ...client.CallOption) (Answer, error) {
	var answer Answer
	request := c.caller.NewRequest("orders", endpoint, &asked)
	err := c.caller.Call(ctx, request, &answer, append(options, c.where)...)
	return answer, err
}

// wentAway says whether nobody answered: what the service itself says has its own name on it.
func wentAway(_ context.Context, _ client.Request, _ int, err error) (bool, error) {
	return err != nil && strings.HasPrefix(microerrors.FromError(err).GetId(), "go.micro.client"), nil
}
