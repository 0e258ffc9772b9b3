// Package api is the service's API: methods of Go-micro, called by name.
package api

import (
	"context"
	"errors"
	"log/slog"

	microerrors "go-micro.dev/v5/errors"
)

// name is who a failure comes from.
const name = "orders"

// Items is what callers know as Items.Add and Items.Find.
type Items struct{ store Store }

// New answers from a store.
func New(store Store) *Items { return &Items{store} }

// NewItem is asked of Items.Add.
type NewItem struct {
	Name     string `json:"name"`
	Quantity int    `json:"quantity"`
}

// ItemID is asked of Items.Find.
type ItemID struct {
	ID string `json:"id"`
}

// Add keeps an item.
func (i *Items) Add(ctx context.Context, asked *NewItem, kept *Item) error {
	switch {
	case asked.Name == "":
		return microerrors.BadRequest(name, "name is missing")
	case asked.Quantity < 1:
		return microerrors.BadRequest(name, "quantity must be at least 1")
	}
	item, err := i.store.Add(ctx, Item{Name: asked.Name, Quantity: asked.Quantity})
	*kept = item
	return failure(ctx, err)
}

// Find returns the item with an id.
func (i *Items) Find(ctx context.Context, asked *ItemID, found *Item) error {
	item, err := i.store.Find(ctx, asked.ID)
	*found = item
	return failure(ctx, err)
}

// failure tells the caller what they can act upon, and the log the cause.
func failure(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotFound):
		return microerrors.NotFound(name, "%s", err.Error())
	case ctx.Err() != nil:
		return microerrors.Timeout(name, "%s", ctx.Err().Error())
	default:
		slog.WarnContext(ctx, "a call failed", "error", err)
		return microerrors.InternalServerError(name, "internal error")
	}
}
