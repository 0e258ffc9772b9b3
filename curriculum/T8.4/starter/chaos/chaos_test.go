package chaos

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"gantry.example/prices/prices"
)

// TestKeepsItsPromise asks while the catalog is slow. It does not look at what comes back yet.
func TestKeepsItsPromise(t *testing.T) {
	catalog := newCatalog(t)
	service := httptest.NewServer(prices.New(catalog.URL, true))
	t.Cleanup(service.Close)

	catalog.set(slow, "100")
	response, err := http.Get(service.URL + "/prices/tea")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
}
