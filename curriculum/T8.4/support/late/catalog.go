package prices

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
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

// bodyPatience is how long the body of an answer may take.
const bodyPatience = 300 * time.Millisecond

// quote makes one call and waits for the whole answer, as long as ctx allows; for the body not longer than bodyPatience.
func (c *catalog) quote(ctx context.Context, id string) (quote, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/prices/"+url.PathEscape(id), http.NoBody)
	if err != nil {
		return quote{}, err
	}
	response, err := c.client.Do(request)
	if err != nil {
		return quote{}, err
	}
	defer response.Body.Close()
	defer time.AfterFunc(bodyPatience, cancel).Stop()
	body, err := io.ReadAll(io.LimitReader(response.Body, longestPrice))
	if err != nil {
		return quote{}, err
	}
	if response.StatusCode != http.StatusOK {
		return quote{}, fmt.Errorf("the catalog answered %s", response.Status)
	}
	return quote{ID: id, Price: string(body)}, nil
}
