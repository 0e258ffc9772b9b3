// Command shop serves the parts of the shop that SERVE names: catalog,orders in one process, or either in one of its own.
package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"time"

	"gantry.example/store/catalog"
	"gantry.example/store/client"
	"gantry.example/store/orders"
)

func main() {
	if err := run(); err != nil {
		slog.Error("the shop failed", "error", err)
		os.Exit(1)
	}
}

func run() error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	if err := register(mux, os.Getenv("SERVE"), os.Getenv("CATALOG_URL")); err != nil {
		return err
	}
	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", os.Getenv("PORT")),
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
	}
	return server.ListenAndServe()
}

// register puts the parts on the mux. Orders ask the catalog of this process where there is one, else the one at the
// address.
func register(mux *http.ServeMux, parts, address string) error {
	switch parts {
	case "catalog":
		catalog.New().Register(mux)
	case "orders":
		remote, err := client.New(address)
		if err != nil {
			return fmt.Errorf("CATALOG_URL: %w", err)
		}
		orders.New(remote).Register(mux)
	case "catalog,orders":
		own, err := startCatalog()
		if err != nil {
			return err
		}
		proxy := httputil.NewSingleHostReverseProxy(own)
		mux.Handle("/products", proxy)
		mux.Handle("/products/", proxy)
		mux.Handle("/rankings", proxy)
		remote, err := client.New(own.String())
		if err != nil {
			return err
		}
		orders.New(remote).Register(mux)
	default:
		return fmt.Errorf("SERVE is %q, and not catalog, orders or both", parts)
	}
	return nil
}

// startCatalog starts this program once more.
func startCatalog() (*url.URL, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	host := listener.Addr().String()
	listener.Close()
	_, port, _ := net.SplitHostPort(host)
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "SERVE=catalog", "PORT="+port)
	if err := command.Start(); err != nil {
		return nil, err
	}
	for {
		if connection, err := net.Dial("tcp", host); err == nil {
			return &url.URL{Scheme: "http", Host: host}, connection.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
}
