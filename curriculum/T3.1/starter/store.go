package main

import (
	"errors"
	"maps"
	"slices"
	"sync"
)

// book is one book. Its version grows with every change.
type book struct {
	id      int
	version int
	title   string
	author  string
}

var (
	errNotFound = errors.New("there is no such book")
	// errChanged says that the book has another version than the caller believes.
	errChanged = errors.New("the book was changed in the meantime")
)

// store keeps books in memory; any number of goroutines may use it. It is finished; the lesson is about api.go.
type store struct {
	mu    sync.Mutex
	books map[int]book
	last  int
}

func newStore() *store {
	return &store{books: map[int]book{}}
}

// add keeps a new book and returns it with its id.
func (s *store) add(title, author string) book {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	added := book{id: s.last, version: 1, title: title, author: author}
	s.books[added.id] = added
	return added
}

func (s *store) get(id int) (book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.books[id]
	if !ok {
		return book{}, errNotFound
	}
	return found, nil
}

// replace changes a book that still has the version, and returns it with its new one.
func (s *store) replace(id, version int, title, author string) (book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.books[id]
	switch {
	case !ok:
		return book{}, errNotFound
	case found.version != version:
		return book{}, errChanged
	}
	changed := book{id: id, version: version + 1, title: title, author: author}
	s.books[id] = changed
	return changed, nil
}

func (s *store) remove(id int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.books[id]; !ok {
		return errNotFound
	}
	delete(s.books, id)
	return nil
}

// after returns the books whose id is greater, in the order of their ids, limit at most.
func (s *store) after(id, limit int) []book {
	s.mu.Lock()
	defer s.mu.Unlock()
	var page []book
	for _, each := range slices.Sorted(maps.Keys(s.books)) {
		if each > id && len(page) < limit {
			page = append(page, s.books[each])
		}
	}
	return page
}
