package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// callTimeout bounds one call: an upstream that hangs counts as failed.
	callTimeout = 2 * time.Second
	// longestAnswer is the most that is read of an answer, in bytes.
	longestAnswer = 1 << 20
	// failuresToOpen is how many calls in a row must fail. One error in ten never reaches it.
	failuresToOpen = 5
	// openFor is how long an upstream is left in peace.
	openFor = time.Second
)

// upstream is a service that ours depends on.
type upstream struct {
	name, url string
	client    *http.Client

	mutex    sync.Mutex
	failures int
	openedAt time.Time
	probing  bool
}

func newUpstream(name, url string) *upstream {
	return &upstream{name: name, url: url, client: &http.Client{Timeout: callTimeout}}
}

// get returns the upstream's answer.
func (u *upstream) get(ctx context.Context) (string, error) {
	u.mutex.Lock()
	open := u.failures >= failuresToOpen
	if open && (u.probing || time.Since(u.openedAt) < openFor) {
		u.mutex.Unlock()
		return "", errors.New("the circuit breaker is open")
	}
	u.probing = open
	u.mutex.Unlock()

	answer, err := u.fetch(ctx)
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.probing = false
	if err == nil {
		u.failures = 0
		return answer, nil
	}
	u.failures++
	if u.failures == failuresToOpen {
		u.openedAt = time.Now()
	}
	return "", err
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
