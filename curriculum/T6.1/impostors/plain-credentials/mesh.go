package main

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/xds" // registers the scheme xds:///
)

// connect opens the way to a service, NAME.NAMESPACE.svc.cluster.local:PORT. Who answers each call, the mesh decides: the
// control plane that GRPC_XDS_BOOTSTRAP names tells the connection, and tells it again after each change.
func connect(service string) (*grpc.ClientConn, error) {
	return grpc.NewClient("xds:///"+service, grpc.WithTransportCredentials(insecure.NewCredentials()))
}
