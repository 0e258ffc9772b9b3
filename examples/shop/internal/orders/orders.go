// Package orders sells: it asks users, products and payments, each over gRPC.
package orders

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	shopv1 "example.com/shop/gen/shop/v1"
)

// callTimeout bounds each call to another service, also when the caller set no deadline or a later one.
const callTimeout = 2 * time.Second

// Service implements OrdersService; orders are kept in memory.
type Service struct {
	shopv1.UnimplementedOrdersServiceServer

	peers Peers

	mu   sync.RWMutex
	byID map[string]*shopv1.Order
}

// New returns a service without orders that asks the given peers.
func New(peers Peers) *Service {
	return &Service{peers: peers, byID: map[string]*shopv1.Order{}}
}

// CreateOrder implements OrdersService.
func (s *Service) CreateOrder(
	ctx context.Context, request *shopv1.CreateOrderRequest,
) (*shopv1.CreateOrderResponse, error) {
	if _, err := call(ctx, s.peers.Users.GetUser, &shopv1.GetUserRequest{Id: request.UserId}); err != nil {
		return nil, err
	}
	reserved, err := call(ctx, s.peers.Products.ReserveStock, &shopv1.ReserveStockRequest{Items: request.Items})
	if err != nil {
		return nil, err
	}
	order := &shopv1.Order{
		Id:         "o-" + rand.Text(),
		UserId:     request.UserId,
		Items:      request.Items,
		TotalFen:   reserved.TotalFen,
		CreateTime: timestamppb.Now(),
	}
	paid, err := call(ctx, s.peers.Payments.CreatePayment,
		&shopv1.CreatePaymentRequest{OrderId: order.Id, AmountFen: order.TotalFen})
	if err != nil {
		s.release(ctx, request.Items)
		return nil, err
	}
	order.PaymentId = paid.Payment.Id

	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[order.Id] = order
	return &shopv1.CreateOrderResponse{Order: proto.CloneOf(order)}, nil
}

// release puts reserved items back. It does so even when the caller has gone: the stock must not leak.
// A crash before it still leaks; making that impossible is a later step of the project that begins here.
func (s *Service) release(ctx context.Context, items []*shopv1.Item) {
	_, err := call(context.WithoutCancel(ctx), s.peers.Products.ReleaseStock, &shopv1.ReleaseStockRequest{Items: items})
	if err != nil {
		slog.ErrorContext(ctx, "reserved stock was not released", "error", err)
	}
}

// GetOrder implements OrdersService.
func (s *Service) GetOrder(_ context.Context, request *shopv1.GetOrderRequest) (*shopv1.GetOrderResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	order, ok := s.byID[request.Id]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "there is no order %q", request.Id)
	}
	return &shopv1.GetOrderResponse{Order: proto.CloneOf(order)}, nil
}
