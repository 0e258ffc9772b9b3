package payments_test

import (
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	shopv1 "example.com/shop/gen/shop/v1"
	"example.com/shop/internal/payments"
	"example.com/shop/internal/servertest"
)

func TestCreatePayment(t *testing.T) {
	tests := map[string]struct {
		orderID   string
		amountFen int64
		want      codes.Code
	}{
		"small":     {"o-1", 1, codes.OK},
		"at limit":  {"o-1", payments.Limit, codes.OK},
		"too much":  {"o-1", payments.Limit + 1, codes.FailedPrecondition},
		"nothing":   {"o-1", 0, codes.InvalidArgument},
		"negative":  {"o-1", -1, codes.InvalidArgument},
		"for whom?": {"", 1, codes.InvalidArgument},
	}
	client := shopv1.NewPaymentsServiceClient(servertest.Dial(t, func(r grpc.ServiceRegistrar) {
		shopv1.RegisterPaymentsServiceServer(r, payments.New())
	}))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			created, err := client.CreatePayment(
				t.Context(), &shopv1.CreatePaymentRequest{OrderId: test.orderID, AmountFen: test.amountFen})
			if status.Code(err) != test.want {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if err != nil {
				return
			}
			got, err := client.GetPayment(t.Context(), &shopv1.GetPaymentRequest{Id: created.Payment.Id})
			if err != nil || !proto.Equal(got.Payment, created.Payment) || got.Payment.AmountFen != test.amountFen {
				t.Errorf("got %v, %v back, want %v", got, err, created.Payment)
			}
		})
	}
	if _, err := client.GetPayment(t.Context(), &shopv1.GetPaymentRequest{Id: "pay-0"}); status.Code(err) != codes.NotFound {
		t.Errorf("an unknown payment gives %v, want NotFound", err)
	}
}
