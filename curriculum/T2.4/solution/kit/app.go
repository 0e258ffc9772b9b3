package kit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Config is what an App needs to know of its surroundings.
type Config struct {
	// Addr is where it listens, from ADDR.
	Addr string
	// Hold is how long it still takes requests once it said that it is no longer ready, from HOLD.
	Hold time.Duration
	// Drain is how long it then waits for the requests that it has, from DRAIN.
	Drain time.Duration
}

// LoadConfig reads the variables. Its error names each that is wrong, and no other.
func LoadConfig(getenv func(string) string) (Config, error) {
	config := Config{Addr: getenv("ADDR"), Drain: 20 * time.Second}
	var missing error
	if config.Addr == "" {
		missing = errors.New("ADDR is missing")
	}
	err := errors.Join(missing, duration(getenv, "HOLD", &config.Hold), duration(getenv, "DRAIN", &config.Drain))
	return config, err
}

// duration reads one that may be left out.
func duration(getenv func(string) string, name string, into *time.Duration) error {
	text := getenv(name)
	if text == "" {
		return nil
	}
	read, err := time.ParseDuration(text)
	if err != nil || read < 0 {
		return fmt.Errorf("%s is no duration such as 5s: %q", name, text)
	}
	*into = read
	return nil
}

// App is a service: its routes, its health, and its life from start to end.
type App struct {
	*Router
	config Config
	ready  atomic.Bool
}

// New returns an app whose middleware is around every request but those for its health: who asks for that has no token.
func New(config Config, log *slog.Logger, middleware ...Middleware) *App {
	a := &App{Router: NewRouter(log, middleware...), config: config}
	a.mux.HandleFunc("GET /livez", func(http.ResponseWriter, *http.Request) {})
	a.mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !a.ready.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	return a
}

// Run listens at the address of the configuration and serves until the context is done.
func (a *App) Run(ctx context.Context) error {
	listener, err := net.Listen("tcp", a.config.Addr)
	if err != nil {
		return err
	}
	return a.Serve(ctx, listener)
}

// Serve answers requests until the context is done. Then it says that it is not ready, still takes requests for the time
// of Hold, refuses new ones, and waits for those under way, for the time of Drain at most.
func (a *App) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: a, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	a.ready.Store(true)
	defer a.ready.Store(false)

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	a.ready.Store(false)
	select {
	case err := <-failed:
		return err
	case <-time.After(a.config.Hold):
	}
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.config.Drain)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
