package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	// callTimeout bounds one call: an upstream that hangs counts as failed.
	callTimeout = 2 * time.Second
	// longestAnswer is the most that is read of an answer, in bytes.
	longestAnswer = 1 << 20
)

// upstream is a service that ours depends on.
type upstream struct {
	name, url string
	client    *http.Client
}

func newUpstream(name, url string) *upstream {
	return &upstream{name: name, url: url, client: &http.Client{Timeout: callTimeout}}
}

// get returns the upstream's answer.
func (u *upstream) get(ctx context.Context) (string, error) {
	answer, err := u.fetch(ctx)
	if err != nil {
		return "", fmt.Errorf("circuit breaker of %s is open: %w", u.name, err)
	}
	return answer, nil
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
