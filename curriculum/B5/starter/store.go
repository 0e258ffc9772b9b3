package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// store speaks to a Redis, one connection for each command. It is finished; the lesson is about health.go.
type store struct {
	address string
}

// ping asks whether the store answers. It waits as long as its context lasts.
func (s *store) ping(ctx context.Context) error {
	answer, err := s.do(ctx, "PING")
	if err != nil {
		return err
	}
	if answer != "PONG" {
		return fmt.Errorf("the store answered %q", answer)
	}
	return nil
}

// get returns the value of a key. It waits as long as its context lasts.
func (s *store) get(ctx context.Context, key string) (string, error) {
	return s.do(ctx, "GET", key)
}

// do sends a command as an array of bulk strings and reads a simple string, an error or a bulk string (RESP2).
func (s *store) do(ctx context.Context, words ...string) (string, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", s.address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()

	var request strings.Builder
	fmt.Fprintf(&request, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&request, "$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := io.WriteString(conn, request.String()); err != nil {
		return "", err
	}
	return readReply(bufio.NewReader(conn))
}

func readReply(reader *bufio.Reader) (string, error) {
	line, err := reader.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", errors.New("an empty reply")
	}
	switch kind, rest := line[0], line[1:]; kind {
	case '+':
		return rest, nil
	case '-':
		return "", errors.New(rest)
	case '$':
		length, err := strconv.Atoi(rest)
		if err != nil || length < 0 {
			return "", fmt.Errorf("a reply of length %q", rest)
		}
		value := make([]byte, length)
		_, err = io.ReadFull(reader, value)
		return string(value), err
	default:
		return "", fmt.Errorf("a reply that begins with %q", kind)
	}
}
