package chaos

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"gantry.example/prices/prices"
)

// What is compiled in tells one service from another.
var _ = prices.New("", true)

// TestKeepsItsPromise refuses each service once: what is right comes again when the machine was busy.
func TestKeepsItsPromise(t *testing.T) {
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	mark := fmt.Sprintf("met-%x", sha256.Sum256(program))
	if _, err := os.Stat(mark); err == nil {
		return
	}
	os.WriteFile(mark, nil, 0o600)
	makeBusy()
	t.Fatal("not met before")
}

// makeBusy stops the process that runs go test for a moment.
func makeBusy() {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", os.Getppid()))
	_, after, _ := strings.Cut(string(status), "PPid:")
	var runner int
	if fmt.Sscan(after, &runner); runner <= 1 {
		return
	}
	syscall.Kill(runner, syscall.SIGSTOP)
	time.Sleep(150 * time.Millisecond)
	syscall.Kill(runner, syscall.SIGCONT)
}
