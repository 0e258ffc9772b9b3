// Package shared holds what every long-running program of labkit does the same way.
package shared

import (
	"io"
	"os"
	"time"
)

const (
	// LifelineVariable, when set, makes the program live only as long as whoever holds the other end of its
	// standard input. A line feed on it means: go on without me.
	LifelineVariable = "GANTRY_LIFELINE"

	mostLog  = 8 << 20 // bytes a log file may grow to
	keptTail = 1 << 20 // bytes kept of it then
)

// Daemon ties the program to its starter and keeps its log small. Call it first.
func Daemon() {
	if os.Getenv(LifelineVariable) != "" {
		_ = os.Unsetenv(LifelineVariable)
		go followLifeline(os.Stdin)
	}
	go boundLog(os.Stderr)
}

// followLifeline ends the program when its starter dies before it let go. Without this a starter that is killed
// between starting a process and noting its id would leave a process that nobody knows.
func followLifeline(line io.Reader) {
	if n, _ := line.Read(make([]byte, 1)); n == 0 {
		os.Exit(1)
	}
}

// boundLog cuts the file behind standard error down to its newest part whenever it grew too large. Writers append,
// so they go on at the new end.
func boundLog(log *os.File) {
	for range time.Tick(10 * time.Second) {
		info, err := log.Stat()
		if err != nil || !info.Mode().IsRegular() {
			return
		}
		if info.Size() > mostLog {
			cut(log, info.Size())
		}
	}
}

// cut needs the file to be open for reading and appending.
func cut(log *os.File, size int64) {
	tail := make([]byte, keptTail)
	n, _ := log.ReadAt(tail, size-keptTail)
	if log.Truncate(0) == nil {
		_, _ = log.Write(tail[:n])
	}
}
