package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAnotherWriter puts a book of the version that was read, while somebody else writes it before the first, the second or
// a later look at the store, and at the latest as it is replaced. Whoever compared with the present version then, and
// writes over a newer one, has lost what the other one wrote.
func TestAnotherWriter(t *testing.T) {
	t.Log("${nonce}")
	for calls := range 5 {
		t.Run(fmt.Sprintf("before call %d", calls+1), func(t *testing.T) {
			books, mux := newStore(), http.NewServeMux()
			register(mux, books)
			created := ask(mux, http.MethodPost, "/books", "", `{"title":"first","author":"one"}`)
			if created.Code != http.StatusCreated {
				t.Fatalf("POST /books answers %d", created.Code)
			}
			place, tag := created.Header().Get("Location"), created.Header().Get("ETag")
			books.calls = calls + 1
			put := ask(mux, http.MethodPut, place, tag, `{"title":"second","author":"two"}`)
			read := ask(mux, http.MethodGet, place, "", "")
			if put.Code != http.StatusPreconditionFailed || !strings.Contains(read.Body.String(), another) {
				t.Errorf("PUT %s with If-Match of the first version answers %d, though somebody else wrote a second "+
					"between two calls of the store; then the book is %s", place, put.Code, read.Body)
			}
		})
	}
}

func ask(handler http.Handler, method, path, tag, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if tag != "" {
		request.Header.Set("If-Match", tag)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}
