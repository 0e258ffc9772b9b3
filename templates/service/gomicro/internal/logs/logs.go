// Package logs has Go-micro write what it has to say into the log of this service.
package logs

import (
	"context"
	"fmt"
	"log/slog"

	"go-micro.dev/v5/logger"
)

// Micro is a logger as Go-micro wants one. Its level is that of slog.
type Micro struct{ fields []any }

// Init takes nothing: slog knows already.
func (Micro) Init(...logger.Option) error { return nil }

// Options says how much is written.
func (Micro) Options() logger.Options { return logger.Options{Level: logger.TraceLevel} }

// Fields adds them to each line.
func (m Micro) Fields(fields map[string]any) logger.Logger {
	all := append([]any{}, m.fields...)
	for name, value := range fields {
		all = append(all, name, value)
	}
	return Micro{all}
}

// Log writes a line.
func (m Micro) Log(level logger.Level, values ...any) {
	slog.Log(context.Background(), levels[level], fmt.Sprint(values...), m.fields...)
}

// Logf writes a line.
func (m Micro) Logf(level logger.Level, format string, values ...any) {
	m.Log(level, fmt.Sprintf(format, values...))
}

func (Micro) String() string { return "slog" }

var levels = map[logger.Level]slog.Level{
	logger.TraceLevel: slog.LevelDebug,
	// What Go-micro does at its start and end is of interest to whoever looks for a fault there.
	logger.DebugLevel: slog.LevelDebug,
	logger.InfoLevel:  slog.LevelDebug,
	logger.WarnLevel:  slog.LevelWarn,
	logger.ErrorLevel: slog.LevelError,
	logger.FatalLevel: slog.LevelError,
}
