package products_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	shopv1 "example.com/shop/gen/shop/v1"
	"example.com/shop/internal/products"
	"example.com/shop/internal/servertest"
)

func dial(t *testing.T, known ...*shopv1.Product) shopv1.ProductsServiceClient {
	return shopv1.NewProductsServiceClient(servertest.Dial(t, func(r grpc.ServiceRegistrar) {
		shopv1.RegisterProductsServiceServer(r, products.New(known...))
	}))
}

func stock(t *testing.T, client shopv1.ProductsServiceClient, id string) int32 {
	t.Helper()
	got, err := client.GetProduct(t.Context(), &shopv1.GetProductRequest{Id: id})
	if err != nil {
		t.Fatal(err)
	}
	return got.Product.Stock
}

func TestListProducts(t *testing.T) {
	var all []string
	var known []*shopv1.Product
	for i := range 120 {
		id := fmt.Sprintf("p-%03d", i)
		all = append(all, id)
		known = append(known, &shopv1.Product{Id: id})
	}
	slices.Reverse(known)
	client := dial(t, known...)
	tests := map[string]struct {
		size      int32
		wantPages int
	}{
		"default":        {0, 6},
		"one by one":     {1, 120},
		"divides evenly": {60, 2},
		"with a rest":    {50, 3},
		"capped":         {1000, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			pages := 0
			for token := ""; (pages == 0 || token != "") && len(got) <= len(all); pages++ {
				page, err := client.ListProducts(t.Context(), &shopv1.ListProductsRequest{PageSize: test.size, PageToken: token})
				if err != nil {
					t.Fatal(err)
				}
				for _, product := range page.Products {
					got = append(got, product.Id)
				}
				token = page.NextPageToken
			}
			if !slices.Equal(got, all) || pages != test.wantPages {
				t.Errorf("got %d products in %d pages, want %d in %d, in order", len(got), pages, len(all), test.wantPages)
			}
		})
	}
	if _, err := client.ListProducts(t.Context(), &shopv1.ListProductsRequest{PageSize: -1}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a negative page size gives %v, want InvalidArgument", err)
	}
}

func TestReserveStock(t *testing.T) {
	tests := map[string]struct {
		items     []*shopv1.Item
		want      codes.Code
		wantTotal int64
		wantStock [2]int32 // of a and b afterwards
	}{
		"two products":      {[]*shopv1.Item{{ProductId: "a", Quantity: 2}, {ProductId: "b", Quantity: 1}}, codes.OK, 700, [2]int32{8, 0}},
		"one product twice": {[]*shopv1.Item{{ProductId: "a", Quantity: 4}, {ProductId: "a", Quantity: 6}}, codes.OK, 1000, [2]int32{0, 1}},
		"too many in sum":   {[]*shopv1.Item{{ProductId: "a", Quantity: 5}, {ProductId: "a", Quantity: 6}}, codes.FailedPrecondition, 0, [2]int32{10, 1}},
		"all or none":       {[]*shopv1.Item{{ProductId: "a", Quantity: 1}, {ProductId: "b", Quantity: 2}}, codes.FailedPrecondition, 0, [2]int32{10, 1}},
		"unknown product":   {[]*shopv1.Item{{ProductId: "a", Quantity: 1}, {ProductId: "c", Quantity: 1}}, codes.NotFound, 0, [2]int32{10, 1}},
		"quantity 0":        {[]*shopv1.Item{{ProductId: "a"}}, codes.InvalidArgument, 0, [2]int32{10, 1}},
		"negative quantity": {[]*shopv1.Item{{ProductId: "a", Quantity: -1}}, codes.InvalidArgument, 0, [2]int32{10, 1}},
		"nothing":           {nil, codes.InvalidArgument, 0, [2]int32{10, 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := dial(t, &shopv1.Product{Id: "a", PriceFen: 100, Stock: 10}, &shopv1.Product{Id: "b", PriceFen: 500, Stock: 1})
			got, err := client.ReserveStock(t.Context(), &shopv1.ReserveStockRequest{Items: test.items})
			if status.Code(err) != test.want || got.GetTotalFen() != test.wantTotal {
				t.Errorf("got %d, %v, want %d, %v", got.GetTotalFen(), err, test.wantTotal, test.want)
			}
			if left := [2]int32{stock(t, client, "a"), stock(t, client, "b")}; left != test.wantStock {
				t.Errorf("stock %v, want %v", left, test.wantStock)
			}
		})
	}
}

func TestParallelReservationsNeverOversell(t *testing.T) {
	const buyers, pieces = 50, 20
	client := dial(t, &shopv1.Product{Id: "a", Stock: pieces})
	var sold atomic.Int32
	var wait sync.WaitGroup
	for range buyers {
		wait.Go(func() {
			_, err := client.ReserveStock(t.Context(), &shopv1.ReserveStockRequest{Items: []*shopv1.Item{{ProductId: "a", Quantity: 1}}})
			if err == nil {
				sold.Add(1)
			}
		})
	}
	wait.Wait()
	if left := stock(t, client, "a"); sold.Load() != pieces || left != 0 {
		t.Errorf("%d sold, %d left, want %d and 0", sold.Load(), left, pieces)
	}
}

func TestReleaseStock(t *testing.T) {
	client := dial(t, &shopv1.Product{Id: "a", Stock: 3})
	if _, err := client.ReleaseStock(t.Context(), &shopv1.ReleaseStockRequest{Items: []*shopv1.Item{{ProductId: "a", Quantity: 2}}}); err != nil {
		t.Fatal(err)
	}
	if left := stock(t, client, "a"); left != 5 {
		t.Errorf("stock %d, want 5", left)
	}
}
