// Package events is EventBridge: services put events, rules of the world get
// them, best effort as AWS says: late, twice, or never.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-delivery-level.html
package events

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// Event is one event in EventBridge's envelope.
type Event struct {
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account"`
	Time       time.Time       `json:"time"`
	Region     string          `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// Delivery is what becomes of one event: a delay for each time it is
// delivered. None: it is lost.
type Delivery []time.Duration

// Bus delivers events to subscribers.
type Bus struct {
	clock       clock.Clock
	deliver     func(Event) Delivery
	subscribers []func(Event)
	count       int
}

// NewBus makes a bus. deliver decides what becomes of an event; nil: each one
// is delivered once, after a second.
func NewBus(c clock.Clock, deliver func(Event) Delivery) *Bus {
	if deliver == nil {
		deliver = func(Event) Delivery { return Delivery{time.Second} }
	}
	return &Bus{clock: c, deliver: deliver}
}

// Subscribe adds a rule with a target: it is called for every event.
func (b *Bus) Subscribe(target func(Event)) { b.subscribers = append(b.subscribers, target) }

// Put sends an event. Version, ID and Time are filled in.
func (b *Bus) Put(e Event, detail any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("the detail of an event of %s: %w", e.Source, err)
	}
	e.Time, e.Detail = b.clock.Now(), text
	b.Send(e)
	return nil
}

// Send sends an event that has its time and detail, and returns its id.
func (b *Bus) Send(e Event) (id string) {
	b.count++
	e.Version, e.ID = "0", fmt.Sprintf("00000000-0000-4000-8000-%012d", b.count)
	if e.Resources == nil {
		e.Resources = []string{}
	}
	for _, delay := range b.deliver(e) {
		for _, target := range b.subscribers {
			b.clock.AfterFunc(delay, func() { target(e) })
		}
	}
	return e.ID
}
