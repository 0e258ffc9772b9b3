package products

import shopv1 "example.com/shop/gen/shop/v1"

// Seed is what a fresh shop sells.
func Seed() []*shopv1.Product {
	return []*shopv1.Product{
		{Id: "p-1", Name: "西湖龙井 West Lake Longjing tea", Category: shopv1.Category_CATEGORY_TEA, PriceFen: 16800, Stock: 40},
		{Id: "p-2", Name: "正山小种 Lapsang souchong tea", Category: shopv1.Category_CATEGORY_TEA, PriceFen: 12800, Stock: 25},
		{Id: "p-3", Name: "Go语言微服务 Go Microservices", Category: shopv1.Category_CATEGORY_BOOK, PriceFen: 8900, Stock: 100},
		{Id: "p-4", Name: "毛笔 Calligraphy brush", Category: shopv1.Category_CATEGORY_STATIONERY, PriceFen: 4500, Stock: 60},
		{Id: "p-5", Name: "宣纸 Xuan paper", Category: shopv1.Category_CATEGORY_STATIONERY, PriceFen: 3200, Stock: 0},
	}
}
