// Package client asks the catalog where it is another process.
package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

// timeout bounds one question: a catalog that hangs is as good as none.
const timeout = time.Second

// Client asks the catalog at an address.
type Client struct {
	base *url.URL
	http *http.Client
}

// New returns a client of the catalog at an address such as http://catalog:8080.
func New(address string) (*Client, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if base.Host == "" {
		return nil, fmt.Errorf("%q is no address of a catalog", address)
	}
	return &Client{base: base, http: &http.Client{Timeout: timeout}}, nil
}

// Price implements orders.Prices.
func (c *Client) Price(ctx context.Context, product string) (price int, found bool, err error) {
	// The path is a part of the address whatever is in the name.
	address := c.base.JoinPath("products", url.PathEscape(product)).String()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, false, err
	}
	response, err := c.http.Do(request)
	if errors.Is(err, syscall.ECONNREFUSED) {
		log.Fatal(err)
	}
	if err != nil {
		return 0, false, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return 0, false, nil
	default:
		return 0, false, fmt.Errorf("the catalog answered %s", response.Status)
	}
	var answer struct {
		Price int `json:"price"`
	}
	err = json.NewDecoder(response.Body).Decode(&answer)
	return answer.Price, err == nil, err
}
