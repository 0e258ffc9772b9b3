// Registry is an image registry in memory for the tests, on a free port of loopback. It prints its address.
//
//	registry [USER:PASSWORD]   asks for these credentials when they are given
//
// It ends when its standard input does, so it never outlives the test. In a container it listens where REGISTRY_HTTP_ADDR
// says, as the registry of the distribution project does, until it is stopped.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	address, contained := os.LookupEnv("REGISTRY_HTTP_ADDR")
	if !contained {
		address = "127.0.0.1:0"
		go func() {
			io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	if len(os.Args) > 1 {
		handler = guarded(handler, os.Args[1])
	}
	fmt.Println(listener.Addr())
	log.Fatal(http.Serve(listener, handler))
}

func guarded(inner http.Handler, credentials string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user+":"+password == credentials {
			inner.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
	})
}
