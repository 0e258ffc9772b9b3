package main

import (
	"context"

	"google.golang.org/grpc"

	"gantry.example/stock/stockv1"
)

// service implements the service Stock of stock.proto. Methods that it lacks answer Unimplemented.
type service struct {
	stockv1.UnimplementedStockServer
	warehouse stockv1.WarehouseClient
}

// register puts the service on the server, and whatever else a gRPC server should offer.
//
// Tools and checks find the methods by reflection, and orchestrators ask for health: the server offers neither yet.
func register(server *grpc.Server, warehouse stockv1.WarehouseClient) {
	stockv1.RegisterStockServer(server, &service{warehouse: warehouse})
}

// Check tells on which shelf an article lies.
//
// Make it ask the warehouse, and write List and Track, as stock.proto says.
func (s *service) Check(_ context.Context, _ *stockv1.CheckRequest) (*stockv1.CheckReply, error) {
	return &stockv1.CheckReply{Shelf: "A1"}, nil
}
