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

	"go-micro.dev/v5/logger"
	"go-micro.dev/v5/registry"
	micro "go-micro.dev/v5/server"

	"example.com/orders/internal/api"
	"example.com/orders/internal/env"
	"example.com/orders/internal/health"
	"example.com/orders/internal/logs"
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
	Registry registry.Registry
	Grace    time.Duration
}

// load reads the settings from the environment. Its error names every variable that is wrong.
func load() (settings, error) {
	var reader env.Reader
	loaded := settings{
		Port:     env.Optional(&reader, "PORT", 8080, env.Count),
		LogLevel: env.Optional(&reader, "LOG_LEVEL", slog.LevelInfo, level),
		Registry: env.Optional(&reader, "REGISTRY", registry.NewMemoryRegistry(), names),
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

// names is where instances are found by the service's name. In Kubernetes a Service does that, so nothing is needed; mdns
// asks around in the local network, which is enough for a few processes on a laptop.
func names(text string) (registry.Registry, error) {
	switch text {
	case "memory":
		return registry.NewMemoryRegistry(), nil
	case "mdns":
		return registry.NewRegistry(), nil
	default:
		return nil, errors.New("is neither memory nor mdns")
	}
}

func run(ctx context.Context) (err error) {
	loaded, err := load()
	if err != nil {
		return err
	}
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: loaded.LogLevel})))
	logger.DefaultLogger = logs.Micro{}

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
	service, err := newServer(listener, probes, loaded.Registry)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	slog.Info("serving", "address", listener.Addr().String(), "version", version)
	return service.Serve(ctx, loaded.Grace, probes.Stop)
}

// newServer puts the probes and the metrics beside the API. What comes first of the wrappers is outermost, so a panic is
// measured as the error that is made of it.
func newServer(listener net.Listener, probes *health.Probes, names registry.Registry) (*server.Server, error) {
	measures := metrics.New()
	pages := map[string]http.Handler{
		"GET /metrics": measures.Handler(),
		"GET /livez":   http.HandlerFunc(probes.Live),
		"GET /readyz":  http.HandlerFunc(probes.Ready),
	}
	service := server.New(listener, pages,
		micro.Name("orders"),
		micro.Version(version),
		micro.Registry(names),
		micro.RegisterCheck(func(context.Context) error { return probes.Check() }),
		micro.WrapHandler(tracing.Answered),
		micro.WrapHandler(measures.Wrap),
		micro.WrapHandler(server.Recover),
	)
	return service, service.Handle(service.NewHandler(api.New(api.NewMemory())))
}
