package kit_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gantry.example/notes/kit"
)

// draw gives what no kit can know beforehand, and the same again for the same nonce.
var draw = rand.New(rand.NewChaCha8(sha256.Sum256([]byte("${nonce}"))))

func word() string { return "w" + strconv.FormatUint(draw.Uint64(), 36) }

// asked is what came back.
type asked struct {
	status int
	header http.Header
	body   string
}

func ask(h http.Handler, method, path, body string) asked {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	return asked{recorder.Code, recorder.Header(), recorder.Body.String()}
}

// problem is how the kit tells an error.
type problem struct {
	Title  string
	Status int
	Detail string
	Fields map[string]string
}

func wantProblem(t *testing.T, of string, got asked, status int) problem {
	t.Helper()
	var told problem
	if got.status != status {
		t.Fatalf("%s: got status %d, want %d; the body is %q", of, got.status, status, got.body)
	}
	if kind := got.header.Get("Content-Type"); kind != "application/problem+json" {
		t.Fatalf("%s: got Content-Type %q, want application/problem+json", of, kind)
	}
	if err := json.Unmarshal([]byte(got.body), &told); err != nil || told.Status != status {
		t.Fatalf("%s: got the body %q, want a JSON object whose status is %d", of, got.body, status)
	}
	return told
}

func want(t *testing.T, of string, got asked, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Fatalf("%s: got %d %q, want %d %q", of, got.status, got.body, status, body)
	}
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

func says(text string) kit.Handler {
	return func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func TestRoutes(t *testing.T) {
	r := kit.NewRouter(silent())
	a, b, prefix := word(), word(), "/"+word()
	r.Handle("GET", "/"+a, says(a))
	r.Handle("POST", "/"+a, says("posted "+a))
	shops := r.Group(prefix).Group("/{shop}")
	shops.Handle("GET", "/items/{item}", func(w http.ResponseWriter, r *http.Request) error {
		_, err := fmt.Fprintf(w, "%s of %s", r.PathValue("item"), r.PathValue("shop"))
		return err
	})
	want(t, "GET of a route", ask(r, "GET", "/"+a, ""), 200, a)
	want(t, "POST of the same path", ask(r, "POST", "/"+a, ""), 200, "posted "+a)
	for range 5 {
		shop, item := word(), word()
		path := prefix + "/" + shop + "/items/" + item
		want(t, "parameters of a group and of its route", ask(r, "GET", path, ""), 200, item+" of "+shop)
	}
	want(t, "an encoded parameter", ask(r, "GET", prefix+"/"+b+"/items/x%2F"+b, ""), 200, "x/"+b+" of "+b)
	t.Log("${nonce}")
}

// Two services in one process share nothing.
func TestTwoServices(t *testing.T) {
	one, two := kit.NewRouter(silent()), kit.NewRouter(silent())
	path, first, second := "/"+word(), word(), word()
	one.Handle("GET", path, says(first))
	two.Handle("GET", path, says(second))
	want(t, "the first service", ask(one, "GET", path, ""), 200, first)
	want(t, "the second service", ask(two, "GET", path, ""), 200, second)
	t.Log("${nonce}")
}

// marks writes its name before and after what it is around.
func marks(trail *[]string, name string) kit.Middleware {
	return func(next kit.Handler) kit.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			*trail = append(*trail, name)
			err := next(w, r)
			*trail = append(*trail, "/"+name)
			return err
		}
	}
}

func TestOrder(t *testing.T) {
	var trail []string
	names := make([]string, 7)
	around := make([]kit.Middleware, 7)
	for i := range names {
		names[i] = word()
		around[i] = marks(&trail, names[i])
	}
	r := kit.NewRouter(silent(), around[0], around[1])
	group := r.Group("/a", around[2], around[3]).Group("/b", around[4])
	group.Handle("GET", "/c", func(http.ResponseWriter, *http.Request) error {
		trail = append(trail, "handler")
		return nil
	}, around[5], around[6])
	ask(r, "GET", "/a/b/c", "")
	expected := append(slices.Clone(names), "handler")
	for _, name := range slices.Backward(names) {
		expected = append(expected, "/"+name)
	}
	if !slices.Equal(trail, expected) {
		t.Fatalf("router, group, group in it, route:\ngot  %v\nwant %v", trail, expected)
	}
	t.Log("${nonce}")
}

// Groups of one router, and the router itself, have nothing of one another's middleware.
func TestSiblings(t *testing.T) {
	for length := range 9 {
		var trail []string
		shared := make([]kit.Middleware, length, 16)
		for i := range shared {
			shared[i] = marks(&trail, "shared")
		}
		r := kit.NewRouter(silent(), shared...).Group("")
		one, two := r.Group("/one", marks(&trail, "one")), r.Group("/two", marks(&trail, "two"))
		one.Handle("GET", "/x", says("x"), marks(&trail, "x"))
		one.Handle("GET", "/y", says("y"), marks(&trail, "y"))
		two.Handle("GET", "/x", says("x"))
		r.Handle("GET", "/z", says("z"))
		for path, own := range map[string][]string{
			"/one/x": {"one", "x"}, "/one/y": {"one", "y"}, "/two/x": {"two"}, "/z": {},
		} {
			trail = nil
			ask(r, "GET", path, "")
			got := slices.DeleteFunc(slices.Clone(trail), func(name string) bool {
				return name == "shared" || strings.HasPrefix(name, "/")
			})
			if !slices.Equal(got, own) {
				t.Fatalf("%s behind %d of the router: got its own middleware %v, want %v", path, length, got, own)
			}
		}
	}
	t.Log("${nonce}")
}

func TestUnmatched(t *testing.T) {
	path, seen := "/"+word(), 0
	r := kit.NewRouter(silent(), func(next kit.Handler) kit.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			seen++
			return next(w, r)
		}
	})
	r.Handle("GET", path, says("here"))
	r.Handle("PUT", path, says("put"))
	wantProblem(t, "a path that there is not", ask(r, "GET", path+"x", ""), 404)
	want(t, "a path that there is", ask(r, "GET", path, ""), 200, "here")
	got := ask(r, "DELETE", path, "")
	wantProblem(t, "a method that the path has not", got, 405)
	for _, method := range []string{"GET", "PUT"} {
		if !strings.Contains(got.header.Get("Allow"), method) {
			t.Fatalf("405: got Allow %q, want it to name %s", got.header.Get("Allow"), method)
		}
	}
	if seen != 3 {
		t.Fatalf("the router's middleware saw %d of 3 requests, want all: those that no route takes, too", seen)
	}
	t.Log("${nonce}")
}

// A path that ends in a slash is that path, not all that is below it.
func TestExact(t *testing.T) {
	r := kit.NewRouter(silent())
	r.Handle("GET", "/", says("home"))
	group := "/" + word()
	r.Group(group).Handle("GET", "/{id}/", says("dir"))
	want(t, "GET /", ask(r, "GET", "/", ""), 200, "home")
	wantProblem(t, "a path below /, which is a route", ask(r, "GET", "/"+word(), ""), 404)
	want(t, "GET /{id}/ of a group", ask(r, "GET", group+"/"+word()+"/", ""), 200, "dir")
	wantProblem(t, "a path below it", ask(r, "GET", group+"/"+word()+"/"+word(), ""), 404)
	t.Log("${nonce}")
}

func TestErrors(t *testing.T) {
	detail, field := word(), word()
	var seen error
	r := kit.NewRouter(silent(), func(next kit.Handler) kit.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			seen = next(w, r)
			return seen
		}
	})
	status := 400 + draw.IntN(18)
	told := &kit.Error{Status: status, Detail: detail, Fields: map[string]string{field: detail}}
	r.Handle("GET", "/", func(http.ResponseWriter, *http.Request) error { return told })
	got := wantProblem(t, "a kit.Error", ask(r, "GET", "/", ""), status)
	if got.Detail != detail || got.Fields[field] != detail {
		t.Fatalf("a kit.Error: got %+v, want its detail and its field, %q", got, detail)
	}
	if !errors.Is(seen, told) {
		t.Fatalf("the middleware got the error %v, want what the handler returned", seen)
	}
	t.Log("${nonce}")
}

func TestWrapped(t *testing.T) {
	detail := word()
	r := kit.NewRouter(silent())
	r.Handle("GET", "/", func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("around it: %w", &kit.Error{Status: 409, Detail: detail})
	})
	got := wantProblem(t, "a kit.Error inside another error", ask(r, "GET", "/", ""), 409)
	if got.Detail != detail {
		t.Fatalf("a kit.Error inside another: got the detail %q, want %q", got.Detail, detail)
	}
	t.Log("${nonce}")
}

func TestSecrets(t *testing.T) {
	var log bytes.Buffer
	secret := word()
	r := kit.NewRouter(slog.New(slog.NewTextHandler(&log, nil)))
	r.Handle("GET", "/", func(http.ResponseWriter, *http.Request) error { return errors.New(secret) })
	got := ask(r, "GET", "/", "")
	wantProblem(t, "an error that is no kit.Error", got, 500)
	if strings.Contains(got.body, secret) {
		t.Fatalf("the caller is told the text of an error that is no kit.Error: %s", got.body)
	}
	if !strings.Contains(log.String(), secret) {
		t.Fatal("the log that the router was given lacks the text of an error that the caller is not told")
	}
	t.Log("${nonce}")
}

// serve starts a real server, for what a recorder cannot show.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

func TestPanics(t *testing.T) {
	var log bytes.Buffer
	cause, fine := word(), word()
	r := kit.NewRouter(slog.New(slog.NewTextHandler(&log, nil)))
	r.Handle("GET", "/panics", func(http.ResponseWriter, *http.Request) error { panic(cause) })
	r.Handle("GET", "/around", says("never"), func(kit.Handler) kit.Handler {
		return func(http.ResponseWriter, *http.Request) error {
			var none map[string]string
			none[cause] = cause
			return nil
		}
	})
	r.Handle("GET", "/fine", says(fine))
	base := serve(t, r)
	for _, path := range []string{"/panics", "/around"} {
		got, err := fetch(base + path)
		if err != nil {
			t.Fatalf("a panic in %s: got %v, want an answer", path[1:], err)
		}
		wantProblem(t, "a panic in "+path[1:], got, 500)
		if strings.Contains(got.body, cause) {
			t.Fatalf("the caller is told what the panic was: %s", got.body)
		}
	}
	if !strings.Contains(log.String(), cause) {
		t.Fatalf("the log lacks what the panic was, %q", cause)
	}
	got, err := fetch(base + "/fine")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the request after the panics", got, 200, fine)
	t.Log("${nonce}")
}

// http.ErrAbortHandler is how a handler of net/http asks that the connection be cut.
func TestAborts(t *testing.T) {
	r := kit.NewRouter(silent())
	r.Handle("GET", "/", func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) })
	if got, err := fetch(serve(t, r) + "/"); err == nil {
		t.Fatalf("panic(http.ErrAbortHandler): got %d %q, want the connection cut", got.status, got.body)
	}
	t.Log("${nonce}")
}

func fetch(url string) (asked, error) {
	response, err := http.Get(url)
	if err != nil {
		return asked{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return asked{response.StatusCode, response.Header, string(body)}, err
}

// begun returns what came of answers that had begun when their handler returned an error, and when it panicked.
func begun(t *testing.T, part string) (answers []asked, errs []error) {
	r := kit.NewRouter(silent())
	begins := func(end func() error) kit.Handler {
		return func(w http.ResponseWriter, _ *http.Request) error {
			if _, err := io.WriteString(w, part); err != nil {
				return err
			}
			return end()
		}
	}
	r.Handle("GET", "/returns", begins(func() error { return errors.New("too late") }))
	r.Handle("GET", "/panics", begins(func() error { panic("too late") }))
	base := serve(t, r)
	for _, path := range []string{"/returns", "/panics"} {
		got, err := fetch(base + path)
		answers, errs = append(answers, got), append(errs, err)
	}
	return answers, errs
}

func TestBegun(t *testing.T) {
	part := word()
	answers, _ := begun(t, part)
	for _, got := range answers {
		if got.body != part && got.body != "" {
			t.Fatalf("an answer that had begun, %q, was followed by another: got %q", part, got.body)
		}
	}
	t.Log("${nonce}")
}

func TestCut(t *testing.T) {
	answers, errs := begun(t, word())
	for i, err := range errs {
		if err == nil {
			t.Fatalf("an answer that had begun and failed looks whole: got %d %q, want the connection cut",
				answers[i].status, answers[i].body)
		}
	}
	t.Log("${nonce}")
}

// A handler can send a part, though the kit stands between it and the server.
func TestStreams(t *testing.T) {
	part, rest := word(), word()
	goOn := make(chan struct{})
	r := kit.NewRouter(silent())
	r.Handle("GET", "/stream", func(w http.ResponseWriter, r *http.Request) error {
		fmt.Fprintln(w, part)
		if err := http.NewResponseController(w).Flush(); err != nil {
			return fmt.Errorf("flush: %w", err)
		}
		select {
		case <-goOn:
		case <-r.Context().Done():
		}
		fmt.Fprintln(w, rest)
		return nil
	})
	response, err := (&http.Client{Timeout: 10 * time.Second}).Get(serve(t, r) + "/stream")
	if err != nil {
		t.Fatalf("http.ResponseController cannot flush what the kit hands to a handler: %v", err)
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	if first, err := lines.ReadString('\n'); err != nil || strings.TrimSpace(first) != part {
		t.Fatalf("the part that was flushed: got %q, %v, want %q", first, err, part)
	}
	close(goOn)
	if second, _ := lines.ReadString('\n'); strings.TrimSpace(second) != rest {
		t.Fatalf("the rest: got %q, want %q", second, rest)
	}
	t.Log("${nonce}")
}

type byValue struct{ Name string }

func (v byValue) Validate() map[string]string { return lacks(v.Name) }

type byPointer struct{ Name string }

func (p *byPointer) Validate() map[string]string { return lacks(p.Name) }

type unasked struct{ Name string }

func lacks(name string) map[string]string {
	if name == "" {
		return map[string]string{"name": "is missing"}
	}
	return nil
}

func binds[T any](w http.ResponseWriter, r *http.Request) error {
	value, err := kit.Bind[T](w, r)
	if err != nil {
		return err
	}
	return kit.JSON(w, 201, value)
}

// A flush sends the status: the answer has begun, though nothing of it was written.
func TestFlushed(t *testing.T) {
	r := kit.NewRouter(silent())
	r.Handle("GET", "/", func(w http.ResponseWriter, _ *http.Request) error {
		if err := http.NewResponseController(w).Flush(); err != nil {
			return fmt.Errorf("flush: %w", err)
		}
		return &kit.Error{Status: http.StatusConflict, Detail: word()}
	})
	if got, err := fetch(serve(t, r) + "/"); err == nil || got.body != "" {
		t.Fatalf("a handler flushed and then failed: got %d %q, want the connection cut and nothing added",
			got.status, got.body)
	}
	t.Log("${nonce}")
}

func TestBinds(t *testing.T) {
	r := kit.NewRouter(silent())
	r.Handle("POST", "/value", binds[byValue])
	r.Handle("POST", "/pointer", binds[byPointer])
	r.Handle("POST", "/unasked", binds[unasked])
	name := word()
	good := fmt.Sprintf(`{"Name":%q}`, name)
	for _, path := range []string{"/value", "/pointer", "/unasked"} {
		got := ask(r, "POST", path, good)
		want(t, path+" of "+good, got, 201, good)
		if kind := got.header.Get("Content-Type"); kind != "application/json" {
			t.Fatalf("kit.JSON: got Content-Type %q, want application/json", kind)
		}
		for _, body := range []string{"", "{", `{"Name":1}`, `[` + good + `]`} {
			wantProblem(t, path+" of "+body, ask(r, "POST", path, body), 400)
		}
	}
	want(t, "no Validate, so nothing is asked", ask(r, "POST", "/unasked", "{}"), 201, `{"Name":""}`)
	t.Log("${nonce}")
}

func TestValidates(t *testing.T) {
	r := kit.NewRouter(silent())
	r.Handle("POST", "/value", binds[byValue])
	r.Handle("POST", "/pointer", binds[byPointer])
	for _, path := range []string{"/value", "/pointer"} {
		got := wantProblem(t, "Validate by "+path[1:], ask(r, "POST", path, "{}"), 422)
		if got.Fields["name"] != "is missing" {
			t.Fatalf("Validate by %s: got the fields %v, want those that Validate returned", path[1:], got.Fields)
		}
	}
	t.Log("${nonce}")
}

func TestStrict(t *testing.T) {
	r := kit.NewRouter(silent())
	r.Handle("POST", "/", binds[byValue])
	name := word()
	unknown := fmt.Sprintf(`{"Name":%q,%q:1}`, name, word())
	wantProblem(t, "a field that there is not", ask(r, "POST", "/", unknown), 400)
	wantProblem(t, "something after the value", ask(r, "POST", "/", fmt.Sprintf(`{"Name":%q} {}`, name)), 400)
	t.Log("${nonce}")
}

func TestBounded(t *testing.T) {
	r := kit.NewRouter(silent())
	r.Handle("POST", "/", binds[byValue])
	long := func(length int) string { return `{"Name":"` + strings.Repeat("x", length-len(`{"Name":""}`)) + `"}` }
	wantProblem(t, "a body of 4 MiB", ask(r, "POST", "/", long(4<<20)), 413)
	if got := ask(r, "POST", "/", long(1<<20)); got.status != 201 || got.body != long(1<<20) {
		t.Fatalf("a body of 1 MiB: got %d and %d bytes, want 201 and the same value", got.status, len(got.body))
	}
	wantProblem(t, "a body of 1 MiB and one byte", ask(r, "POST", "/", long(1<<20+1)), 413)
	t.Log("${nonce}")
}

func TestConfig(t *testing.T) {
	load := func(values map[string]string) (kit.Config, error) {
		return kit.LoadConfig(func(name string) string { return values[name] })
	}
	hold, drain := time.Duration(1+draw.IntN(900))*time.Millisecond, time.Duration(1+draw.IntN(50))*time.Second
	addr := "127.0.0.1:" + strconv.Itoa(1024+draw.IntN(60000))
	got, err := load(map[string]string{"ADDR": addr, "HOLD": hold.String(), "DRAIN": drain.String()})
	if expected := (kit.Config{Addr: addr, Hold: hold, Drain: drain}); err != nil || got != expected {
		t.Fatalf("got %+v, %v, want %+v", got, err, expected)
	}
	got, err = load(map[string]string{"ADDR": addr})
	if expected := (kit.Config{Addr: addr, Drain: 20 * time.Second}); err != nil || got != expected {
		t.Fatalf("only ADDR is set: got %+v, %v, want %+v", got, err, expected)
	}
	for _, wrong := range []map[string]string{
		{"HOLD": "1s", "DRAIN": "1s"},
		{"ADDR": addr, "HOLD": "1"},
		{"ADDR": addr, "DRAIN": "-1s", "HOLD": "0s"},
		{"HOLD": word(), "DRAIN": "5"},
	} {
		_, err := load(wrong)
		if err == nil {
			t.Fatalf("%v: got no error", wrong)
		}
		for _, name := range []string{"ADDR", "HOLD", "DRAIN"} {
			read, parses := time.ParseDuration(wrong[name])
			fine := name == "ADDR" && wrong[name] != "" ||
				name != "ADDR" && (wrong[name] == "" || parses == nil && read >= 0)
			if strings.Contains(err.Error(), name) == fine {
				t.Fatalf("%v: got the error %q; want it to name all that is wrong and nothing else, such as %s",
					wrong, err, name)
			}
		}
	}
	t.Log("${nonce}")
}

// running is an app that serves.
type running struct {
	base string
	stop context.CancelFunc
	done chan error
}

func start(t *testing.T, app *kit.App) running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	r := running{"http://" + listener.Addr().String(), stop, make(chan error, 1)}
	go func() { r.done <- app.Serve(ctx, listener) }()
	t.Cleanup(func() { stop(); listener.Close() })
	return r
}

// alone asks on a connection of its own.
func alone(url string) (asked, error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return asked{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return asked{response.StatusCode, response.Header, string(body)}, err
}

// ended waits for Serve, but not for ever.
func (r running) ended(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.done:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("told to end, Serve does not return")
		return nil
	}
}

// until asks again and again; it gives up late, so that a slow machine is no wrong answer.
func until(holds func() bool) bool {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return true
		}
	}
	return false
}

func TestHealth(t *testing.T) {
	refuses := func(kit.Handler) kit.Handler {
		return func(http.ResponseWriter, *http.Request) error { return &kit.Error{Status: 401} }
	}
	app := kit.New(kit.Config{Drain: time.Second}, silent(), refuses)
	app.Handle("GET", "/x", says("x"))
	if got := ask(app, "GET", "/x", "").status; got != 401 {
		t.Fatalf("the app's middleware refuses all: got %d from a route, want 401", got)
	}
	if live := ask(app, "GET", "/livez", "").status; live != 200 {
		t.Fatalf("/livez: got %d, want 200, whatever the middleware says", live)
	}
	if ready := ask(app, "GET", "/readyz", "").status; ready != 503 {
		t.Fatalf("/readyz before Serve: got %d, want 503", ready)
	}
	served := start(t, app)
	if !until(func() bool { got, err := alone(served.base + "/readyz"); return err == nil && got.status == 200 }) {
		t.Fatalf("/readyz while it serves is not 200")
	}
	served.stop()
	_ = served.ended(t) // What it returns is for TestDrains to say.
	if ready := ask(app, "GET", "/readyz", "").status; ready != 503 {
		t.Fatalf("/readyz after Serve: got %d, want 503", ready)
	}
	t.Log("${nonce}")
}

// holding is an app with one request under way, which goes on when it is told to.
func holding(t *testing.T, config kit.Config, text string) (served running, answer chan asked, goOn chan struct{}) {
	t.Helper()
	arrived := make(chan struct{})
	goOn, answer = make(chan struct{}), make(chan asked, 1)
	app := kit.New(config, silent())
	app.Handle("GET", "/slow", func(w http.ResponseWriter, r *http.Request) error {
		close(arrived)
		select {
		case <-goOn:
		case <-r.Context().Done():
			return r.Context().Err()
		}
		_, err := io.WriteString(w, text)
		return err
	})
	app.Handle("GET", "/quick", says(text))
	served = start(t, app)
	go func() {
		got, _ := alone(served.base + "/slow")
		answer <- got
	}()
	select {
	case <-arrived:
	case <-time.After(20 * time.Second):
		t.Fatal("a request did not reach its handler")
	}
	return served, answer, goOn
}

// The next five wait, and do so together.
func TestHolds(t *testing.T) {
	t.Parallel()
	text := word()
	served, _, goOn := holding(t, kit.Config{Hold: time.Minute, Drain: time.Minute}, text)
	defer close(goOn)
	served.stop()
	var last asked
	if !until(func() bool { last, _ = alone(served.base + "/readyz"); return last.status == 503 }) {
		t.Fatalf("told to end: /readyz got %d, want 503 for the time of Hold", last.status)
	}
	got, err := alone(served.base + "/quick")
	if err != nil {
		t.Fatalf("no longer ready, within Hold: got %v, want requests still answered", err)
	}
	want(t, "no longer ready, within Hold", got, 200, text)
	t.Log("${nonce}")
}

func TestDrains(t *testing.T) {
	t.Parallel()
	text := word()
	served, answer, goOn := holding(t, kit.Config{Drain: time.Minute}, text)
	served.stop()
	if !until(func() bool { _, err := alone(served.base + "/quick"); return err != nil }) {
		t.Fatalf("told to end: new requests are still taken")
	}
	select {
	case err := <-served.done:
		t.Fatalf("Serve returned %v while a request was under way", err)
	case got := <-answer:
		t.Fatalf("the request under way was cut: %d %q", got.status, got.body)
	case <-time.After(300 * time.Millisecond):
	}
	close(goOn)
	want(t, "the request under way", <-answer, 200, text)
	if err := served.ended(t); err != nil {
		t.Fatalf("Serve returned %v, want nil when all was answered", err)
	}
	t.Log("${nonce}")
}

// A request that never ends does not keep the app from ending.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	served, _, goOn := holding(t, kit.Config{Drain: 200 * time.Millisecond}, word())
	defer close(goOn)
	served.stop()
	if err := served.ended(t); err == nil {
		t.Fatal("Serve returned nil, want an error: a request was not answered")
	}
	t.Log("${nonce}")
}

func TestLeavesNothing(t *testing.T) {
	t.Parallel()
	served, answer, goOn := holding(t, kit.Config{Drain: 200 * time.Millisecond}, word())
	defer close(goOn)
	served.stop()
	_ = served.ended(t)
	select {
	case <-answer:
	case <-time.After(10 * time.Second):
		t.Fatal("Serve returned and left the connection of a request open, whose handler goes on")
	}
	t.Log("${nonce}")
}

// Both times are those of the configuration: of three apps that are told to end together, each does as it was told.
func TestTimes(t *testing.T) {
	t.Parallel()
	text := word()
	brief, _, first := holding(t, kit.Config{Drain: 200 * time.Millisecond}, text)
	held, _, second := holding(t, kit.Config{Hold: time.Minute, Drain: 200 * time.Millisecond}, text)
	patient, _, third := holding(t, kit.Config{Drain: time.Minute}, text)
	defer close(first)
	defer close(second)
	defer close(third)
	for _, served := range []running{brief, held, patient} {
		served.stop()
	}
	_ = brief.ended(t)
	time.Sleep(500 * time.Millisecond)
	if got, err := alone(held.base + "/quick"); err != nil || got.status != 200 {
		t.Fatalf("its Hold is a minute, and it refuses requests when an app without Hold does: got %v", err)
	}
	select {
	case err := <-patient.done:
		t.Fatalf("its Drain is a minute, and it gave up when an app whose Drain is 200 ms did: got %v", err)
	default:
	}
	t.Log("${nonce}")
}

func TestTogether(t *testing.T) {
	app := kit.New(kit.Config{Drain: time.Minute}, silent(), func(next kit.Handler) kit.Handler { return next })
	app.Group("/g").Handle("POST", "/{id}", func(w http.ResponseWriter, r *http.Request) error {
		sent, err := kit.Bind[byPointer](w, r)
		if err != nil {
			return err
		}
		return kit.JSON(w, 200, []string{r.PathValue("id"), sent.Name})
	})
	var all sync.WaitGroup
	for i := range 50 {
		id, name := word(), word()
		all.Go(func() {
			if i%5 == 4 {
				ask(app, "GET", "/nowhere", "")
				ask(app, "POST", "/g/"+id, "{}")
				return
			}
			got := ask(app, "POST", "/g/"+id, fmt.Sprintf(`{"Name":%q}`, name))
			if expected := fmt.Sprintf("[%q,%q]", id, name); got.body != expected {
				t.Errorf("one of 50 at once: got %s, want %s", got.body, expected)
			}
		})
	}
	all.Wait()
	if !t.Failed() {
		t.Log("${nonce}")
	}
}
