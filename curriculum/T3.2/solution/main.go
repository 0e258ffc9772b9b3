// Command stock is a gRPC service that asks another one.
package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"gantry.example/stock/stockv1"
)

// main is finished; the lesson is about service.go.
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, and answers what is in flight then.
func run(ctx context.Context) (err error) {
	conn, err := grpc.NewClient(os.Getenv("WAREHOUSE"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	register(server, stockv1.NewWarehouseClient(conn))
	defer context.AfterFunc(ctx, server.GracefulStop)()
	return server.Serve(listener)
}
