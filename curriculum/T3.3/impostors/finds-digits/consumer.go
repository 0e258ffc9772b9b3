package main

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// chargeTimeout bounds one charge.
	chargeTimeout = time.Second
	// ackWait is how long the server waits before it hands out a message again. A charge must be over by then.
	ackWait = 2 * time.Second
	// retryAfter leaves the charging service some time to recover.
	retryAfter = 500 * time.Millisecond
)

// order is the form of an order.
var order = regexp.MustCompile(`[0-9a-f]{16}`)

var errUnreadable = errors.New("this is no order")

// consume charges for each order of the stream, until ctx ends. The consumer is durable: the server remembers what was
// acknowledged while no instance of this program runs.
func consume(ctx context.Context, conn *nats.Conn) error {
	streams, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	consumer, err := streams.CreateOrUpdateConsumer(ctx, "ORDERS", jetstream.ConsumerConfig{
		Durable:   "billing",
		AckPolicy: jetstream.AckExplicitPolicy,
		AckWait:   ackWait,
	})
	if err != nil {
		return err
	}
	consuming, err := consumer.Consume(func(message jetstream.Msg) {
		err := charge(ctx, conn, message.Data())
		if err := errors.Join(err, settle(message, err)); err != nil {
			slog.Warn("an order was not charged", "error", err)
		}
	})
	if err != nil {
		return err
	}
	<-ctx.Done()
	consuming.Stop()
	<-consuming.Closed()
	return nil
}

// charge asks for one charge. The key depends on the order alone, so that the same charge asked for twice is made once.
func charge(ctx context.Context, conn *nats.Conn, data []byte) error {
	if !order.Match(data) {
		return errUnreadable
	}
	ctx, cancel := context.WithTimeout(ctx, chargeTimeout)
	defer cancel()
	request := nats.NewMsg("charges")
	request.Data = data
	request.Header.Set("Idempotency-Key", string(data))
	_, err := conn.RequestMsgWithContext(ctx, request)
	return err
}

// settle tells the server what became of a message: done, never to be done, or to be tried again.
func settle(message jetstream.Msg, err error) error {
	switch {
	case err == nil:
		return message.Ack()
	case errors.Is(err, errUnreadable):
		return message.Term()
	default:
		return message.NakWithDelay(retryAfter)
	}
}
