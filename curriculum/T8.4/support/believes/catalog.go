package prices

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// longestPrice is the most that is read of an answer, in bytes.
const longestPrice = 1 << 10

// catalog is the service of another team that knows the prices.
type catalog struct {
	url    string
	client *http.Client
}

func newCatalog(url string) *catalog {
	return &catalog{url: strings.TrimSuffix(url, "/"), client: &http.Client{}}
}

// quote makes one call and waits for the whole answer, as long as ctx allows.
func (c *catalog) quote(ctx context.Context, id string) (quote, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/prices/"+url.PathEscape(id), http.NoBody)
	if err != nil {
		return quote{}, err
	}
	response, err := c.client.Do(request)
	if err != nil {
		return quote{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, longestPrice))
	if err != nil {
		return quote{}, err
	}
	return quote{ID: id, Price: string(body)}, nil
}
