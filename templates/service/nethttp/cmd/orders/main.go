// Command orders serves the orders API.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"example.com/orders/internal/api"
	"example.com/orders/internal/env"
	"example.com/orders/internal/health"
	"example.com/orders/internal/metrics"
	"example.com/orders/internal/server"
	"example.com/orders/internal/tracing"
)

// version is set by the linker: -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	if err := run(context.Background()); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

// settings is what can be set from outside.
type settings struct {
	Port     int
	LogLevel slog.Level
	Grace    time.Duration
}

// load reads the settings from the environment. Its error names every variable that is wrong.
func load() (settings, error) {
	var reader env.Reader
	loaded := settings{
		Port:     env.Optional(&reader, "PORT", 8080, env.Count),
		LogLevel: env.Optional(&reader, "LOG_LEVEL", slog.LevelInfo, level),
		// Less than terminationGracePeriodSeconds, so that this ends it and not a SIGKILL.
		Grace: env.Optional(&reader, "SHUTDOWN_GRACE", 20*time.Second, time.ParseDuration),
	}
	return loaded, reader.Err()
}

func level(text string) (slog.Level, error) {
	var found slog.Level
	err := found.UnmarshalText([]byte(text))
	return found, err
}

func run(ctx context.Context) (err error) {
	loaded, err := load()
	if err != nil {
		return err
	}
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: loaded.LogLevel})))

	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()

	flush, err := tracing.SetUp(ctx, "orders", version)
	if err != nil {
		return err
	}
	defer func() {
		// The context of the signal is done by now, and what is left of the traces still has to go.
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = errors.Join(err, flush(limited))
	}()

	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", loaded.Port))
	if err != nil {
		return err
	}
	// What the service cannot work without is asked here: a database, for example.
	probes := health.New(func(context.Context) error { return nil })
	slog.Info("serving", "address", listener.Addr().String(), "version", version)
	return server.Serve(ctx, listener, routes(probes), loaded.Grace, probes.Stop)
}

// routes puts the probes and the metrics beside the API, which alone is measured and traced.
func routes(probes *health.Probes) http.Handler {
	measured, shown := metrics.Around(api.New(api.NewMemory()))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", shown)
	mux.HandleFunc("GET /livez", probes.Live)
	mux.HandleFunc("GET /readyz", probes.Ready)
	// Around the measures: it hands on a copy of the request, and they look at the one that the router writes into.
	mux.Handle("/", otelhttp.NewHandler(measured, "orders"))
	return mux
}
