package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"gantry.example/devices/devicesv1"
)

// work answers the request's nonce after the requested number of milliseconds. It stands for requests that take long,
// and is finished.
func work(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	ms, err := strconv.ParseUint(query.Get("ms"), 10, 16)
	if err != nil {
		http.Error(w, "ms must be a number of milliseconds from 0 to 65535", http.StatusBadRequest)
		return
	}
	if err := takeLong(r.Context(), time.Duration(ms)*time.Millisecond); err != nil {
		http.Error(w, "cancelled", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprint(w, query.Get("nonce"))
}

// Work is the same by gRPC.
func (s *service) Work(ctx context.Context, in *devicesv1.WorkRequest) (*devicesv1.WorkReply, error) {
	if err := takeLong(ctx, time.Duration(in.GetMs())*time.Millisecond); err != nil {
		return nil, err
	}
	return &devicesv1.WorkReply{Nonce: in.GetNonce()}, nil
}

// takeLong returns early, with an error, when nobody waits any more.
func takeLong(ctx context.Context, long time.Duration) error {
	select {
	case <-time.After(long):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
