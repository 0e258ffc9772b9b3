package main

import (
	"crypto/rand"
	"errors"
	"sync"
)

// device is one device. Its version grows with every change.
type device struct {
	ID      string `json:"id"`
	Version uint32 `json:"version"`
	Name    string `json:"name"`
	Place   string `json:"place"`
}

// What can be wrong with a request, in words that belong to no protocol. api.go and service.go translate them.
var (
	errNotFound = errors.New("there is no such device")
	// errChanged says that the device has another version than the caller believes.
	errChanged   = errors.New("the device was changed in the meantime")
	errNoVersion = errors.New("a change needs the version that it is about")
	errMissing   = errors.New("a device needs a name and a place")
)

// store keeps devices in memory; any number of goroutines may use it.
type store struct {
	mu      sync.Mutex
	devices map[string]device
}

func newStore() *store {
	return &store{devices: map[string]device{}}
}

// add keeps a new device and returns it with its id.
func (s *store) add(name, place string) (device, error) {
	if place == "" {
		return device{}, errMissing
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	added := device{ID: rand.Text(), Version: 1, Name: name, Place: place}
	s.devices[added.ID] = added
	return added, nil
}

func (s *store) get(id string) (device, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.devices[id]
	if !ok {
		return device{}, errNotFound
	}
	return found, nil
}

// replace changes a device that still has the version, and returns it with its new one. Versions start at 1.
func (s *store) replace(id string, version uint32, name, place string) (device, error) {
	switch {
	case version == 0:
		return device{}, errNoVersion
	case place == "":
		return device{}, errMissing
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.devices[id]
	switch {
	case !ok:
		return device{}, errNotFound
	case found.Version != version:
		return device{}, errChanged
	}
	changed := device{ID: id, Version: version + 1, Name: name, Place: place}
	s.devices[id] = changed
	return changed, nil
}

func (s *store) remove(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.devices[id]; !ok {
		return errNotFound
	}
	delete(s.devices, id)
	return nil
}
