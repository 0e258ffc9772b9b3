// Command notes keeps notes in memory. It is made with the kit of this lesson.
package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"gantry.example/notes/kit"
)

// main is finished; the lesson is about the folder kit.
func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := run(log); err != nil {
		log.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

func run(log *slog.Logger) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	config, err := kit.LoadConfig(os.Getenv)
	if err != nil {
		return err
	}
	app := kit.New(config, log, logged(log))
	kept := &notes{texts: map[string]string{}}
	group := app.Group("/notes")
	group.Handle(http.MethodPut, "/{name}", kept.write)
	group.Handle(http.MethodGet, "/{name}", kept.read)
	app.Handle(http.MethodGet, "/echo", echo)
	return app.Run(ctx)
}

// echo answers what it is asked, after so many milliseconds: it stands for whatever takes its time.
func echo(w http.ResponseWriter, r *http.Request) error {
	delay, err := time.ParseDuration(r.FormValue("ms") + "ms")
	if err != nil {
		return &kit.Error{Status: http.StatusBadRequest, Fields: map[string]string{"ms": "is no number"}}
	}
	select {
	case <-time.After(delay):
	case <-r.Context().Done():
		return r.Context().Err()
	}
	_, err = io.WriteString(w, r.FormValue("nonce"))
	return err
}

// logged says how long each request took.
func logged(log *slog.Logger) kit.Middleware {
	return func(next kit.Handler) kit.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			start := time.Now()
			err := next(w, r)
			log.InfoContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path,
				"took", time.Since(start), "error", err)
			return err
		}
	}
}

// note is one note as it is sent.
type note struct {
	Text string `json:"text"`
}

// Validate implements kit.Validator.
func (n note) Validate() map[string]string {
	if n.Text == "" {
		return map[string]string{"text": "is missing"}
	}
	return nil
}

// notes keeps texts by name.
type notes struct {
	mu    sync.Mutex
	texts map[string]string
}

func (n *notes) write(w http.ResponseWriter, r *http.Request) error {
	sent, err := kit.Bind[note](w, r)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.texts[r.PathValue("name")] = sent.Text
	return kit.JSON(w, http.StatusOK, sent)
}

func (n *notes) read(w http.ResponseWriter, r *http.Request) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	text, ok := n.texts[r.PathValue("name")]
	if !ok {
		return &kit.Error{Status: http.StatusNotFound, Detail: "there is no such note"}
	}
	return kit.JSON(w, http.StatusOK, note{Text: text})
}
