package main

import (
	"context"
	"maps"
	"sync"

	"google.golang.org/grpc"
)

// counter counts the calls of each method, by its full name such as /shop.v1.UsersService/GetUser.
type counter struct {
	mu    sync.Mutex
	calls map[string]int
}

func (c *counter) add(method string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		c.calls = map[string]int{}
	}
	c.calls[method]++
}

func (c *counter) snapshot() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := maps.Clone(c.calls)
	if counts == nil {
		counts = map[string]int{}
	}
	return counts
}

// options make a server count what it is asked.
func (c *counter) options() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
			c.add(info.FullMethod)
			return handle(ctx, request)
		}),
		grpc.ChainStreamInterceptor(func(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
			c.add(info.FullMethod)
			return handle(service, stream)
		}),
	}
}
