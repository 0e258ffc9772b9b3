// Package products keeps the catalogue and the stock.
package products

import (
	"context"
	"math"
	"slices"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	shopv1 "example.com/shop/gen/shop/v1"
)

const (
	defaultPageSize = 20
	mostPageSize    = 100
)

// Service implements ProductsService in memory.
type Service struct {
	shopv1.UnimplementedProductsServiceServer

	mu    sync.RWMutex
	byID  map[string]*shopv1.Product
	order []string // the ids, sorted
}

// New returns a service that sells the given products.
func New(known ...*shopv1.Product) *Service {
	s := &Service{byID: map[string]*shopv1.Product{}}
	for _, product := range known {
		s.byID[product.Id] = product
		s.order = append(s.order, product.Id)
	}
	slices.Sort(s.order)
	return s
}

// GetProduct implements ProductsService.
func (s *Service) GetProduct(_ context.Context, request *shopv1.GetProductRequest) (*shopv1.GetProductResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	product, err := s.product(request.Id)
	if err != nil {
		return nil, err
	}
	return &shopv1.GetProductResponse{Product: proto.CloneOf(product)}, nil
}

// ListProducts implements ProductsService. A page token is the last id of the page before.
func (s *Service) ListProducts(
	_ context.Context, request *shopv1.ListProductsRequest,
) (*shopv1.ListProductsResponse, error) {
	if request.PageSize < 0 {
		return nil, status.Errorf(codes.InvalidArgument, "page_size %d is negative", request.PageSize)
	}
	size := int(min(request.PageSize, mostPageSize))
	if size == 0 {
		size = defaultPageSize
	}

	s.mu.RLock()
	defer s.mu.RUnlock()
	start, found := slices.BinarySearch(s.order, request.PageToken)
	if found {
		start++ // The page begins after the token.
	}
	page := s.order[start:min(start+size, len(s.order))]
	response := &shopv1.ListProductsResponse{}
	for _, id := range page {
		response.Products = append(response.Products, proto.CloneOf(s.byID[id]))
	}
	if start+size < len(s.order) {
		response.NextPageToken = page[len(page)-1]
	}
	return response, nil
}

// ReserveStock implements ProductsService: all items or none, under one lock, so that no stock falls below 0.
func (s *Service) ReserveStock(
	_ context.Context, request *shopv1.ReserveStockRequest,
) (*shopv1.ReserveStockResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted, err := s.quantities(request.Items)
	if err != nil {
		return nil, err
	}
	var total int64
	for id, quantity := range wanted {
		product := s.byID[id]
		if int64(product.Stock) < quantity {
			return nil, status.Errorf(codes.FailedPrecondition, "%d of %s wanted, %d left", quantity, id, product.Stock)
		}
		total += quantity * product.PriceFen
	}
	for id, quantity := range wanted {
		s.byID[id].Stock -= int32(quantity)
	}
	return &shopv1.ReserveStockResponse{TotalFen: total}, nil
}

// ReleaseStock implements ProductsService.
func (s *Service) ReleaseStock(
	_ context.Context, request *shopv1.ReleaseStockRequest,
) (*shopv1.ReleaseStockResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	returned, err := s.quantities(request.Items)
	if err != nil {
		return nil, err
	}
	for id, quantity := range returned {
		if quantity > math.MaxInt32-int64(s.byID[id].Stock) {
			return nil, status.Errorf(codes.OutOfRange, "%d more of %s is more than fits", quantity, id)
		}
	}
	for id, quantity := range returned {
		s.byID[id].Stock += int32(quantity)
	}
	return &shopv1.ReleaseStockResponse{}, nil
}

// quantities sums the items by product, so that one product named twice counts twice. s.mu must be held.
func (s *Service) quantities(items []*shopv1.Item) (map[string]int64, error) {
	if len(items) == 0 {
		return nil, status.Error(codes.InvalidArgument, "items is empty")
	}
	sums := map[string]int64{}
	for _, item := range items {
		if item.Quantity < 1 {
			return nil, status.Errorf(codes.InvalidArgument, "quantity %d of %s is below 1", item.Quantity, item.ProductId)
		}
		if _, err := s.product(item.ProductId); err != nil {
			return nil, err
		}
		sums[item.ProductId] += int64(item.Quantity)
	}
	return sums, nil
}

// product finds a product by id. s.mu must be held.
func (s *Service) product(id string) (*shopv1.Product, error) {
	product, ok := s.byID[id]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "there is no product %q", id)
	}
	return product, nil
}
