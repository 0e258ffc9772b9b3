package main

import (
	"maps"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limit lets each client send what the settings allow, and answers 429 with the time to wait to what is more.
func limit(next http.Handler, s settings) http.Handler {
	if s.perMinute == 0 {
		return next
	}
	buckets := newBuckets(s)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait, taken := buckets.take(clientOf(r)); !taken {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			http.Error(w, "too many requests", http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// fewest is how many clients are kept without a thought.
const fewest = 1024

// buckets holds a bucket of tokens for each client that was active lately. It is safe for any number of goroutines.
type buckets struct {
	perSecond, burst float64

	mu       sync.Mutex
	byClient map[string]bucket
	// sweepAt is the number of clients at which those with a full bucket are forgotten.
	sweepAt int
}

// bucket held so many tokens at that time, and has gained more since.
type bucket struct {
	tokens float64
	at     time.Time
}

func newBuckets(s settings) *buckets {
	return &buckets{
		perSecond: float64(s.perMinute) / 60,
		burst:     float64(s.burst),
		byClient:  map[string]bucket{},
		sweepAt:   fewest,
	}
}

// take takes a token of a client. When there is none it takes nothing, and returns how long until there is one.
func (b *buckets) take(client string) (wait time.Duration, taken bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if len(b.byClient) >= b.sweepAt {
		b.sweep(now)
	}
	tokens := b.burst
	if had, known := b.byClient[client]; known {
		tokens = b.tokens(had, now)
	}
	if tokens < 1 {
		return time.Duration((1 - tokens) / b.perSecond * float64(time.Second)), false
	}
	b.byClient[client] = bucket{tokens: tokens - 1, at: now}
	return 0, true
}

// tokens is what is in a bucket now: tokens come all the time, in parts too, until the bucket is full.
func (b *buckets) tokens(had bucket, now time.Time) float64 {
	return min(b.burst, had.tokens+now.Sub(had.at).Seconds()*b.perSecond)
}

// sweep forgets who has a token. The next
// sweep is when there are twice as many as now, so that a request costs the same however many clients there are.
func (b *buckets) sweep(now time.Time) {
	maps.DeleteFunc(b.byClient, func(_ string, had bucket) bool { return b.tokens(had, now) >= 1 })
	b.sweepAt = max(fewest, 2*len(b.byClient))
}
