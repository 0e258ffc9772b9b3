package main

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/credentials/xds"
	_ "google.golang.org/grpc/xds" // registers the scheme xds:///

	"gantry.example/front/shopv1"
)

// eachTime is a client that opens a connection for each call.
type eachTime struct{ service string }

func (c eachTime) Price(ctx context.Context, in *shopv1.PriceRequest, opts ...grpc.CallOption) (*shopv1.PriceReply, error) {
	conn, err := connect(c.service)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return shopv1.NewPricesClient(conn).Price(ctx, in, opts...)
}

func connect(service string) (*grpc.ClientConn, error) {
	// What the mesh asks for is used, also mutual TLS; where it asks for nothing, plain text.
	creds, err := xds.NewClientCredentials(xds.ClientOptions{FallbackCreds: insecure.NewCredentials()})
	if err != nil {
		return nil, err
	}
	return grpc.NewClient("xds:///"+service, grpc.WithTransportCredentials(creds))
}
