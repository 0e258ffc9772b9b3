package users

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	shopv1 "example.com/shop/gen/shop/v1"
)

// Seed is what a fresh shop knows, so that calls return something at once.
func Seed() []*shopv1.User {
	opened := timestamppb.New(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))
	return []*shopv1.User{
		{Id: "u-1", Name: "李雷", Email: "lilei@example.com", CreateTime: opened},
		{Id: "u-2", Name: "韩梅梅", Email: "hanmeimei@example.com", CreateTime: opened},
		{Id: "u-3", Name: "Ada Gopher", Email: "ada@example.com", CreateTime: opened},
	}
}
