// Command payments runs the payments service on its own.
package main

import (
	"google.golang.org/grpc"

	shopv1 "example.com/shop/gen/shop/v1"
	"example.com/shop/internal/payments"
	"example.com/shop/internal/server"
)

func main() {
	server.Exit(server.Main("127.0.0.1:50054", func(r grpc.ServiceRegistrar) {
		shopv1.RegisterPaymentsServiceServer(r, payments.New())
	}))
}
