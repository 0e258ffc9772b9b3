package main

import (
	"context"
	_ "embed"
	"time"

	"github.com/bufbuild/protocompile"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

//go:embed echo.proto
var echoProto string

// unpublished is a type that no reflection service and no client knows.
func unpublished() *anypb.Any {
	return &anypb.Any{TypeUrl: "type.googleapis.com/gantry.test.Unpublished", Value: []byte{0x08, 0x2a}}
}

// registerEcho compiles echo.proto and serves it, so that nothing generated stands in the repository.
func registerEcho(server *grpc.Server) error {
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
			Accessor: protocompile.SourceAccessorFromMap(map[string]string{"gantry/test/echo.proto": echoProto}),
		}),
	}
	files, err := compiler.Compile(context.Background(), "gantry/test/echo.proto")
	if err != nil {
		return err
	}
	if err := protoregistry.GlobalFiles.RegisterFile(files[0]); err != nil {
		return err
	}
	service := files[0].Services().ByName("Echo")
	everything := files[0].Messages().ByName("Everything")
	handlers := map[protoreflect.Name]func(context.Context, proto.Message) (proto.Message, error){
		"Same": func(_ context.Context, request proto.Message) (proto.Message, error) { return request, nil },
		"Wire": func(_ context.Context, request proto.Message) (proto.Message, error) {
			bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
			return wrapperspb.Bytes(bytes), err
		},
		"Fail": func(context.Context, proto.Message) (proto.Message, error) { return nil, fail() },
		"UnknownAny": func(context.Context, proto.Message) (proto.Message, error) {
			bytes, err := proto.Marshal(unpublished())
			if err != nil {
				return nil, err
			}
			answer := dynamicpb.NewMessage(everything)
			field := everything.Fields().ByName("any")
			value := answer.Mutable(field).Message().Interface()
			return answer, proto.Unmarshal(bytes, value)
		},
		"Hang": func(ctx context.Context, _ proto.Message) (proto.Message, error) {
			<-ctx.Done()
			return nil, status.FromContextError(ctx.Err()).Err()
		},
		"Big":  zeros,
		"Bomb": bomb,
		"Old":  func(_ context.Context, request proto.Message) (proto.Message, error) { return request, nil },
	}
	streams := map[protoreflect.Name]grpc.StreamHandler{"Endless": endless, "Count": count, "Quiet": quiet}
	desc := grpc.ServiceDesc{ServiceName: string(service.FullName()), HandlerType: (*any)(nil)}
	for i := range service.Methods().Len() {
		method := service.Methods().Get(i)
		if method.IsStreamingServer() {
			desc.Streams = append(desc.Streams, grpc.StreamDesc{
				StreamName: string(method.Name()), ServerStreams: true, Handler: streams[method.Name()],
			})
			continue
		}
		handle := handlers[method.Name()]
		desc.Methods = append(desc.Methods, grpc.MethodDesc{
			MethodName: string(method.Name()),
			Handler: func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
				request := dynamicpb.NewMessage(method.Input())
				if err := decode(request); err != nil {
					return nil, err
				}
				return handle(ctx, request)
			},
		})
	}
	server.RegisterService(&desc, nil)
	return nil
}

func endless(_ any, stream grpc.ServerStream) error {
	for number := int64(0); ; number++ {
		if err := stream.SendMsg(wrapperspb.Int64(number)); err != nil {
			return err
		}
	}
}

// count sends as many messages as it is told, without waiting.
func count(_ any, stream grpc.ServerStream) error {
	wanted := &wrapperspb.Int64Value{}
	if err := stream.RecvMsg(wanted); err != nil {
		return err
	}
	for number := range wanted.Value {
		if err := stream.SendMsg(wrapperspb.Int64(number)); err != nil {
			return err
		}
	}
	return nil
}

// quiet sends one message at once, and one more after the time it is told.
func quiet(_ any, stream grpc.ServerStream) error {
	wait := &durationpb.Duration{}
	if err := stream.RecvMsg(wait); err != nil {
		return err
	}
	if err := stream.SendMsg(wrapperspb.Int64(0)); err != nil {
		return err
	}
	select {
	case <-stream.Context().Done():
		return stream.Context().Err()
	case <-time.After(wait.AsDuration()):
		return stream.SendMsg(wrapperspb.Int64(1))
	}
}

// zeros answers as many zeros as it is told.
func zeros(_ context.Context, request proto.Message) (proto.Message, error) {
	bytes, err := proto.Marshal(request)
	if err != nil {
		return nil, err
	}
	size := &wrapperspb.Int64Value{}
	if err := proto.Unmarshal(bytes, size); err != nil {
		return nil, err
	}
	return wrapperspb.Bytes(make([]byte, size.Value)), nil
}

// bomb does so with gzip, which makes a thousandth of them.
func bomb(ctx context.Context, request proto.Message) (proto.Message, error) {
	if err := grpc.SetSendCompressor(ctx, gzip.Name); err != nil {
		return nil, err
	}
	return zeros(ctx, request)
}

func fail() error {
	quota, _ := anypb.New(&errdetails.QuotaFailure{Violations: []*errdetails.QuotaFailure_Violation{
		{Subject: "user:7", Description: "3 orders a minute"},
	}})
	retry, _ := anypb.New(&errdetails.RetryInfo{RetryDelay: durationpb.New(1_500_000_000)})
	return status.ErrorProto(&statuspb.Status{
		Code:    int32(codes.ResourceExhausted),
		Message: "too many orders: 订单太多",
		Details: []*anypb.Any{quota, retry, unpublished()},
	})
}
