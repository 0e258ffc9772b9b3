package main

import (
	"net"
	"net/http"
	"time"
)

// askHealth asks the service of this container. A connection alone would prove nothing: the kernel accepts it also for a
// program that hangs.
func askHealth(port string) error {
	client := http.Client{Timeout: time.Second}
	response, err := client.Get("http://" + net.JoinHostPort("127.0.0.1", port) + "/healthz")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return nil
}
