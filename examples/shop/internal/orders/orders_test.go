package orders_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	shopv1 "example.com/shop/gen/shop/v1"
	"example.com/shop/internal/orders"
	"example.com/shop/internal/payments"
	"example.com/shop/internal/products"
	"example.com/shop/internal/servertest"
	"example.com/shop/internal/users"
)

// shop runs orders and its real peers, in memory. a costs 100 fen, b as much as no payment may charge.
func shop(t *testing.T) (shopv1.OrdersServiceClient, orders.Peers) {
	peerConn := servertest.Dial(t, func(r grpc.ServiceRegistrar) {
		shopv1.RegisterUsersServiceServer(r, users.New(users.Seed()...))
		shopv1.RegisterPaymentsServiceServer(r, payments.New())
		shopv1.RegisterProductsServiceServer(r, products.New(
			&shopv1.Product{Id: "a", PriceFen: 100, Stock: 10},
			&shopv1.Product{Id: "b", PriceFen: payments.Limit + 1, Stock: 10},
		))
	})
	peers := orders.Peers{
		Users:    shopv1.NewUsersServiceClient(peerConn),
		Products: shopv1.NewProductsServiceClient(peerConn),
		Payments: shopv1.NewPaymentsServiceClient(peerConn),
	}
	return serve(t, peers), peers
}

func serve(t *testing.T, peers orders.Peers) shopv1.OrdersServiceClient {
	return shopv1.NewOrdersServiceClient(servertest.Dial(t, func(r grpc.ServiceRegistrar) {
		shopv1.RegisterOrdersServiceServer(r, orders.New(peers))
	}))
}

func stock(t *testing.T, peers orders.Peers, id string) int32 {
	t.Helper()
	got, err := peers.Products.GetProduct(t.Context(), &shopv1.GetProductRequest{Id: id})
	if err != nil {
		t.Fatal(err)
	}
	return got.Product.Stock
}

func TestCreateOrder(t *testing.T) {
	tests := map[string]struct {
		request   *shopv1.CreateOrderRequest
		want      codes.Code
		wantTotal int64
		wantStock [2]int32 // of a and b afterwards
	}{
		"paid":            {order("u-1", "a", 3), codes.OK, 300, [2]int32{7, 10}},
		"sold out":        {order("u-1", "a", 11), codes.FailedPrecondition, 0, [2]int32{10, 10}},
		"declined":        {order("u-1", "b", 1), codes.FailedPrecondition, 0, [2]int32{10, 10}},
		"unknown user":    {order("u-0", "a", 1), codes.NotFound, 0, [2]int32{10, 10}},
		"unknown product": {order("u-1", "c", 1), codes.NotFound, 0, [2]int32{10, 10}},
		"empty":           {&shopv1.CreateOrderRequest{UserId: "u-1"}, codes.InvalidArgument, 0, [2]int32{10, 10}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client, peers := shop(t)
			created, err := client.CreateOrder(t.Context(), test.request)
			if status.Code(err) != test.want || created.GetOrder().GetTotalFen() != test.wantTotal {
				t.Fatalf("got %v, %v, want a total of %d, %v", created, err, test.wantTotal, test.want)
			}
			if left := [2]int32{stock(t, peers, "a"), stock(t, peers, "b")}; left != test.wantStock {
				t.Errorf("stock %v, want %v", left, test.wantStock)
			}
			if err == nil {
				checkRecorded(t, client, peers, created.Order)
			}
		})
	}
}

func order(userID, productID string, quantity int32) *shopv1.CreateOrderRequest {
	return &shopv1.CreateOrderRequest{UserId: userID, Items: []*shopv1.Item{{ProductId: productID, Quantity: quantity}}}
}

// checkRecorded compares an order with what orders and payments remember of it.
func checkRecorded(t *testing.T, client shopv1.OrdersServiceClient, peers orders.Peers, want *shopv1.Order) {
	t.Helper()
	got, err := client.GetOrder(t.Context(), &shopv1.GetOrderRequest{Id: want.Id})
	if err != nil || !proto.Equal(got.Order, want) {
		t.Errorf("got %v, %v back, want %v", got, err, want)
	}
	payment, err := peers.Payments.GetPayment(t.Context(), &shopv1.GetPaymentRequest{Id: want.PaymentId})
	if err != nil || payment.Payment.OrderId != want.Id || payment.Payment.AmountFen != want.TotalFen {
		t.Errorf("got %v, %v, want a payment of %d fen for %s", payment, err, want.TotalFen, want.Id)
	}
}

// A caller who gives up while the payment runs must not leave stock reserved.
func TestStockIsReleasedWhenTheCallerLeaves(t *testing.T) {
	_, peers := shop(t)
	ctx, leave := context.WithCancel(t.Context())
	peers.Payments = leavingPayments{peers.Payments, leave}
	_, err := orders.New(peers).CreateOrder(ctx, order("u-1", "a", 4))
	if status.Code(err) != codes.Canceled {
		t.Errorf("got %v, want Canceled", err)
	}
	if left := stock(t, peers, "a"); left != 10 {
		t.Errorf("stock %d, want 10", left)
	}
}

type leavingPayments struct {
	shopv1.PaymentsServiceClient
	leave context.CancelFunc
}

func (p leavingPayments) CreatePayment(
	ctx context.Context, request *shopv1.CreatePaymentRequest, options ...grpc.CallOption,
) (*shopv1.CreatePaymentResponse, error) {
	p.leave()
	return p.PaymentsServiceClient.CreatePayment(ctx, request, options...)
}

func TestUnreachablePeerIsUnavailable(t *testing.T) {
	peers, closeAll, err := orders.Dial(orders.Addresses{Users: "127.0.0.1:1", Products: "127.0.0.1:1", Payments: "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closeAll() })
	if _, err := serve(t, peers).CreateOrder(t.Context(), order("u-1", "a", 1)); status.Code(err) != codes.Unavailable {
		t.Errorf("got %v, want Unavailable", err)
	}
}
