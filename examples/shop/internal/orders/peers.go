package orders

import (
	"context"
	"errors"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	shopv1 "example.com/shop/gen/shop/v1"
)

// Peers are the services that orders asks.
type Peers struct {
	Users    shopv1.UsersServiceClient
	Products shopv1.ProductsServiceClient
	Payments shopv1.PaymentsServiceClient
}

// Addresses say where the peers listen, as host:port.
type Addresses struct{ Users, Products, Payments string }

// Dial prepares the connections; they are made on the first call and remade when lost. closeAll ends them.
func Dial(addresses Addresses) (peers Peers, closeAll func() error, err error) {
	var conns []*grpc.ClientConn
	closeAll = func() error {
		var failed error
		for _, conn := range conns {
			failed = errors.Join(failed, conn.Close())
		}
		return failed
	}
	for _, address := range []string{addresses.Users, addresses.Products, addresses.Payments} {
		conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return Peers{}, nil, errors.Join(err, closeAll())
		}
		conns = append(conns, conn)
	}
	return Peers{
		Users:    shopv1.NewUsersServiceClient(conns[0]),
		Products: shopv1.NewProductsServiceClient(conns[1]),
		Payments: shopv1.NewPaymentsServiceClient(conns[2]),
	}, closeAll, nil
}

// call runs one method of a peer within callTimeout. The peer's status goes on to our caller as it is.
func call[Request, Response any](
	ctx context.Context,
	method func(context.Context, Request, ...grpc.CallOption) (Response, error),
	request Request,
) (Response, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return method(ctx, request)
}
