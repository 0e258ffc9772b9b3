package api

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
)

// ErrNotFound says that there is no such item.
var ErrNotFound = errors.New("no such item")

// Item is what this service keeps: an example, to be replaced by your own.
type Item struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Quantity int    `json:"quantity"`
}

// Store keeps items.
type Store interface {
	Add(ctx context.Context, item Item) (Item, error)
	// Find returns ErrNotFound for an id that is none.
	Find(ctx context.Context, id string) (Item, error)
}

// Memory is a Store that forgets everything at the end. Put a database in its place.
type Memory struct {
	mu    sync.RWMutex
	items map[string]Item
}

// NewMemory is empty.
func NewMemory() *Memory { return &Memory{items: map[string]Item{}} }

// Add gives the item an id.
func (m *Memory) Add(_ context.Context, item Item) (Item, error) {
	item.ID = rand.Text()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.items[item.ID] = item
	return item, nil
}

// Find returns the item with this id.
func (m *Memory) Find(_ context.Context, id string) (Item, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	item, known := m.items[id]
	if !known {
		return Item{}, ErrNotFound
	}
	return item, nil
}
