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
		mux.Handle("GET /article", telemetry.Handler("GET /article", http.HandlerFunc(article)))
	})
}

func article(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "bolt")
}
