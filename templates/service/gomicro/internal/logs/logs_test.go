package logs_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"go-micro.dev/v5/logger"

	"example.com/orders/internal/logs"
)

func TestWritesOneLogWithTheRest(t *testing.T) {
	var written bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewJSONHandler(&written, nil)))
	logs.Micro{}.Fields(map[string]any{"node": "a"}).Logf(logger.ErrorLevel, "lost %d calls", 2)
	logs.Micro{}.Log(logger.InfoLevel, "of no interest")
	if got := written.String(); !strings.Contains(got, `"level":"ERROR","msg":"lost 2 calls","node":"a"`) || strings.Contains(got, "interest") {
		t.Errorf("got %s", got)
	}
}
