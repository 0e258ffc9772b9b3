package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// callTimeout bounds one call: an upstream that hangs counts as failed.
	callTimeout = 10 * time.Second
	// longestAnswer is the most that is read of an answer, in bytes.
	longestAnswer = 1 << 20
)

// upstream is a service that ours depends on.
type upstream struct {
	url    string
	client *http.Client
}

func newUpstream(url string) *upstream {
	return &upstream{url: strings.TrimSuffix(url, "/"), client: &http.Client{Timeout: callTimeout}}
}

// call is a request to the upstream; it can be sent more than once.
type call struct {
	method, path string
	// key is the caller's Idempotency-Key: calls with the same key have one effect. It may be empty.
	key  string
	body []byte
}

// answer is what the upstream said.
type answer struct {
	status int
	// retryAfter is how long the upstream asks to be left in peace; 0 when it does not say.
	retryAfter time.Duration
	body       []byte
}

// send makes one call. An error means that there was no answer.
func (u *upstream) send(ctx context.Context, c call) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, c.method, u.url+c.path, bytes.NewReader(c.body))
	if err != nil {
		return answer{}, err
	}
	if c.key != "" {
		request.Header.Set("Idempotency-Key", c.key)
	}
	response, err := u.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	if err != nil {
		return answer{}, err
	}
	// It may also be a date, which this upstream never sends.
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	return answer{status: response.StatusCode, retryAfter: time.Duration(seconds) * time.Second, body: body}, nil
}
