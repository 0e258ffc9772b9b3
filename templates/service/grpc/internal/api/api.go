// Package api is the service's gRPC API.
package api

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	itemsv1 "example.com/orders/gen/items/v1"
)

// Services are the names by which the health of the API is asked for.
var Services = []string{itemsv1.ItemsService_ServiceDesc.ServiceName}

// Register puts the API into a server.
func Register(server grpc.ServiceRegistrar, store Store) {
	itemsv1.RegisterItemsServiceServer(server, &items{store: store})
}

type items struct {
	itemsv1.UnimplementedItemsServiceServer
	store Store
}

func (s *items) AddItem(ctx context.Context, request *itemsv1.AddItemRequest) (*itemsv1.AddItemResponse, error) {
	item, err := s.add(ctx, request)
	if err != nil {
		return nil, err
	}
	return &itemsv1.AddItemResponse{Item: item}, nil
}

func (s *items) GetItem(ctx context.Context, request *itemsv1.GetItemRequest) (*itemsv1.GetItemResponse, error) {
	item, err := s.store.Find(ctx, request.GetId())
	if err != nil {
		return nil, failure(ctx, err)
	}
	return &itemsv1.GetItemResponse{Item: message(item)}, nil
}

func (s *items) AddItems(stream grpc.ClientStreamingServer[itemsv1.AddItemsRequest, itemsv1.AddItemsResponse]) error {
	response := &itemsv1.AddItemsResponse{}
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(response)
		}
		if err != nil {
			return err
		}
		item, err := s.add(stream.Context(), request)
		if err != nil {
			return err
		}
		response.Items = append(response.Items, item)
	}
}

// newItem is what a request to add has, whichever it is.
type newItem interface {
	GetName() string
	GetQuantity() int32
}

func (s *items) add(ctx context.Context, request newItem) (*itemsv1.Item, error) {
	switch {
	case request.GetName() == "":
		return nil, status.Error(codes.InvalidArgument, "name is missing")
	case request.GetQuantity() < 1:
		return nil, status.Error(codes.InvalidArgument, "quantity must be at least 1")
	}
	item, err := s.store.Add(ctx, Item{Name: request.GetName(), Quantity: int(request.GetQuantity())})
	if err != nil {
		return nil, failure(ctx, err)
	}
	return message(item), nil
}

func message(item Item) *itemsv1.Item {
	return &itemsv1.Item{Id: item.ID, Name: item.Name, Quantity: int32(item.Quantity)}
}

// failure tells the caller what they can act upon, and the log the cause.
func failure(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return status.Error(codes.NotFound, err.Error())
	case ctx.Err() != nil:
		return status.FromContextError(ctx.Err()).Err()
	default:
		slog.WarnContext(ctx, "a call failed", "error", err)
		return status.Error(codes.Internal, "internal error")
	}
}
