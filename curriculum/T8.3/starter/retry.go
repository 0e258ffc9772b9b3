package main

import (
	"context"
	"time"
)

// retrier makes calls to an upstream.
type retrier struct {
	upstream *upstream
	attempts int
	base     time.Duration
}

func newRetrier(u *upstream, s settings) *retrier {
	return &retrier{upstream: u, attempts: s.attempts, base: s.base}
}

// do returns the upstream's answer, or the error when there was none.
// Make the call again where that helps, as the lesson asks: with pauses, within the deadline, and within a budget.
func (r *retrier) do(ctx context.Context, c call) (answer, error) {
	return r.upstream.send(ctx, c)
}
