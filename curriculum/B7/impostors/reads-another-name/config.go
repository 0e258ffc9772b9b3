package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// settings is what can be set from outside.
type settings struct {
	Greeting   string
	Items      int
	ReplyDelay time.Duration
	Beta       bool
	Token      secret
}

// secret is a text that prints as a mask, wherever it ends up.
type secret string

func (secret) String() string { return "•••" }

// GoString is for %#v, which does not ask String.
func (secret) GoString() string { return "•••" }

// load reads the settings of this run from the environment. Its error names every variable that is wrong.
func load() (settings, error) {
	var env environment
	loaded := settings{
		Greeting:   env.text("GREETING"),
		Items:      optional(&env, "ITEM_COUNT", 10, count),
		ReplyDelay: optional(&env, "REPLY_DELAY", 0, time.ParseDuration),
		Beta:       optional(&env, "BETA", false, strconv.ParseBool),
		Token:      secret(env.text("API_TOKEN")),
	}
	return loaded, errors.Join(env.problems...)
}

// environment reads variables and gathers what is wrong with them.
type environment struct {
	problems []error
}

// text is a variable that must be set. An empty one is most often a mistake in a manifest, so it does not count.
func (e *environment) text(name string) string {
	value := os.Getenv(name)
	if value == "" {
		e.problems = append(e.problems, fmt.Errorf("%s must be set", name))
	}
	return value
}

// optional is a variable with a default. A value that cannot be read is a problem, not the default.
func optional[T any](e *environment, name string, fallback T, parse func(string) (T, error)) T {
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	value, err := parse(text)
	if err != nil {
		e.problems = append(e.problems, fmt.Errorf("%s: %w", name, err))
	}
	return value
}

// count is a number of things.
func count(text string) (int, error) {
	value, err := strconv.ParseUint(text, 10, 16)
	return int(value), err
}
