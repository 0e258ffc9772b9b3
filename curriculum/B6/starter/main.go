// Command graceful is a small HTTP service. It works, but it drops its requests when it is told to stop.
package main

import (
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
)

func main() {
	if err := run(net.JoinHostPort("127.0.0.1", os.Getenv("PORT"))); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

// run serves until the process is killed.
// Make it stop as the lesson asks: on SIGTERM, refuse new requests, finish the ones in flight, then return nil.
func run(address string) error {
	var ready atomic.Bool
	server := &http.Server{Addr: address, Handler: routes(&ready)}
	ready.Store(true)
	return server.ListenAndServe()
}
