package main

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// version tells which sources a program was built from. The check writes one of its own here for each version.
const version = "development"

// readingTime passes after the start before there is anything to answer.
const readingTime = 3 * time.Second

// stock is what the service answers of. It is finished: the lesson is about how a new version takes the place of an old one.
type stock struct{ read atomic.Bool }

func openStock() *stock {
	s := &stock{}
	time.AfterFunc(readingTime, func() { s.read.Store(true) })
	return s
}

// ready says whether it can be asked now.
func (s *stock) ready() bool { return s.read.Load() }

// ServeHTTP answers its version and n after so many milliseconds.
func (s *stock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.read.Load() {
		http.Error(w, "the stock is not read yet", http.StatusServiceUnavailable)
		return
	}
	ms, err := strconv.ParseUint(r.URL.Query().Get("ms"), 10, 16)
	if err != nil {
		http.Error(w, fmt.Sprintf("ms must be a number from 0 to %d", math.MaxUint16), http.StatusBadRequest)
		return
	}
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		fmt.Fprintln(w, version, r.URL.Query().Get("n"))
	case <-r.Context().Done(): // Nobody waits for the answer any more.
	}
}
