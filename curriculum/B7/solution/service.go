package main

import (
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// routes is the service; each path shows one setting. It is finished; the lesson is about config.go.
func routes(s settings) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /greeting", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, s.Greeting)
	})
	mux.HandleFunc("GET /items", func(w http.ResponseWriter, _ *http.Request) {
		for i := range s.Items {
			fmt.Fprintf(w, "item %d\n", i+1)
		}
	})
	mux.HandleFunc("GET /slow", func(http.ResponseWriter, *http.Request) { time.Sleep(s.ReplyDelay) })
	mux.HandleFunc("GET /beta", func(w http.ResponseWriter, r *http.Request) {
		if !s.Beta {
			http.NotFound(w, r)
		}
	})
	mux.HandleFunc("GET /private", func(w http.ResponseWriter, r *http.Request) {
		token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !found || subtle.ConstantTimeCompare([]byte(token), []byte(s.Token)) != 1 {
			http.Error(w, "who are you?", http.StatusUnauthorized)
		}
	})
	return mux
}
