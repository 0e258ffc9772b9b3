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
	"strconv"
	"syscall"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc/filters"
	"google.golang.org/grpc"
	rpc "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

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
	Port       int
	AdminPort  int
	LogLevel   slog.Level
	Reflection bool
	Grace      time.Duration
}

// load reads the settings from the environment. Its error names every variable that is wrong.
func load() (settings, error) {
	var reader env.Reader
	loaded := settings{
		Port:       env.Optional(&reader, "PORT", 8080, env.Count),
		AdminPort:  env.Optional(&reader, "ADMIN_PORT", 8081, env.Count),
		Reflection: env.Optional(&reader, "REFLECTION", true, strconv.ParseBool),
		LogLevel:   env.Optional(&reader, "LOG_LEVEL", slog.LevelInfo, level),
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

	calls, err := net.Listen("tcp", fmt.Sprintf(":%d", loaded.Port))
	if err != nil {
		return err
	}
	admin, err := net.Listen("tcp", fmt.Sprintf(":%d", loaded.AdminPort))
	if err != nil {
		return errors.Join(err, calls.Close())
	}
	// What the service cannot work without is asked here: a database, for example.
	probes := health.New(func(context.Context) error { return nil })
	measures := metrics.New()
	slog.Info("serving", "address", calls.Addr().String(), "admin", admin.Addr().String(), "version", version)

	// Probes and metrics are answered until the last call is.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	web := &http.Server{Handler: routes(probes, measures), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() {
		defer cancel()
		failed <- web.Serve(admin)
	}()
	err = server.Serve(ctx, calls, newServer(probes, measures, loaded.Reflection), loaded.Grace, probes.Stop)
	err = errors.Join(err, web.Close())
	if failure := <-failed; !errors.Is(failure, http.ErrServerClosed) {
		err = errors.Join(err, failure)
	}
	return err
}

// newServer puts the API beside health and reflection. What comes first of the interceptors is outermost, so a panic is
// measured as the error that is made of it.
func newServer(probes *health.Probes, measures *metrics.Measures, reflects bool) *grpc.Server {
	calls := grpc.NewServer(
		grpc.StatsHandler(otelgrpc.NewServerHandler(otelgrpc.WithFilter(filters.Not(filters.HealthCheck())))),
		grpc.ChainUnaryInterceptor(measures.Unary, server.RecoverUnary),
		grpc.ChainStreamInterceptor(measures.Stream, server.RecoverStream),
		// A connection stays with one pod for ever, whatever a Service balances: when it ends, the next finds new pods.
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: 5 * time.Minute}),
	)
	api.Register(calls, api.NewMemory())
	rpc.RegisterHealthServer(calls, health.NewRPC(probes, api.Services...))
	if reflects {
		reflection.Register(calls)
	}
	return calls
}

// routes is what is asked over HTTP.
func routes(probes *health.Probes, measures *metrics.Measures) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", measures.Handler())
	mux.HandleFunc("GET /livez", probes.Live)
	mux.HandleFunc("GET /readyz", probes.Ready)
	return mux
}
