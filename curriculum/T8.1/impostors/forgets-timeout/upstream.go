package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/sony/gobreaker/v2"
)

const (
	// callTimeout bounds one call: an upstream that hangs counts as failed.
	callTimeout = 2 * time.Second
	// longestAnswer is the most that is read of an answer, in bytes.
	longestAnswer = 1 << 20
	// failuresToOpen is how many calls in a row must fail. One error in ten never reaches it.
	failuresToOpen = 5
)

// upstream is a service that ours depends on, behind a circuit breaker of its own.
type upstream struct {
	url     string
	client  *http.Client
	breaker *gobreaker.CircuitBreaker[string]
}

func newUpstream(name, url string) *upstream {
	return &upstream{
		url:    url,
		client: &http.Client{Timeout: callTimeout},
		breaker: gobreaker.NewCircuitBreaker[string](gobreaker.Settings{
			Name:        name,
			MaxRequests: 1,
			ReadyToTrip: func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= failuresToOpen },
			// A caller that goes away says nothing about the upstream.
			IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
			OnStateChange: func(name string, from, to gobreaker.State) {
				slog.Info("the circuit breaker changed", "upstream", name, "from", from, "to", to)
			},
		}),
	}
}

// get returns the upstream's answer, or at once an error while the breaker is open.
func (u *upstream) get(ctx context.Context) (string, error) {
	return u.breaker.Execute(func() (string, error) { return u.fetch(ctx) })
}

// fetch makes one call. Any status but 200 is a failure.
func (u *upstream) fetch(ctx context.Context) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.url, nil)
	if err != nil {
		return "", err
	}
	response, err := u.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the upstream answered %s", response.Status)
	}
	return string(body), nil
}
