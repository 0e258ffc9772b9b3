// Command shop runs all four services in one process, each on a listener of its own: for trying things out, and for
// tests. Once all serve, it prints one line of JSON that says where:
//
//	{"debug":"127.0.0.1:50050","orders":"127.0.0.1:50053", …}
//
// GET http://DEBUG/calls returns how often each method was called, as JSON. Port 0 stands for any free port.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"google.golang.org/grpc"

	shopv1 "example.com/shop/gen/shop/v1"
	"example.com/shop/internal/orders"
	"example.com/shop/internal/payments"
	"example.com/shop/internal/products"
	"example.com/shop/internal/server"
	"example.com/shop/internal/users"
)

func main() {
	addresses := map[string]*string{
		"debug":    flag.String("debug", "127.0.0.1:50050", "address of the call counters"),
		"users":    flag.String("users", "127.0.0.1:50051", "address of users"),
		"products": flag.String("products", "127.0.0.1:50052", "address of products"),
		"orders":   flag.String("orders", "127.0.0.1:50053", "address of orders"),
		"payments": flag.String("payments", "127.0.0.1:50054", "address of payments"),
	}
	untilEOF := flag.Bool("until-eof", false, "stop when standard input ends, so that a program which starts the shop cannot leave it behind")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *untilEOF {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}
	server.Exit(run(ctx, addresses, os.Stdout))
}

// run serves until ctx ends or one part fails, which ends the others too.
func run(ctx context.Context, addresses map[string]*string, announce io.Writer) error {
	listeners := map[string]net.Listener{}
	bound := map[string]string{}
	for name, address := range addresses {
		listener, err := net.Listen("tcp", *address)
		if err != nil {
			return err
		}
		defer listener.Close()
		listeners[name], bound[name] = listener, listener.Addr().String()
	}
	peers, closeAll, err := orders.Dial(orders.Addresses{
		Users: bound["users"], Products: bound["products"], Payments: bound["payments"],
	})
	if err != nil {
		return err
	}

	calls := &counter{}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(listeners))
	start := func(serve func() error) {
		go func() { ended <- serve() }()
	}
	services := map[string]func(grpc.ServiceRegistrar){
		"users": func(r grpc.ServiceRegistrar) { shopv1.RegisterUsersServiceServer(r, users.New(users.Seed()...)) },
		"products": func(r grpc.ServiceRegistrar) {
			shopv1.RegisterProductsServiceServer(r, products.New(products.Seed()...))
		},
		"orders":   func(r grpc.ServiceRegistrar) { shopv1.RegisterOrdersServiceServer(r, orders.New(peers)) },
		"payments": func(r grpc.ServiceRegistrar) { shopv1.RegisterPaymentsServiceServer(r, payments.New()) },
	}
	for name, register := range services {
		start(func() error { return server.Serve(ctx, listeners[name], server.Grace, register, calls.options()...) })
	}
	start(func() error { return serveCalls(ctx, listeners["debug"], calls) })

	failed := json.NewEncoder(announce).Encode(bound)
	for range listeners {
		failed = errors.Join(failed, <-ended)
		cancel()
	}
	return errors.Join(failed, closeAll())
}

func serveCalls(ctx context.Context, listener net.Listener, calls *counter) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /calls", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(calls.snapshot()); err != nil {
			slog.Warn("the call counts were not sent", "error", err)
		}
	})
	web := &http.Server{Handler: mux, ReadHeaderTimeout: server.Grace}
	context.AfterFunc(ctx, func() { _ = web.Close() })
	if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
