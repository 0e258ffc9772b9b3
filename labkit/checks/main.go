// gantry-checks does for the curriculum's checks what exists in Go only: a NATS server, Prometheus' own rules engine, an
// xDS client, a collector of traces, a proxy that disturbs, and questions about Go source.
//
// It reads requests from standard input, one JSON object a line, `{"id":1,"do":"nats.start","with":{…}}`, and answers each
// on standard output, `{"id":1,"result":{…}}` or `{"id":1,"error":"…"}`, not always in their order. It ends, and takes all it
// started with it, when standard input does. Everything it opens is on loopback.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

type request struct {
	ID   int             `json:"id"`
	Do   string          `json:"do"`
	With json.RawMessage `json:"with"`
}

type answer struct {
	ID     int    `json:"id"`
	Result any    `json:"result,omitempty"`
	Error  string `json:"error,omitempty"`
}

// longestRequest bounds a line: rules, series and messages of a check are far smaller.
const longestRequest = 16 << 20

func main() {
	works := map[string]func(json.RawMessage) (any, error){}
	for _, part := range []map[string]func(json.RawMessage) (any, error){
		natsWorks(), otlpWorks(), toxicWorks(), rulesWorks(), xdsWorks(), sourceWorks(),
	} {
		for name, work := range part {
			works[name] = work
		}
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 64<<10), longestRequest)
	var writing sync.Mutex
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, "not a request:", err)
			os.Exit(2)
		}
		go func() {
			given := perform(works[asked.Do], asked)
			writing.Lock()
			defer writing.Unlock()
			if out.Encode(given) != nil {
				os.Exit(1)
			}
		}()
	}
}

// perform turns a panic of a library into an answer: one question must not end what the others need.
func perform(work func(json.RawMessage) (any, error), asked request) (given answer) {
	defer func() {
		if caught := recover(); caught != nil {
			given = answer{ID: asked.ID, Error: fmt.Sprint(caught)}
		}
	}()
	if work == nil {
		return answer{ID: asked.ID, Error: "there is no " + asked.Do}
	}
	result, err := work(asked.With)
	if err != nil {
		return answer{ID: asked.ID, Error: err.Error()}
	}
	return answer{ID: asked.ID, Result: result}
}

// with makes a work of a function that takes its parameters as a struct.
func with[P, R any](work func(P) (R, error)) func(json.RawMessage) (any, error) {
	return func(raw json.RawMessage) (any, error) {
		var given P
		if len(raw) > 0 {
			if err := json.Unmarshal(raw, &given); err != nil {
				return nil, err
			}
		}
		return work(given)
	}
}

// registry keeps what was started under a name that is given once.
type registry[T any] struct {
	mu   sync.Mutex
	all  map[string]T
	kind string
}

func newRegistry[T any](kind string) *registry[T] {
	return &registry[T]{all: map[string]T{}, kind: kind}
}

func (r *registry[T]) add(one T) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := fmt.Sprintf("%s-%d", r.kind, len(r.all))
	r.all[name] = one
	return name
}

func (r *registry[T]) get(name string) (T, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	one, ok := r.all[name]
	if !ok {
		return one, fmt.Errorf("there is no %s", name)
	}
	return one, nil
}
