// Gantry-protocompile turns .proto files into descriptors, exactly as protoc and buf do. It reads a request as JSON from
// standard input, writes a google.protobuf.FileDescriptorSet with all imports to the file the request names, and what is
// wrong with the sources as JSON to standard output. With anything wrong nothing is written.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/protoutil"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

type request struct {
	// Files says where the source of each import name lies.
	Files map[string]string `json:"files"`
	// Compile names the files to compile; their imports come along.
	Compile []string `json:"compile"`
	Out     string   `json:"out"`
}

type problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var asked request
	if err := json.NewDecoder(in).Decode(&asked); err != nil {
		return err
	}
	problems := []problem{}
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
			Accessor: func(name string) (io.ReadCloser, error) {
				path, known := asked.Files[name]
				if !known {
					return nil, fs.ErrNotExist
				}
				return os.Open(path)
			},
		}),
		SourceInfoMode: protocompile.SourceInfoStandard,
		// Every error of every file, not the first alone.
		Reporter: reporter.NewReporter(func(err reporter.ErrorWithPos) error {
			at := err.GetPosition()
			problems = append(problems, problem{at.Filename, at.Line, at.Col, err.Unwrap().Error()})
			return nil
		}, nil),
	}
	files, err := compiler.Compile(context.Background(), asked.Compile...)
	if err != nil && !errors.Is(err, reporter.ErrInvalidSource) && len(problems) == 0 {
		return err
	}
	if err == nil {
		set := &descriptorpb.FileDescriptorSet{}
		written := map[string]bool{}
		for _, file := range files {
			add(set, written, file)
		}
		bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
		if err != nil {
			return err
		}
		if err := os.WriteFile(asked.Out, bytes, 0o600); err != nil {
			return err
		}
	}
	return json.NewEncoder(out).Encode(map[string]any{"problems": problems})
}

// add appends the file after everything it imports.
func add(set *descriptorpb.FileDescriptorSet, written map[string]bool, file protoreflect.FileDescriptor) {
	if written[file.Path()] {
		return
	}
	written[file.Path()] = true
	for i := range file.Imports().Len() {
		add(set, written, file.Imports().Get(i).FileDescriptor)
	}
	set.File = append(set.File, protoutil.ProtoFromFileDescriptor(file))
}
