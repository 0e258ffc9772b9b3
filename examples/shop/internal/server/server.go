// Package server is what the four services have in common: how they listen, report their health and stop.
package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
)

// Grace is how long calls in flight may take to finish after the server was told to stop. It is well below the 30 s
// after which Kubernetes kills a pod.
const Grace = 10 * time.Second

// Main runs one service as a program: it listens on LISTEN_ADDRESS, or on fallback, until SIGINT or SIGTERM.
func Main(fallback string, register func(grpc.ServiceRegistrar)) error {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", Env("LISTEN_ADDRESS", fallback))
	if err != nil {
		return err
	}
	slog.Info("serving", "address", listener.Addr().String())
	return Serve(ctx, listener, Grace, register)
}

// Env is the variable's value, or fallback when it is unset or empty.
func Env(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

// Serve answers calls on listener, which it closes, until ctx ends. Then it reports itself as not serving, takes no
// new calls, and gives those in flight the time of grace before it cuts them off; that is an error.
// Health and reflection are served beside what register adds.
func Serve(
	ctx context.Context, listener net.Listener, grace time.Duration,
	register func(grpc.ServiceRegistrar), options ...grpc.ServerOption,
) error {
	server := grpc.NewServer(append(options, grpc.ChainUnaryInterceptor(logCall))...)
	register(server)
	states := health.NewServer()
	for name := range server.GetServiceInfo() {
		states.SetServingStatus(name, healthpb.HealthCheckResponse_SERVING)
	}
	healthpb.RegisterHealthServer(server, states)
	reflection.Register(server)

	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	states.Shutdown()
	return stopWithin(server, grace)
}

func stopWithin(server *grpc.Server, grace time.Duration) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.GracefulStop()
	}()
	select {
	case <-done:
		return nil
	case <-time.After(grace):
		server.Stop()
		<-done
		return fmt.Errorf("calls were still running %v after the stop: cut off", grace)
	}
}

func logCall(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	start := time.Now()
	response, err := handle(ctx, request)
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelWarn
	}
	slog.Log(ctx, level, "call", "method", info.FullMethod, "code", status.Code(err).String(), "took", time.Since(start))
	return response, err
}

// Exit ends the program: status 1 and a line in the log when err is not nil.
func Exit(err error) {
	if err == nil {
		return
	}
	slog.Error("stopped", "error", err)
	os.Exit(1)
}
