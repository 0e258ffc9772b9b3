package main

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/credentials/xds"
	_ "google.golang.org/grpc/xds" // registers the scheme xds:///
)

// connect opens the way to a service, NAME.NAMESPACE.svc.cluster.local:PORT. Who answers each call, the mesh decides: the
// control plane that GRPC_XDS_BOOTSTRAP names tells the connection, and tells it again after each change.
func connect(service string) (*grpc.ClientConn, error) {
	// What the mesh asks for is used, also mutual TLS; where it asks for nothing, plain text.
	creds, err := xds.NewClientCredentials(xds.ClientOptions{FallbackCreds: insecure.NewCredentials()})
	if err != nil {
		return nil, err
	}
	return grpc.NewClient("xds:///"+service, grpc.WithTransportCredentials(creds))
}
