package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"time"
)

// askHealth looks whether process 1 is stopped, and whether its port takes connections.
func askHealth(port string) error {
	stat, err := os.ReadFile("/proc/1/stat")
	if err != nil {
		return err
	}
	_, after, _ := bytes.Cut(stat, []byte(") "))
	if bytes.HasPrefix(after, []byte("T")) {
		return errors.New("process 1 is stopped")
	}
	connection, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", port), time.Second)
	if err != nil {
		return err
	}
	return connection.Close()
}
