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

// bucket holds what is left of a window that began at that time.
type bucket struct {
	tokens float64
	at     time.Time
}

// window is the time in which a whole burst comes.
func (b *buckets) window() time.Duration {
	return time.Duration(b.burst / b.perSecond * float64(time.Second))
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
	had, known := b.byClient[client]
	if !known || now.Sub(had.at) >= b.window() {
		had = bucket{tokens: b.burst, at: now}
	}
	if had.tokens < 1 {
		return had.at.Add(b.window()).Sub(now), false
	}
	b.byClient[client] = bucket{tokens: had.tokens - 1, at: had.at}
	return 0, true
}

// sweep forgets whose window is over: it is as good as a new one. The next
// sweep is when there are twice as many as now, so that a request costs the same however many clients there are.
func (b *buckets) sweep(now time.Time) {
	maps.DeleteFunc(b.byClient, func(_ string, had bucket) bool { return now.Sub(had.at) >= b.window() })
	b.sweepAt = max(fewest, 2*len(b.byClient))
}
