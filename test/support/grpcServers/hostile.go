package main

import (
	"fmt"

	"google.golang.org/grpc/codes"
	v1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// hostileReflection answers with schemas that no compiler makes. Nothing in it can be called.
type hostileReflection struct {
	v1.UnimplementedServerReflectionServer
	services []string
	files    map[string]*descriptorpb.FileDescriptorProto
	// bySymbol is the file that describes a service.
	bySymbol map[string]string
	silent   bool
}

func hostile(mode string) *hostileReflection {
	server := &hostileReflection{files: map[string]*descriptorpb.FileDescriptorProto{}, bySymbol: map[string]string{}}
	switch mode {
	case "never":
		server.silent = true
	case "cyclic":
		server.add(hostileFile("a.proto", "cyclic", "Round", []string{"b.proto"}))
		server.add(hostileFile("b.proto", "cyclic.other", "About", []string{"a.proto"}))
		server.add(hostileFile("self.proto", "cyclic.self", "Mirror", []string{"self.proto"}))
		server.add(hostileFile("whole.proto", "cyclic.not", "Whole", nil))
	case "huge":
		file := hostileFile("huge.proto", "huge", "Huge", nil)
		for i := range 10_000 {
			file.MessageType = append(file.MessageType, &descriptorpb.DescriptorProto{
				Name:  proto.String(fmt.Sprintf("Type%d", i)),
				Field: []*descriptorpb.FieldDescriptorProto{field("next", 1, fmt.Sprintf(".huge.Type%d", (i+1)%10_000))},
			})
		}
		file.MessageType[0].Field = []*descriptorpb.FieldDescriptorProto{field("first", 1, ".huge.Type0")}
		server.add(file)
	case "deep":
		file := hostileFile("deep.proto", "deep", "Deep", nil)
		inner := &descriptorpb.DescriptorProto{Name: proto.String("M")}
		for range 5_000 {
			inner = &descriptorpb.DescriptorProto{Name: proto.String("M"), NestedType: []*descriptorpb.DescriptorProto{inner}}
		}
		file.MessageType = append(file.MessageType, inner)
		server.add(file)
		server.add(hostileFile("whole.proto", "deep.not", "Whole", nil))
	case "names":
		for i, name := range hostileNames {
			file := hostileFile(fmt.Sprintf("%d.proto", i), fmt.Sprintf("names%d", i), name, nil)
			file.MessageType[0].Field = []*descriptorpb.FieldDescriptorProto{field(name, 1, ""), field("__proto__", 2, ""), field("constructor", 3, "")}
			file.MessageType[0].Field[0].JsonName = proto.String(name)
			server.add(file)
		}
	}
	return server
}

// hostileNames are code for whoever builds programs or pages from names.
var hostileNames = []string{
	`X(){globalThis.pwned=true}`,
	`a;globalThis.pwned=true;//`,
	`"+(globalThis.pwned=true)+"`,
	"`${globalThis.pwned=true}`",
	`<img src=x onerror="globalThis.pwned=true">`,
	`</script><script>globalThis.pwned=true</script>`,
	`[x](command:workbench.action.quit)`,
	`__proto__`,
}

func hostileFile(name, pkg, service string, imports []string) *descriptorpb.FileDescriptorProto {
	message := fmt.Sprintf(".%s.Request", pkg)
	return &descriptorpb.FileDescriptorProto{
		Name: proto.String(name), Package: proto.String(pkg), Dependency: imports, Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("Request")}},
		Service: []*descriptorpb.ServiceDescriptorProto{{Name: proto.String(service), Method: []*descriptorpb.MethodDescriptorProto{
			{Name: proto.String("Call"), InputType: &message, OutputType: &message},
		}}},
	}
}

// field is a string when no message type is given.
func field(name string, number int32, message string) *descriptorpb.FieldDescriptorProto {
	result := &descriptorpb.FieldDescriptorProto{
		Name: &name, Number: &number, Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		Type: descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
	}
	if message != "" {
		result.Type = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum()
		result.TypeName = &message
	}
	return result
}

func (h *hostileReflection) add(file *descriptorpb.FileDescriptorProto) {
	h.files[file.GetName()] = file
	for _, service := range file.Service {
		name := file.GetPackage() + "." + service.GetName()
		h.services = append(h.services, name)
		h.bySymbol[name] = file.GetName()
	}
}

func (h *hostileReflection) ServerReflectionInfo(stream v1.ServerReflection_ServerReflectionInfoServer) error {
	for {
		request, err := stream.Recv()
		if err != nil {
			return nil
		}
		if h.silent {
			<-stream.Context().Done()
			return stream.Context().Err()
		}
		response := &v1.ServerReflectionResponse{OriginalRequest: request}
		switch asked := request.MessageRequest.(type) {
		case *v1.ServerReflectionRequest_ListServices:
			list := &v1.ListServiceResponse{}
			for _, name := range h.services {
				list.Service = append(list.Service, &v1.ServiceResponse{Name: name})
			}
			response.MessageResponse = &v1.ServerReflectionResponse_ListServicesResponse{ListServicesResponse: list}
		case *v1.ServerReflectionRequest_FileContainingSymbol:
			h.answer(response, h.bySymbol[asked.FileContainingSymbol])
		case *v1.ServerReflectionRequest_FileByFilename:
			h.answer(response, asked.FileByFilename)
		}
		if err := stream.Send(response); err != nil {
			return err
		}
	}
}

func (h *hostileReflection) answer(response *v1.ServerReflectionResponse, name string) {
	file, known := h.files[name]
	if !known {
		response.MessageResponse = &v1.ServerReflectionResponse_ErrorResponse{
			ErrorResponse: &v1.ErrorResponse{ErrorCode: int32(codes.NotFound), ErrorMessage: "no such file"},
		}
		return
	}
	bytes, err := proto.Marshal(file)
	if err != nil {
		panic(err)
	}
	response.MessageResponse = &v1.ServerReflectionResponse_FileDescriptorResponse{
		FileDescriptorResponse: &v1.FileDescriptorResponse{FileDescriptorProto: [][]byte{bytes}},
	}
}
