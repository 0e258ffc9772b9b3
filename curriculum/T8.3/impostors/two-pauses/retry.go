package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// retrier makes calls to an upstream, and makes them again while that may help and does no harm.
type retrier struct {
	upstream *upstream
	attempts int
	base     time.Duration
	budget   *budget
}

func newRetrier(u *upstream, s settings) *retrier {
	return &retrier{upstream: u, attempts: s.attempts, base: s.base, budget: newBudget(s.budget)}
}

// do returns the upstream's last answer, or the error when there was none. Deadline and end of ctx hold for all attempts.
func (r *retrier) do(ctx context.Context, c call) (answer, error) {
	for attempt := 1; ; attempt++ {
		got, err := r.upstream.send(ctx, c)
		if err == nil && !passes(got.status) {
			r.budget.earn()
			return got, nil
		}
		if attempt == r.attempts || !c.repeatable() {
			return got, err
		}
		pause := max(r.pause(attempt), got.retryAfter)
		if endsWithin(ctx, pause) || !r.budget.take() {
			return got, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return answer{}, ctx.Err()
		}
	}
}

// passes tells whether an answer speaks of trouble that may pass. What the caller did wrong stays wrong.
func passes(status int) bool {
	return status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// repeatable tells whether a second call does no harm: a POST may have been done although its answer was lost.
func (c call) repeatable() bool {
	return c.method != http.MethodPost || c.key != ""
}

// pause is the time before the next attempt: twice as long each time, and random, so that callers which failed together
// do not come back together.
func (r *retrier) pause(attempt int) time.Duration {
	average := r.base << (attempt - 1)
	return average/2 + average*time.Duration(rand.N(2))
}

// endsWithin tells whether nobody waits any more once the pause is over.
func endsWithin(ctx context.Context, pause time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && time.Until(deadline) < pause
}

// earnedBy is how many requests that succeed give one retry back.
const earnedBy = 10

// budget bounds the retries of all requests together: when everything fails, they stop and the load stays what it was.
type budget struct {
	mu sync.Mutex
	// left and most are counted in parts of a retry, earnedBy to one.
	left, most int
}

func newBudget(retries int) *budget {
	return &budget{left: retries * earnedBy, most: retries * earnedBy}
}

// take takes one retry, if there is one.
func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < earnedBy {
		return false
	}
	b.left -= earnedBy
	return true
}

// earn notes a request that succeeded.
func (b *budget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.left+1, b.most)
}
