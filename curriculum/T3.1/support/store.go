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
	errChanged  = errors.New("the book was changed in the meantime")
)

// another is what the other writer makes of every book.
const another = "written by somebody else"

// store is the one of the lesson with another writer beside the API, who comes between two calls of it.
type store struct {
	mu    sync.Mutex
	books map[int]book
	last  int
	// calls is how many calls of the store go by before the other writer comes; 0 for a store that has none.
	calls int
}

func newStore() *store {
	return &store{books: map[int]book{}}
}

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
	s.called()
	found, ok := s.books[id]
	if !ok {
		return book{}, errNotFound
	}
	return found, nil
}

func (s *store) replace(id, version int, title, author string) (book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// At the latest the other one was a moment faster.
	if s.calls > 0 {
		s.calls = 1
		s.called()
	}
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

func (s *store) after(id, limit int) []book {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.called()
	var page []book
	for _, each := range slices.Sorted(maps.Keys(s.books)) {
		if each > id && len(page) < limit {
			page = append(page, s.books[each])
		}
	}
	return page
}

// called lets the other writer come before the call that it was told; the lock is held.
func (s *store) called() {
	if s.calls--; s.calls != 0 {
		return
	}
	for id, each := range s.books {
		each.version++
		each.title = another
		s.books[id] = each
	}
}
