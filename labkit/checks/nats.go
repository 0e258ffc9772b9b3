package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const natsPatience = 20 * time.Second

// broker is a NATS server with JetStream, and what was published to the subjects it listens to.
type broker struct {
	server  *server.Server
	conn    *nats.Conn
	streams jetstream.JetStream
	folder  string

	mu      sync.Mutex
	effects map[string]int // how often each was applied, by what the message said
	applied map[string]bool
	// hold, once set, leaves the next effect unanswered: not applied yet ("before"), or applied already ("after").
	hold string
	held bool
}

func natsWorks() map[string]func(json.RawMessage) (any, error) {
	brokers := newRegistry[*broker]("nats")
	type named struct{ Name string }
	return map[string]func(json.RawMessage) (any, error){
		// Starts a server; listens to the subject of effects, to count what the program does with messages.
		"nats.start": with(func(p struct {
			Stream   string
			Subjects []string
			Effects  string
		}) (any, error) {
			b, err := startBroker(p.Stream, p.Subjects, p.Effects)
			if err != nil {
				return nil, err
			}
			return map[string]string{"name": brokers.add(b), "url": b.server.ClientURL()}, nil
		}),
		"nats.publish": with(func(p struct {
			Name, Subject string
			Messages      []struct{ ID, Data string }
		}) (any, error) {
			b, err := brokers.get(p.Name)
			if err != nil {
				return nil, err
			}
			ctx, cancel := context.WithTimeout(context.Background(), natsPatience)
			defer cancel()
			for _, m := range p.Messages {
				message := &nats.Msg{Subject: p.Subject, Data: []byte(m.Data), Header: nats.Header{}}
				// No ID: the server must take a duplicate, so that the consumer has to notice it.
				if m.ID != "" {
					message.Header.Set(jetstream.MsgIDHeader, m.ID)
				}
				if _, err := b.streams.PublishMsg(ctx, message); err != nil {
					return nil, err
				}
			}
			return struct{}{}, nil
		}),
		"nats.state": with(func(p struct{ Name, Stream string }) (any, error) {
			b, err := brokers.get(p.Name)
			if err != nil {
				return nil, err
			}
			return b.state(p.Stream)
		}),
		"nats.hold": with(func(p struct{ Name, When string }) (any, error) {
			b, err := brokers.get(p.Name)
			if err != nil {
				return nil, err
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			b.hold, b.held = p.When, false
			return struct{}{}, nil
		}),
		"nats.purge": with(func(p struct{ Name, Stream string }) (any, error) {
			b, err := brokers.get(p.Name)
			if err != nil {
				return nil, err
			}
			ctx, cancel := context.WithTimeout(context.Background(), natsPatience)
			defer cancel()
			stream, err := b.streams.Stream(ctx, p.Stream)
			if err != nil {
				return nil, err
			}
			return struct{}{}, stream.Purge(ctx)
		}),
		"nats.stop": with(func(p named) (any, error) {
			b, err := brokers.get(p.Name)
			if err != nil {
				return nil, err
			}
			b.conn.Close()
			b.server.Shutdown()
			b.server.WaitForShutdown()
			return struct{}{}, os.RemoveAll(b.folder)
		}),
	}
}

func startBroker(stream string, subjects []string, effects string) (*broker, error) {
	folder, err := os.MkdirTemp("", "gantry-nats-")
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: folder, NoSigs: true, NoLog: true,
	})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(natsPatience) {
		return nil, errors.New("the NATS server did not become ready")
	}
	conn, err := nats.Connect(s.ClientURL())
	if err != nil {
		return nil, err
	}
	streams, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	b := &broker{server: s, conn: conn, streams: streams, folder: folder, effects: map[string]int{}, applied: map[string]bool{}}
	ctx, cancel := context.WithTimeout(context.Background(), natsPatience)
	defer cancel()
	if _, err := streams.CreateStream(ctx, jetstream.StreamConfig{Name: stream, Subjects: subjects}); err != nil {
		return nil, err
	}
	_, err = conn.Subscribe(effects, b.effect)
	return b, err
}

// effect is what the program under test does with a message. Each Idempotency-Key is applied once, as a payment provider
// does it; without one, every request is applied. It is answered, so that a program that waits knows that it is done.
func (b *broker) effect(m *nats.Msg) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hold != "" && !b.held {
		b.held = true
		if b.hold == "after" {
			b.apply(m)
		}
		return
	}
	b.apply(m)
	if m.Reply != "" {
		_ = m.Respond([]byte("ok"))
	}
}

func (b *broker) apply(m *nats.Msg) {
	if key := m.Header.Get("Idempotency-Key"); key != "" {
		if b.applied[key] {
			return
		}
		b.applied[key] = true
	}
	b.effects[strings.TrimSpace(string(m.Data))]++
}

// natsState is what a stream's consumers still owe, and the effects that were seen, by message.
type natsState struct {
	Pending    uint64         `json:"pending"`
	AckPending int            `json:"ackPending"`
	Consumers  int            `json:"consumers"`
	Messages   uint64         `json:"messages"`
	Held       bool           `json:"held"`
	Effects    map[string]int `json:"effects"`
}

func (b *broker) state(name string) (natsState, error) {
	ctx, cancel := context.WithTimeout(context.Background(), natsPatience)
	defer cancel()
	stream, err := b.streams.Stream(ctx, name)
	if err != nil {
		return natsState{}, err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return natsState{}, err
	}
	state := natsState{Effects: map[string]int{}, Messages: info.State.Msgs}
	consumers := stream.ListConsumers(ctx)
	for consumer := range consumers.Info() {
		state.Consumers++
		state.Pending += consumer.NumPending
		state.AckPending += consumer.NumAckPending
	}
	if err := consumers.Err(); err != nil {
		return natsState{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	state.Held = b.held
	for effect, count := range b.effects {
		state.Effects[effect] = count
	}
	return state, nil
}
