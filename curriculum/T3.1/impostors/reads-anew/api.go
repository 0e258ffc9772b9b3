package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

const (
	// longestBody is the most that is read of a request, in bytes.
	longestBody = 1 << 20
	usualPage   = 20
	longestPage = 100
)

// api serves what openapi.json promises.
type api struct {
	books *store
}

// register puts the API on the mux, which answers other methods with 405 and the ones it knows.
func register(mux *http.ServeMux, books *store) {
	a := api{books}
	mux.HandleFunc("GET /books", a.list)
	mux.HandleFunc("POST /books", a.create)
	mux.HandleFunc("GET /books/{id}", a.read)
	mux.HandleFunc("PUT /books/{id}", a.replace)
	mux.HandleFunc("DELETE /books/{id}", a.remove)
}

// content is what a caller writes of a book.
type content struct {
	Title  string `json:"title"`
	Author string `json:"author"`
}

// representation is what a caller reads of one.
type representation struct {
	ID string `json:"id"`
	content
}

func (a api) create(w http.ResponseWriter, r *http.Request) {
	wanted, err := readContent(w, r)
	if err != nil {
		fail(w, err)
		return
	}
	added := a.books.add(wanted.Title, wanted.Author)
	w.Header().Set("Location", "/books/"+strconv.Itoa(added.id))
	answerBook(w, http.StatusCreated, added)
}

func (a api) read(w http.ResponseWriter, r *http.Request) {
	found, err := a.find(r)
	if err != nil {
		fail(w, err)
		return
	}
	if r.Header.Get("If-None-Match") == etag(found) {
		w.Header().Set("ETag", etag(found))
		w.WriteHeader(http.StatusNotModified)
		return
	}
	answerBook(w, http.StatusOK, found)
}

// replace changes the version that the caller has seen, and no other: what somebody else wrote since is not lost.
func (a api) replace(w http.ResponseWriter, r *http.Request) {
	seen := r.Header.Get("If-Match")
	if seen == "" {
		fail(w, problem{Status: http.StatusPreconditionRequired, Detail: "send If-Match with the ETag that you have"})
		return
	}
	wanted, err := readContent(w, r)
	if err != nil {
		fail(w, err)
		return
	}
	found, err := a.find(r)
	if err == nil && seen != etag(found) {
		err = errChanged
	}
	if err != nil {
		fail(w, err)
		return
	}
	latest, err := a.find(r)
	if err != nil {
		fail(w, err)
		return
	}
	changed, err := a.books.replace(latest.id, latest.version, wanted.Title, wanted.Author)
	if err != nil {
		fail(w, err)
		return
	}
	answerBook(w, http.StatusOK, changed)
}

func (a api) remove(w http.ResponseWriter, r *http.Request) {
	found, err := a.find(r)
	if err == nil {
		err = a.books.remove(found.id)
	}
	if err != nil {
		fail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// page is a part of the list. Next is the cursor of the page after it, missing on the last one.
type page struct {
	Items []representation `json:"items"`
	Next  string           `json:"next,omitempty"`
}

// list pages by the last id that the caller has seen: what is removed or added meanwhile moves no other book.
func (a api) list(w http.ResponseWriter, r *http.Request) {
	limit, err := number(r, "limit", usualPage)
	if err != nil || limit < 1 || limit > longestPage {
		fail(w, problem{Status: http.StatusBadRequest, Detail: "limit is a number from 1 to 100"})
		return
	}
	cursor, err := number(r, "cursor", 0)
	if err != nil {
		fail(w, problem{Status: http.StatusBadRequest, Detail: "cursor is the next of the page before"})
		return
	}
	// One more than asked for tells whether there is a next page.
	books := a.books.after(cursor, limit+1)
	answer := page{Items: []representation{}}
	if len(books) > limit {
		books = books[:limit]
		answer.Next = strconv.Itoa(books[limit-1].id)
	}
	for _, each := range books {
		answer.Items = append(answer.Items, represent(each))
	}
	answerJSON(w, http.StatusOK, "application/json", answer)
}

func number(r *http.Request, name string, fallback int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback, nil
	}
	return strconv.Atoi(text)
}

// find returns the book of the path. An id that is no number is the id of no book.
func (a api) find(r *http.Request) (book, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return book{}, errNotFound
	}
	return a.books.get(id)
}

func readContent(w http.ResponseWriter, r *http.Request) (content, error) {
	var read content
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, longestBody)).Decode(&read); err != nil {
		return content{}, problem{Status: http.StatusBadRequest, Detail: err.Error()}
	}
	var missing []fieldError
	if read.Title == "" {
		missing = append(missing, fieldError{Field: "title", Detail: "is missing"})
	}
	if read.Author == "" {
		missing = append(missing, fieldError{Field: "author", Detail: "is missing"})
	}
	if len(missing) > 0 {
		return content{}, problem{Status: http.StatusUnprocessableEntity, Errors: missing}
	}
	return read, nil
}

// problem is an error as a caller reads it: RFC 9457, application/problem+json.
type problem struct {
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail,omitempty"`
	Errors []fieldError `json:"errors,omitempty"`
}

type fieldError struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

func (p problem) Error() string { return p.Detail }

// fail answers with the problem that the error is.
func fail(w http.ResponseWriter, err error) {
	var told problem
	switch {
	case errors.As(err, &told):
	case errors.Is(err, errNotFound):
		told = problem{Status: http.StatusNotFound, Detail: err.Error()}
	case errors.Is(err, errChanged):
		told = problem{Status: http.StatusPreconditionFailed, Detail: err.Error()}
	default:
		told = problem{Status: http.StatusInternalServerError}
	}
	told.Title = http.StatusText(told.Status)
	answerJSON(w, told.Status, "application/problem+json", told)
}

// etag names the version of a book.
func etag(b book) string { return fmt.Sprintf(`"%d"`, b.version) }

func represent(b book) representation {
	return representation{ID: strconv.Itoa(b.id), content: content{Title: b.title, Author: b.author}}
}

func answerBook(w http.ResponseWriter, status int, b book) {
	w.Header().Set("ETag", etag(b))
	answerJSON(w, status, "application/json", represent(b))
}

func answerJSON(w http.ResponseWriter, status int, kind string, body any) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
