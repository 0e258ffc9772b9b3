// Command stock knows what there is.
package main

import (
	"io"
	"net/http"

	"gantry.example/shop/serve"
	"gantry.example/shop/telemetry"
)

func main() {
	serve.Run("stock", func(mux *http.ServeMux) {
		mux.Handle("GET /article/{name}", telemetry.Handler("GET /article/{name}", http.HandlerFunc(article)))
	})
}

func article(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if name != "bolt" {
		http.Error(w, "no such article", http.StatusNotFound)
		return
	}
	_, _ = io.WriteString(w, name)
}
