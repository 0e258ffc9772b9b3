package health_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"example.com/orders/internal/health"
)

func ask(probe http.HandlerFunc) int {
	recorder := httptest.NewRecorder()
	probe(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
	return recorder.Code
}

func TestIsReadyAsLongAsItsDependencyIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		var down error
		probes := health.New(func(context.Context) error {
			asked++
			return down
		})
		for range 100 {
			if got := ask(probes.Ready); got != http.StatusOK {
				t.Fatalf("got %d", got)
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times for probes of one moment", asked)
		}
		down = errors.New("the database is away")
		time.Sleep(time.Second)
		if ready, live := ask(probes.Ready), ask(probes.Live); ready != http.StatusServiceUnavailable || live != http.StatusOK {
			t.Errorf("ready %d, live %d", ready, live)
		}
		down = nil
		time.Sleep(time.Second)
		if got := ask(probes.Ready); got != http.StatusOK {
			t.Errorf("it does not recover: %d", got)
		}
		probes.Stop()
		if got := ask(probes.Ready); got != http.StatusServiceUnavailable {
			t.Errorf("ready while it stops: %d", got)
		}
	})
}

func TestDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probes := health.New(func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		if got := ask(probes.Ready); got != http.StatusServiceUnavailable {
			t.Errorf("got %d", got)
		}
	})
}
