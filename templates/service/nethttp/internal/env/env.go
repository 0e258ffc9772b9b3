// Package env reads settings from the environment and gathers everything that is wrong with them.
package env

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

// Secret is a text that prints as a mask, wherever it ends up.
type Secret string

func (Secret) String() string { return "•••" }

// GoString is for %#v, which does not ask String.
func (Secret) GoString() string { return "•••" }

// Reader reads variables. The zero value is ready.
type Reader struct{ problems []error }

// Err is nil when all could be read.
func (r *Reader) Err() error { return errors.Join(r.problems...) }

// Required is a variable that must be set. An empty one is most often a mistake in a manifest, so it does not count.
func (r *Reader) Required(name string) string {
	value := os.Getenv(name)
	if value == "" {
		r.problems = append(r.problems, fmt.Errorf("%s must be set", name))
	}
	return value
}

// Optional is a variable with a default. A value that cannot be read is a problem, not the default.
func Optional[T any](r *Reader, name string, fallback T, parse func(string) (T, error)) T {
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	value, err := parse(text)
	if err != nil {
		r.problems = append(r.problems, fmt.Errorf("%s: %w", name, err))
	}
	return value
}

// Count reads a number of things, or a port: a whole number that is not negative.
func Count(text string) (int, error) {
	value, err := strconv.ParseUint(text, 10, 16)
	return int(value), err
}
