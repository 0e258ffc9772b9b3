// Command products runs the products service on its own.
package main

import (
	"google.golang.org/grpc"

	shopv1 "example.com/shop/gen/shop/v1"
	"example.com/shop/internal/products"
	"example.com/shop/internal/server"
)

func main() {
	server.Exit(server.Main("127.0.0.1:50052", func(r grpc.ServiceRegistrar) {
		shopv1.RegisterProductsServiceServer(r, products.New(products.Seed()...))
	}))
}
