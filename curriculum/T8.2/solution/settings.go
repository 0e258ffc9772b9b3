package main

import (
	"fmt"
	"strconv"
)

// settings say what each client may do.
type settings struct {
	// perMinute is how many requests a minute a client may send in the long run; 0 turns the limit off.
	perMinute int
	// burst is how many it may send at once after it was quiet.
	burst int
}

func readSettings(getenv func(string) string) (settings, error) {
	perMinute, err := strconv.Atoi(getenv("RATE_PER_MINUTE"))
	if err != nil || perMinute < 0 {
		return settings{}, fmt.Errorf("RATE_PER_MINUTE must be a number, 0 or more, not %q", getenv("RATE_PER_MINUTE"))
	}
	burst, err := strconv.Atoi(getenv("BURST"))
	if err != nil || burst < 1 {
		return settings{}, fmt.Errorf("BURST must be a number, 1 or more, not %q", getenv("BURST"))
	}
	return settings{perMinute: perMinute, burst: burst}, nil
}
