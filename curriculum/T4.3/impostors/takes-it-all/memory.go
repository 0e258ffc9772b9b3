package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// limitFiles hold how many bytes of memory this container may use, in version 2 of control groups and in version 1.
var limitFiles = []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}

// limitMemory tells the garbage collector of the container's limit, which Go does not read by itself, as it does that of
// processors. What was set with GOMEMLIMIT stays.
func limitMemory() {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	if limit, ok := containerMemory(); ok {
		debug.SetMemoryLimit(limit)
	}
}

// containerMemory returns the container's limit in bytes; false when it has none.
func containerMemory() (int64, bool) {
	for _, path := range limitFiles {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		return limit, err == nil // "max" is no number.
	}
	return 0, false
}
