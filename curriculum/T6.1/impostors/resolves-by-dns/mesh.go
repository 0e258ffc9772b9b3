package main

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// connect opens the way to a service, NAME.NAMESPACE.svc.cluster.local:PORT.
func connect(service string) (*grpc.ClientConn, error) {
	return grpc.NewClient(service, grpc.WithTransportCredentials(insecure.NewCredentials()))
}
