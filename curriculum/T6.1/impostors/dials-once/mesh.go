package main

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/peer"
	_ "google.golang.org/grpc/xds" // registers the scheme xds:///

	"gantry.example/front/shopv1"
)

// connect asks the mesh who serves, and stays with that address.
func connect(service string) (*grpc.ClientConn, error) {
	plain := grpc.WithTransportCredentials(insecure.NewCredentials())
	mesh, err := grpc.NewClient("xds:///"+service, plain)
	if err != nil {
		return nil, err
	}
	defer mesh.Close()
	var server peer.Peer
	if _, err := shopv1.NewPricesClient(mesh).Price(context.Background(), &shopv1.PriceRequest{}, grpc.Peer(&server)); err != nil {
		return nil, err
	}
	return grpc.NewClient(server.Addr.String(), plain)
}
