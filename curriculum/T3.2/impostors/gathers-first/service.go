package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	"gantry.example/stock/stockv1"
)

// service implements the service Stock of stock.proto.
type service struct {
	stockv1.UnimplementedStockServer
	warehouse stockv1.WarehouseClient
}

// register puts the service on the server, with reflection for tools and health for orchestrators.
func register(server *grpc.Server, warehouse stockv1.WarehouseClient) {
	stockv1.RegisterStockServer(server, &service{warehouse: warehouse})
	reflection.Register(server)
	healthy := health.NewServer()
	healthy.SetServingStatus(stockv1.Stock_ServiceDesc.ServiceName, grpc_health_v1.HealthCheckResponse_SERVING)
	grpc_health_v1.RegisterHealthServer(server, healthy)
}

// Check tells on which shelf an article lies. The caller's deadline travels with ctx, and ends the call to the warehouse.
func (s *service) Check(ctx context.Context, in *stockv1.CheckRequest) (*stockv1.CheckReply, error) {
	if in.GetSku() == "" {
		return nil, status.Error(codes.InvalidArgument, "sku is empty")
	}
	found, err := s.warehouse.Look(ctx, &stockv1.LookRequest{Sku: in.GetSku()})
	if err != nil {
		return nil, err
	}
	return &stockv1.CheckReply{Shelf: found.GetShelf()}, nil
}

// List sends one article after the other; Send waits while the caller reads slowly.
func (s *service) List(in *stockv1.ListRequest, stream grpc.ServerStreamingServer[stockv1.Article]) error {
	var all []*stockv1.Article
	for i := range in.GetCount() {
		all = append(all, &stockv1.Article{Name: fmt.Sprintf("%s-%d", in.GetPrefix(), i+1)})
	}
	for _, each := range all {
		if err := stream.Send(each); err != nil {
			return err
		}
	}
	return nil
}

// Track answers each parcel before it waits for the next.
func (s *service) Track(stream grpc.BidiStreamingServer[stockv1.Parcel, stockv1.Tracked]) error {
	for position := uint32(1); ; position++ {
		parcel, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(&stockv1.Tracked{Label: parcel.GetLabel(), Position: position}); err != nil {
			return err
		}
	}
}
