package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// A sheet is rendered strip by strip, over and over.
const (
	strip     = 1 << 20
	passes    = 6
	stripTime = 4 * time.Millisecond
)

// unwell is set once SIGUSR1 has come: by it the check makes a program that answers, and is not well.
var unwell atomic.Bool

func init() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGUSR1)
	go func() {
		<-told
		unwell.Store(true)
	}()
}

// health answers 503 where the check has made it unwell.
func health(w http.ResponseWriter, _ *http.Request) {
	if unwell.Load() {
		http.Error(w, "not well", http.StatusServiceUnavailable)
		return
	}
	io.WriteString(w, "ok")
}

// routes is the service. It is finished: the lesson is about how it lives in a container.
func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", health)
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, version) })
	mux.HandleFunc("GET /runtime", tellRuntime)
	mux.HandleFunc("GET /work", work)
	mux.HandleFunc("GET /sheets", render)
	return mux
}

// tellRuntime answers what Go's scheduler and garbage collector go by.
func tellRuntime(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]int64{
		"gomaxprocs":  int64(runtime.GOMAXPROCS(0)),
		"memoryLimit": debug.SetMemoryLimit(-1),
	})
}

// work answers n after so many milliseconds.
func work(w http.ResponseWriter, r *http.Request) {
	ms, err := strconv.ParseUint(r.URL.Query().Get("ms"), 10, 16)
	if err != nil {
		http.Error(w, fmt.Sprintf("ms must be a number from 0 to %d", math.MaxUint16), http.StatusBadRequest)
		return
	}
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		io.WriteString(w, r.URL.Query().Get("n"))
	case <-r.Context().Done(): // Nobody waits for the answer any more.
	}
}

// render holds a sheet of so many MiB while it renders each strip of it again and again, and answers n. Every strip that
// takes the place of another leaves garbage.
func render(w http.ResponseWriter, r *http.Request) {
	mib, err := strconv.ParseUint(r.URL.Query().Get("mib"), 10, 8)
	if err != nil {
		http.Error(w, fmt.Sprintf("mib must be a number from 0 to %d", math.MaxUint8), http.StatusBadRequest)
		return
	}
	sheet := make([][]byte, mib)
	for pass := range passes {
		for i := range sheet {
			sheet[i] = bytes.Repeat([]byte{byte(pass + i)}, strip)
			time.Sleep(stripTime)
		}
	}
	runtime.KeepAlive(sheet)
	io.WriteString(w, r.URL.Query().Get("n"))
}
