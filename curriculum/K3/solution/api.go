package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
)

// longestBody is the most that is read of a request, in bytes.
const longestBody = 1 << 20

// errMalformed is the one mistake that only a caller by REST can make: gRPC decodes before it calls.
var errMalformed = errors.New("the body is not the JSON of a device")

// api is the service as REST tells it.
type api struct {
	devices *store
}

// routes returns all that is answered over HTTP.
func routes(devices *store) http.Handler {
	a := api{devices}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /work", work)
	mux.HandleFunc("POST /devices", a.create)
	mux.HandleFunc("GET /devices/{id}", a.read)
	mux.HandleFunc("PUT /devices/{id}", a.replace)
	mux.HandleFunc("DELETE /devices/{id}", a.remove)
	return mux
}

func (a api) create(w http.ResponseWriter, r *http.Request) {
	wanted, err := decode(w, r)
	if err != nil {
		fail(w, err)
		return
	}
	added, err := a.devices.add(wanted.Name, wanted.Place)
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Location", "/devices/"+added.ID)
	answerDevice(w, http.StatusCreated, added)
}

func (a api) read(w http.ResponseWriter, r *http.Request) {
	found, err := a.devices.get(r.PathValue("id"))
	if err != nil {
		fail(w, err)
		return
	}
	answerDevice(w, http.StatusOK, found)
}

func (a api) replace(w http.ResponseWriter, r *http.Request) {
	wanted, err := decode(w, r)
	if err != nil {
		fail(w, err)
		return
	}
	seen, err := version(r.Header.Get("If-Match"))
	if err != nil {
		fail(w, err)
		return
	}
	changed, err := a.devices.replace(r.PathValue("id"), seen, wanted.Name, wanted.Place)
	if err != nil {
		fail(w, err)
		return
	}
	answerDevice(w, http.StatusOK, changed)
}

func (a api) remove(w http.ResponseWriter, r *http.Request) {
	if err := a.devices.remove(r.PathValue("id")); err != nil {
		fail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func decode(w http.ResponseWriter, r *http.Request) (device, error) {
	var read device
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, longestBody)).Decode(&read); err != nil {
		return device{}, errMalformed
	}
	return read, nil
}

// etag tells the version of a device as REST does.
func etag(d device) string { return strconv.Quote(strconv.FormatUint(uint64(d.Version), 10)) }

// version reads an ETag: no ETag is no version, and what is not one of ours was never a version.
func version(tag string) (uint32, error) {
	if tag == "" {
		return 0, nil
	}
	text, err := strconv.Unquote(tag)
	if err != nil {
		return 0, errChanged
	}
	parsed, err := strconv.ParseUint(text, 10, 32)
	if err != nil || parsed == 0 {
		return 0, errChanged
	}
	return uint32(parsed), nil
}

// problem is an error as a caller reads it: RFC 9457, application/problem+json.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// fail tells the error in the words of HTTP.
func fail(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, errMalformed):
		status = http.StatusBadRequest
	case errors.Is(err, errMissing):
		status = http.StatusUnprocessableEntity
	case errors.Is(err, errNotFound):
		status = http.StatusNotFound
	case errors.Is(err, errChanged):
		status = http.StatusPreconditionFailed
	case errors.Is(err, errNoVersion):
		status = http.StatusPreconditionRequired
	}
	answer(w, status, "application/problem+json", problem{http.StatusText(status), status, err.Error()})
}

func answerDevice(w http.ResponseWriter, status int, d device) {
	w.Header().Set("ETag", etag(d))
	answer(w, status, "application/json", d)
}

func answer(w http.ResponseWriter, status int, kind string, body any) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
