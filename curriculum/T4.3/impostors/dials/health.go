package main

import (
	"net"
	"time"
)

// askHealth asks the service of this container.
func askHealth(port string) error {
	connection, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", port), time.Second)
	if err != nil {
		return err
	}
	return connection.Close()
}
