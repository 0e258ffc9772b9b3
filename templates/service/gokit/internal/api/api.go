// Package api is the service's HTTP API: endpoints of Go kit behind its HTTP transport.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-kit/kit/endpoint"
	kithttp "github.com/go-kit/kit/transport/http"
)

// badRequest is what the caller did wrong.
type badRequest string

func (b badRequest) Error() string { return string(b) }

// made is the response of the endpoint that adds.
type made struct{ Item }

func (made) StatusCode() int { return http.StatusCreated }

func (m made) Headers() http.Header { return http.Header{"Location": {"/items/" + m.ID}} }

// New serves POST /items and GET /items/{id}.
func New(store Store) http.Handler {
	add := logged("add")(func(ctx context.Context, request any) (any, error) {
		item, err := store.Add(ctx, request.(Item))
		return made{item}, err
	})
	find := logged("find")(func(ctx context.Context, request any) (any, error) {
		return store.Find(ctx, request.(string))
	})
	options := kithttp.ServerErrorEncoder(encodeError)
	mux := http.NewServeMux()
	mux.Handle("POST /items", kithttp.NewServer(add, decodeItem, kithttp.EncodeJSONResponse, options))
	mux.Handle("GET /items/{id}", kithttp.NewServer(find, decodeID, kithttp.EncodeJSONResponse, options))
	return mux
}

func decodeItem(_ context.Context, r *http.Request) (any, error) {
	var item Item
	decoder := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20))
	decoder.DisallowUnknownFields()
	switch err := decoder.Decode(&item); {
	case err != nil:
		return nil, badRequest("the body is not a valid item")
	case item.Name == "":
		return nil, badRequest("name is missing")
	case item.Quantity < 1:
		return nil, badRequest("quantity must be at least 1")
	}
	return item, nil
}

func decodeID(_ context.Context, r *http.Request) (any, error) { return r.PathValue("id"), nil }

// logged writes one line for each call.
func logged(method string) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, request any) (response any, err error) {
			defer func(began time.Time) {
				slog.InfoContext(ctx, "called", "method", method, "took", time.Since(began), "error", err)
			}(time.Now())
			return next(ctx, request)
		}
	}
}

// encodeError tells the caller what they can act upon; the cause stands in the log.
func encodeError(_ context.Context, err error, w http.ResponseWriter) {
	status, text := http.StatusInternalServerError, "internal error"
	if wrong, is := errors.AsType[badRequest](err); is {
		status, text = http.StatusBadRequest, wrong.Error()
	} else if errors.Is(err, ErrNotFound) {
		status, text = http.StatusNotFound, err.Error()
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": text})
}
