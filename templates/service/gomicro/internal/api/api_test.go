package api_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	microerrors "go-micro.dev/v5/errors"

	"example.com/orders/internal/api"
)

func TestKeepsAnItem(t *testing.T) {
	items := api.New(api.NewMemory())
	var kept, found api.Item
	if err := items.Add(t.Context(), &api.NewItem{Name: "tea", Quantity: 2}, &kept); err != nil {
		t.Fatal(err)
	}
	if err := items.Find(t.Context(), &api.ItemID{ID: kept.ID}, &found); err != nil {
		t.Fatal(err)
	}
	if want := (api.Item{ID: kept.ID, Name: "tea", Quantity: 2}); found != want || kept.ID == "" {
		t.Errorf("got %+v", found)
	}
}

func TestRefuses(t *testing.T) {
	items := api.New(api.NewMemory())
	add := func(name string, quantity int) error {
		return items.Add(t.Context(), &api.NewItem{Name: name, Quantity: quantity}, &api.Item{})
	}
	for name, test := range map[string]struct {
		err  error
		code int32
	}{
		"no name":         {add("", 1), 400},
		"no quantity":     {add("tea", 0), 400},
		"an unknown item": {items.Find(t.Context(), &api.ItemID{ID: "none"}, &api.Item{}), 404},
	} {
		if microerrors.FromError(test.err).GetCode() != test.code {
			t.Errorf("%s: %v", name, test.err)
		}
	}
}

type broken struct{}

var errSecret = errors.New("secret: the database is at 10.0.0.7")

func (broken) Add(context.Context, api.Item) (api.Item, error) { return api.Item{}, errSecret }
func (broken) Find(context.Context, string) (api.Item, error)  { return api.Item{}, errSecret }

func TestDoesNotTellWhatIsNobodysBusiness(t *testing.T) {
	items := api.New(broken{})
	for _, err := range []error{
		items.Add(t.Context(), &api.NewItem{Name: "tea", Quantity: 1}, &api.Item{}),
		items.Find(t.Context(), &api.ItemID{ID: "1"}, &api.Item{}),
	} {
		if microerrors.FromError(err).GetCode() != 500 || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v", err)
		}
	}
}
