package main

import (
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/reflection"
	v1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	v1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"
)

// registerReflection serves what the mode names. The odd modes stand for servers seen in the field:
// lean sends one file at a time (Java, C++), v1unavailable and v1reset fail v1 without UNIMPLEMENTED (proxies),
// broken lists a service that it cannot describe. What hostile.go makes is meant to harm who reads it.
func registerReflection(server *grpc.Server, mode string) {
	services := reflection.ServerOptions{Services: server}
	switch mode {
	case "v1":
		v1.RegisterServerReflectionServer(server, reflection.NewServerV1(services))
	case "v1alpha":
		v1alpha.RegisterServerReflectionServer(server, reflection.NewServer(services))
	case "both", "lean", "gap", "v1unavailable", "v1reset":
		reflection.Register(server)
	case "broken":
		services.Services = withGhost{server}
		v1.RegisterServerReflectionServer(server, reflection.NewServerV1(services))
	case "never", "cyclic", "huge", "deep", "names":
		v1.RegisterServerReflectionServer(server, hostile(mode))
	}
}

type withGhost struct{ *grpc.Server }

func (s withGhost) GetServiceInfo() map[string]grpc.ServiceInfo {
	services := s.Server.GetServiceInfo()
	services["gantry.test.Ghost"] = grpc.ServiceInfo{}
	return services
}

func reflectionOptions(mode string) []grpc.ServerOption {
	switch mode {
	case "lean":
		return []grpc.ServerOption{grpc.StreamInterceptor(oneFileAtATime)}
	case "gap":
		return []grpc.ServerOption{grpc.StreamInterceptor(noImports)}
	case "v1unavailable":
		return []grpc.ServerOption{grpc.StreamInterceptor(withoutV1(status.Error(codes.Unavailable, "upstream connect error")))}
	case "v1reset":
		return []grpc.ServerOption{grpc.StreamInterceptor(withoutV1(status.Error(codes.Internal, "stream terminated by RST_STREAM")))}
	}
	return nil
}

func withoutV1(refusal error) grpc.StreamServerInterceptor {
	return func(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		if strings.HasPrefix(info.FullMethod, "/grpc.reflection.v1.") {
			return refusal
		}
		return handler(service, stream)
	}
}

func oneFileAtATime(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return handler(service, leanStream{stream})
}

// noImports answers with the file that was asked for and knows none of those it imports.
func noImports(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return handler(service, gapStream{leanStream{stream}})
}

type gapStream struct{ leanStream }

func (s gapStream) SendMsg(message any) error {
	response, ok := message.(*v1.ServerReflectionResponse)
	if ok && response.GetOriginalRequest().GetFileByFilename() != "" {
		refusal := &v1.ErrorResponse{ErrorCode: int32(codes.NotFound), ErrorMessage: "not found"}
		response.MessageResponse = &v1.ServerReflectionResponse_ErrorResponse{ErrorResponse: refusal}
	}
	return s.leanStream.SendMsg(message)
}

type leanStream struct{ grpc.ServerStream }

func (s leanStream) SendMsg(message any) error {
	if response, ok := message.(*v1.ServerReflectionResponse); ok {
		if files := response.GetFileDescriptorResponse(); files != nil {
			files.FileDescriptorProto = files.FileDescriptorProto[:1]
		}
	}
	return s.ServerStream.SendMsg(message)
}
