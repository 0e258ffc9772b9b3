package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// settings say how often, how soon and how much is retried.
type settings struct {
	// attempts is how many calls one request may cause, the first one included.
	attempts int
	// base is the first pause, on average.
	base time.Duration
	// budget is how many retries all requests together have in reserve.
	budget int
}

func readSettings(getenv func(string) string) (settings, error) {
	attempts, err := strconv.Atoi(getenv("RETRY_ATTEMPTS"))
	if err != nil {
		return settings{}, fmt.Errorf("RETRY_ATTEMPTS: %w", err)
	}
	base, err := time.ParseDuration(getenv("RETRY_BASE"))
	if err != nil {
		return settings{}, fmt.Errorf("RETRY_BASE: %w", err)
	}
	budget, err := strconv.Atoi(getenv("RETRY_BUDGET"))
	if err != nil {
		return settings{}, fmt.Errorf("RETRY_BUDGET: %w", err)
	}
	if attempts < 1 || base <= 0 || budget < 0 {
		return settings{}, errors.New("RETRY_ATTEMPTS and RETRY_BASE must be positive, RETRY_BUDGET not negative")
	}
	return settings{attempts: attempts, base: base, budget: budget}, nil
}
