// Package client asks the catalog, which is another process.
package client

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// timeout bounds one question: a catalog that hangs is as good as none.
const timeout = time.Second

// Client asks the catalog at an address.
type Client struct {
	base *url.URL
	http *http.Client
}

// New returns a client of the catalog at base.
func New(base *url.URL) *Client {
	return &Client{base: base, http: &http.Client{Timeout: timeout}}
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

// Register passes what is for the catalog on to it: who calls the shop need not know that it was split.
func (c *Client) Register(mux *http.ServeMux) {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(c.base) },
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			slog.ErrorContext(r.Context(), "the catalog does not answer", "error", err)
			http.NotFound(w, r)
		},
	}
	mux.Handle("/products", proxy)
	mux.Handle("/products/", proxy)
}
