// Command orders runs the orders service on its own. USERS_ADDRESS, PRODUCTS_ADDRESS and PAYMENTS_ADDRESS say where
// the others listen.
package main

import (
	"errors"

	"google.golang.org/grpc"

	shopv1 "example.com/shop/gen/shop/v1"
	"example.com/shop/internal/orders"
	"example.com/shop/internal/server"
)

func main() {
	server.Exit(run())
}

func run() error {
	peers, closeAll, err := orders.Dial(orders.Addresses{
		Users:    server.Env("USERS_ADDRESS", "127.0.0.1:50051"),
		Products: server.Env("PRODUCTS_ADDRESS", "127.0.0.1:50052"),
		Payments: server.Env("PAYMENTS_ADDRESS", "127.0.0.1:50054"),
	})
	if err != nil {
		return err
	}
	served := server.Main("127.0.0.1:50053", func(r grpc.ServiceRegistrar) {
		shopv1.RegisterOrdersServiceServer(r, orders.New(peers))
	})
	return errors.Join(served, closeAll())
}
