package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/orders/internal/api"
)

func ask(handler http.Handler, method, path, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func TestKeepsAnItem(t *testing.T) {
	handler := api.New(api.NewMemory())
	made := ask(handler, http.MethodPost, "/items", `{"name": "tea", "quantity": 2}`)
	if made.Code != http.StatusCreated {
		t.Fatalf("got %d %s", made.Code, made.Body)
	}
	found := ask(handler, http.MethodGet, made.Header().Get("Location"), "")
	var item api.Item
	if err := json.Unmarshal(found.Body.Bytes(), &item); err != nil || found.Code != http.StatusOK {
		t.Fatalf("got %d, %v", found.Code, err)
	}
	if want := (api.Item{ID: item.ID, Name: "tea", Quantity: 2}); item != want || item.ID == "" {
		t.Errorf("got %+v", item)
	}
}

func TestRefuses(t *testing.T) {
	tests := map[string]struct {
		method, path, body string
		status             int
	}{
		"no JSON":         {"POST", "/items", "tea", http.StatusBadRequest},
		"no name":         {"POST", "/items", `{"quantity": 1}`, http.StatusBadRequest},
		"no quantity":     {"POST", "/items", `{"name": "tea"}`, http.StatusBadRequest},
		"an unknown item": {"GET", "/items/none", "", http.StatusNotFound},
		"an unknown path": {"GET", "/nowhere", "", http.StatusNotFound},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := ask(api.New(api.NewMemory()), test.method, test.path, test.body); got.Code != test.status {
				t.Errorf("got %d %s", got.Code, got.Body)
			}
		})
	}
}

type broken struct{}

var errSecret = errors.New("secret: the database is at 10.0.0.7")

func (broken) Add(context.Context, api.Item) (api.Item, error) { return api.Item{}, errSecret }
func (broken) Find(context.Context, string) (api.Item, error)  { return api.Item{}, errSecret }

func TestDoesNotTellWhatIsNobodysBusiness(t *testing.T) {
	for _, got := range []*httptest.ResponseRecorder{
		ask(api.New(broken{}), http.MethodPost, "/items", `{"name": "tea", "quantity": 1}`),
		ask(api.New(broken{}), http.MethodGet, "/items/1", ""),
	} {
		if got.Code != http.StatusInternalServerError || strings.Contains(got.Body.String(), "secret") {
			t.Errorf("got %d %s", got.Code, got.Body)
		}
	}
}
