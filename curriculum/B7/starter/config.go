package main

import "time"

// settings is what can be set from outside.
type settings struct {
	Greeting   string
	Items      int
	ReplyDelay time.Duration
	Beta       bool
	Token      string
}

// load returns the settings of this run.
//
// Make it read the environment, as the lesson asks: what is required must be there, what is there must make sense, and
// the token must never be printed.
func load() (settings, error) {
	return settings{
		Greeting:   "hello",
		Items:      10,
		ReplyDelay: 0,
		Beta:       false,
		Token:      "swordfish",
	}, nil
}
