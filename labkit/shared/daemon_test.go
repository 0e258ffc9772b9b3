package shared

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestCutKeepsTheNewestPartAndGoesOnBehindIt(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	log, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	old, tail := bytes.Repeat([]byte("o"), mostLog), bytes.Repeat([]byte("n"), keptTail)
	if _, err := log.Write(append(old, tail...)); err != nil {
		t.Fatal(err)
	}

	cut(log, mostLog+keptTail)
	if _, err := log.WriteString("after"); err != nil {
		t.Fatal(err)
	}

	got, err := os.ReadFile(name)
	if want := append(tail, "after"...); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("the log holds %d bytes (%v), want %d: the newest and what came after", len(got), err, len(want))
	}
}
