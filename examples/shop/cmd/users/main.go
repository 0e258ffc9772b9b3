// Command users runs the users service on its own.
package main

import (
	"google.golang.org/grpc"

	shopv1 "example.com/shop/gen/shop/v1"
	"example.com/shop/internal/server"
	"example.com/shop/internal/users"
)

func main() {
	server.Exit(server.Main("127.0.0.1:50051", func(r grpc.ServiceRegistrar) {
		shopv1.RegisterUsersServiceServer(r, users.New(users.Seed()...))
	}))
}
