package chaos

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gantry.example/prices/prices"
)

// promised is how long the service may take to answer, whatever the catalog does.
const promised = time.Second

// quote is what the service answers.
type quote struct {
	ID    string `json:"id"`
	Price string `json:"price"`
	Stale bool   `json:"stale"`
}

// TestKeepsItsPromise is one experiment for each fault: the steady state, the fault, and the steady state again.
func TestKeepsItsPromise(t *testing.T) {
	for _, fault := range []fault{stalls} {
		t.Run(string(fault), func(t *testing.T) {
			catalog := newCatalog(t)
			service := httptest.NewServer(prices.New(catalog.URL, true))
			t.Cleanup(service.Close)

			catalog.set(none, "100")
			want(t, service, quote{ID: "tea", Price: "100"})
			catalog.set(fault, "200")
			want(t, service, quote{ID: "tea", Price: "100", Stale: true})
			catalog.set(none, "300")
			want(t, service, quote{ID: "tea", Price: "300"})
		})
	}
}

// want asks the service, and fails the test unless it answers that in the time it promised.
func want(t *testing.T, service *httptest.Server, wanted quote) {
	t.Helper()
	begin := time.Now()
	response, err := http.Get(service.URL + "/prices/" + wanted.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var got quote
	err = json.NewDecoder(response.Body).Decode(&got)
	if took := time.Since(begin); took > promised {
		t.Fatalf("answered after %v, promised is %v", took.Round(time.Millisecond), promised)
	}
	if err != nil || response.StatusCode != http.StatusOK || got != wanted {
		t.Fatalf("got %s %+v, want %+v", response.Status, got, wanted)
	}
}
