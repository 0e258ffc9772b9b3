package chaos

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gantry.example/prices/prices"
)

const (
	// promised is how long the service may take to answer, whatever the catalog does.
	promised = time.Second
	// recovery is how long it may take to tell the present price again.
	recovery = 3 * time.Second
	// lookEvery is the pause between looks at whether it does.
	lookEvery = 50 * time.Millisecond
)

// quote is what the service answers.
type quote struct {
	ID    string `json:"id"`
	Price string `json:"price"`
	Stale bool   `json:"stale"`
}

// TestKeepsItsPromise is one experiment for each fault: the steady state, the fault, and the steady state again.
func TestKeepsItsPromise(t *testing.T) {
	for _, fault := range []fault{slow, stalls, cuts, fails} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			catalog := newCatalog(t)
			service := httptest.NewServer(prices.New(catalog.URL, true))
			t.Cleanup(service.Close)

			catalog.set(none, "100")
			want(t, service, quote{ID: "tea", Price: "100"})
			catalog.set(fault, "200")
			want(t, service, quote{ID: "tea", Price: "100", Stale: true})
			wantNoPrice(t, service, "salt")
			catalog.set(none, "300")
			want(t, service, quote{ID: "tea", Price: "300"})
		})
	}
}

// want fails the test unless the service answers that.
func want(t *testing.T, service *httptest.Server, wanted quote) {
	t.Helper()
	if status, got := ask(t, service, wanted.ID); status != http.StatusOK || got != wanted {
		t.Fatalf("got %d %+v, want %+v", status, got, wanted)
	}
}

// wantNoPrice fails the test when the service tells a price that it never knew.
func wantNoPrice(t *testing.T, service *httptest.Server, id string) {
	t.Helper()
	if status, got := ask(t, service, id); status != http.StatusServiceUnavailable {
		t.Fatalf("got %d %+v, want 503", status, got)
	}
}

// wantSoon fails the test unless the service answers that by the end of the time it may take to recover.
func wantSoon(t *testing.T, service *httptest.Server, wanted quote) {
	t.Helper()
	for end := time.Now().Add(recovery); time.Now().Before(end); time.Sleep(lookEvery) {
		if status, got := ask(t, service, wanted.ID); status == http.StatusOK && got == wanted {
			return
		}
	}
	want(t, service, wanted)
}

// ask fails the test unless the service answers in the time it promised.
func ask(t *testing.T, service *httptest.Server, id string) (int, quote) {
	t.Helper()
	begin := time.Now()
	response, err := http.Get(service.URL + "/prices/" + id)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > promised {
		t.Fatalf("answered after %v, promised is %v", took.Round(time.Millisecond), promised)
	}
	var got quote
	if response.StatusCode != http.StatusOK {
		return response.StatusCode, got
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, got
}
