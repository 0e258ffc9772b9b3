// Command shop is where the metrics come from that rules.yml is about.
package main

import (
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

var (
	// payments has a result: "ok" or "failed".
	payments = promauto.NewCounterVec(
		prometheus.CounterOpts{Name: "payments_total", Help: "Payments, by shop and result."},
		[]string{"shop", "result"},
	)
	waiting = promauto.NewGaugeVec(
		prometheus.GaugeOpts{Name: "orders_waiting", Help: "Orders that are paid and not shipped."},
		[]string{"shop"},
	)
	shipped = promauto.NewCounterVec(
		prometheus.CounterOpts{Name: "orders_shipped_total", Help: "Orders that were shipped."},
		[]string{"shop"},
	)
)

// main is finished; the lesson is about rules.yml.
func main() {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.Handler())
	mux.HandleFunc("POST /{shop}/payments/{result}", func(_ http.ResponseWriter, r *http.Request) {
		payments.WithLabelValues(r.PathValue("shop"), r.PathValue("result")).Inc()
		if r.PathValue("result") == "ok" {
			waiting.WithLabelValues(r.PathValue("shop")).Inc()
			// From 0 on: what is not there yet has no increase.
			shipped.WithLabelValues(r.PathValue("shop"))
		}
	})
	mux.HandleFunc("POST /{shop}/shipments", func(_ http.ResponseWriter, r *http.Request) {
		waiting.WithLabelValues(r.PathValue("shop")).Dec()
		shipped.WithLabelValues(r.PathValue("shop")).Inc()
	})
	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", os.Getenv("PORT")),
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
	}
	if err := server.ListenAndServe(); err != nil {
		slog.Error("the service failed", "error", err)
		os.Exit(1)
	}
}
