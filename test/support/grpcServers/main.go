// Command grpcservers is the server the gRPC tests call: grpc-go's own interop service and an echo service of ours.
// It prints its address as the first line, answers each line "counts" on its input with one JSON line, and ends with
// its input, so that it cannot outlive the test that started it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"sync"

	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/interop"
	interoppb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/stats"
)

func main() {
	reflection := flag.String("reflection", "both", "both, v1, v1alpha, none, lean, gap, v1unavailable, v1reset, broken, or one of hostile.go")
	address := flag.String("address", "127.0.0.1:0", "listen here")
	socket := flag.String("unix", "", "listen on this socket instead of a loopback port")
	echo := flag.Bool("echo", true, "serve our own service beside grpc-go's")
	certificate := flag.String("tls", "", "speak TLS, and write the certificate to this file")
	kind := flag.String("certificate", "good", "good, expired, othername, or client: then clients need the pair written beside it")
	flag.Parse()

	listener, err := listen(*socket, *address)
	if err != nil {
		log.Fatal(err)
	}
	counts := &counter{Calls: map[string]int{}}
	options := append(reflectionOptions(*reflection), grpc.StatsHandler(counts))
	if *certificate != "" {
		credentials, err := selfSigned(*certificate, *kind)
		if err != nil {
			log.Fatal(err)
		}
		options = append(options, grpc.Creds(credentials))
	}
	server := grpc.NewServer(options...)
	interoppb.RegisterTestServiceServer(server, interop.NewTestServer())
	if *echo {
		if err := registerEcho(server); err != nil {
			log.Fatal(err)
		}
	}
	registerReflection(server, *reflection)
	go func() { log.Fatal(server.Serve(listener)) }()
	fmt.Println(listener.Addr())

	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if lines.Text() == "counts" {
			fmt.Println(counts.json())
		}
	}
}

func listen(socket, address string) (net.Listener, error) {
	if socket != "" {
		return net.Listen("unix", socket)
	}
	return net.Listen("tcp", address)
}

// counter counts what really happened: calls begun by method, messages sent, calls running, connections open, calls
// whose messages came compressed.
type counter struct {
	mutex       sync.Mutex
	Calls       map[string]int `json:"calls"`
	Sent        int            `json:"sent"`
	Running     int            `json:"running"`
	Connections int            `json:"connections"`
	Compressed  int            `json:"compressed"`
}

func (c *counter) json() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	text, _ := json.Marshal(c)
	return string(text)
}

func (c *counter) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.Calls[info.FullMethodName]++
	return ctx
}

func (c *counter) HandleRPC(_ context.Context, event stats.RPCStats) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch event := event.(type) {
	case *stats.InHeader:
		if event.Compression != "" {
			c.Compressed++
		}
	case *stats.OutPayload:
		c.Sent++
	case *stats.Begin:
		c.Running++
	case *stats.End:
		c.Running--
	}
}

func (c *counter) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

func (c *counter) HandleConn(_ context.Context, event stats.ConnStats) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch event.(type) {
	case *stats.ConnBegin:
		c.Connections++
	case *stats.ConnEnd:
		c.Connections--
	}
}
