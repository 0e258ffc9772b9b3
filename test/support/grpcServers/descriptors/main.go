// Command descriptors prints the descriptor set that the extension ships: the reflection protocol and the google.rpc
// types that status details are made of, as the Go packages generated from the published .proto files hold them.
package main

import (
	"fmt"
	"os"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/rpc/status"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
)

func main() {
	set := &descriptorpb.FileDescriptorSet{}
	for _, file := range []protoreflect.FileDescriptor{
		(&anypb.Any{}).ProtoReflect().Descriptor().ParentFile(),
		(&durationpb.Duration{}).ProtoReflect().Descriptor().ParentFile(),
		(&reflection.ServerReflectionRequest{}).ProtoReflect().Descriptor().ParentFile(),
		(&status.Status{}).ProtoReflect().Descriptor().ParentFile(),
		(&errdetails.ErrorInfo{}).ProtoReflect().Descriptor().ParentFile(),
	} {
		description := protodesc.ToFileDescriptorProto(file)
		description.Options = nil
		set.File = append(set.File, description)
	}
	bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Stdout.Write(bytes)
}
