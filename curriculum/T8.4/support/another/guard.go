package prices

import (
	"context"
	"sync"
	"time"
)

type keeper struct {
	asked source
	known sync.Map
}

func newGuard(asked source) source { return &keeper{asked: asked} }

func (k *keeper) quote(ctx context.Context, id string) (quote, error) {
	limited, cancel := context.WithDeadline(ctx, time.Now().Add(200*time.Millisecond))
	defer cancel()
	now, err := k.asked.quote(limited, id)
	if err != nil {
		if before, ok := k.known.Load(id); ok {
			return quote{ID: id, Price: before.(string), Stale: true}, nil
		}
		return quote{}, err
	}
	k.known.Store(id, now.Price)
	return now, nil
}
