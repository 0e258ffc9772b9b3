// Package prices tells prices that another service knows. service.go and catalog.go are finished.
package prices

import (
	"context"
	"encoding/json"
	"net/http"
)

// quote is a price as a caller reads it.
type quote struct {
	ID    string `json:"id"`
	Price string `json:"price"`
	// Stale says that this was the price when the catalog last told it.
	Stale bool `json:"stale"`
}

// source knows prices.
type source interface {
	quote(ctx context.Context, id string) (quote, error)
}

// New returns the service in front of the catalog at the URL. Without protection it passes on whatever the catalog does.
func New(catalogURL string, protected bool) http.Handler {
	var asked source = newCatalog(catalogURL)
	if protected {
		asked = newGuard(asked)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /prices/{id}", func(w http.ResponseWriter, r *http.Request) {
		found, err := asked.quote(r.Context(), r.PathValue("id"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(found)
	})
	return mux
}
