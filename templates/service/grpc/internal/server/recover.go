package server

import (
	"context"
	"log/slog"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// RecoverUnary is an interceptor that makes an error of a panic: gRPC itself would let it end the process.
func RecoverUnary(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (response any, err error) {
	defer recovered(ctx, info.FullMethod, &err)
	return next(ctx, request)
}

// RecoverStream is an interceptor as RecoverUnary.
func RecoverStream(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	defer recovered(stream.Context(), info.FullMethod, &err)
	return next(service, stream)
}

func recovered(ctx context.Context, method string, err *error) {
	if cause := recover(); cause != nil {
		slog.ErrorContext(ctx, "a call panicked", "method", method, "cause", cause, "stack", string(debug.Stack()))
		*err = status.Error(codes.Internal, "internal error")
	}
}
