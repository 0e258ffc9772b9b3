// Package payments charges for orders. No real money moves.
package payments

import (
	"context"
	"crypto/rand"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	shopv1 "example.com/shop/gen/shop/v1"
)

// Limit is the most that one payment may charge, in fen: 5000 yuan. What is above is declined.
const Limit = 500_000

// Service implements PaymentsService in memory.
type Service struct {
	shopv1.UnimplementedPaymentsServiceServer

	mu   sync.RWMutex
	byID map[string]*shopv1.Payment
}

// New returns a service without payments.
func New() *Service {
	return &Service{byID: map[string]*shopv1.Payment{}}
}

// CreatePayment implements PaymentsService.
func (s *Service) CreatePayment(
	_ context.Context, request *shopv1.CreatePaymentRequest,
) (*shopv1.CreatePaymentResponse, error) {
	switch {
	case request.OrderId == "":
		return nil, status.Error(codes.InvalidArgument, "order_id is empty")
	case request.AmountFen <= 0:
		return nil, status.Errorf(codes.InvalidArgument, "amount_fen %d is not above 0", request.AmountFen)
	case request.AmountFen > Limit:
		return nil, status.Errorf(codes.FailedPrecondition, "declined: %d fen is above the limit of %d", request.AmountFen, Limit)
	}
	payment := &shopv1.Payment{
		Id:         "pay-" + rand.Text(),
		OrderId:    request.OrderId,
		AmountFen:  request.AmountFen,
		CreateTime: timestamppb.Now(),
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[payment.Id] = payment
	return &shopv1.CreatePaymentResponse{Payment: proto.CloneOf(payment)}, nil
}

// GetPayment implements PaymentsService.
func (s *Service) GetPayment(_ context.Context, request *shopv1.GetPaymentRequest) (*shopv1.GetPaymentResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	payment, ok := s.byID[request.Id]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "there is no payment %q", request.Id)
	}
	return &shopv1.GetPaymentResponse{Payment: proto.CloneOf(payment)}, nil
}
