// Package sqs is the simulated Simple Queue Service: standard queues that hide
// what was received for a while, and drop what is too old. It speaks the JSON
// protocol of the current SDKs.
//
// Where AWS is approximate this is exact: a receive sees every message, oldest
// first, and the numbers are those of now. FIFO queues, dead-letter queues of
// queues, batches and long polling are not simulated.
//
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
package sqs

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Limits and defaults of a queue, from the API reference.
const (
	defaultRetention  = 4 * 24 * time.Hour
	minRetention      = time.Minute
	maxRetention      = 14 * 24 * time.Hour
	defaultVisibility = 30 * time.Second
	maxVisibility     = 12 * time.Hour
)

// Queue is a standard queue.
type Queue struct {
	ARN, URL   string        // AddQueue fills them in
	KMSKey     string        // that messages are encrypted with; who may use it is not asked here
	Retention  time.Duration // how long a message is kept; zero: 4 days
	Visibility time.Duration // how long a message that was received is hidden; zero: 30 seconds
}

// Check refuses what AWS would.
func (q Queue) Check() error {
	switch {
	case q.Retention != 0 && (q.Retention < minRetention || q.Retention > maxRetention):
		return wire.Errorf("InvalidAttributeValue", "Invalid value for the parameter MessageRetentionPeriod: %v", q.Retention)
	case q.Visibility < 0 || q.Visibility > maxVisibility:
		return wire.Errorf("InvalidAttributeValue", "Invalid value for the parameter VisibilityTimeout: %v", q.Visibility)
	}
	return nil
}

// Message is one in a queue.
type Message struct {
	ID, Body      string
	Attributes    map[string]string
	Sent          time.Time
	Received      int       // how often
	FirstReceived time.Time // zero: never
	Hidden        time.Time // until when nobody receives it; zero: it is visible
}

// Options of the service.
type Options struct {
	Clock clock.Clock
	// OnChange is told how many messages can be received whenever that changes. It
	// may run while the cloud serves a call, so it must not call the cloud.
	OnChange func(q Queue, visible int)
	// Policy is a queue's policy as GetQueueAttributes tells it, by the queue's ARN;
	// nil: none has any. What it says is not asked here.
	Policy func(arn string) json.RawMessage
}

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	wire.JSON
	o      Options
	queues map[string]*queue // by ARN
	count  int               // of messages
}

type queue struct {
	Queue
	created, modified time.Time
	messages          []*message // by the time they were sent
	visible           int        // as OnChange was last told
	stop              func() bool
}

type message struct {
	Message
	types  map[string]string // data types of the attributes that are no String
	sender string
	handle string // of the last receive
	delay  bool   // it is hidden because it was sent so
}

// New makes the service, without any queue.
func New(o Options) *Service {
	s := &Service{o: o, queues: map[string]*queue{}}
	s.JSON = wire.JSON{Version: "1.0", Operations: map[string]wire.Operation{
		"SendMessage": wire.Op(s.send), "ReceiveMessage": wire.Op(s.receive), "DeleteMessage": wire.Op(s.remove),
		"GetQueueAttributes": wire.Op(s.attributes), "GetQueueUrl": wire.Op(s.url),
	}}
	return s
}

// AddQueue makes a queue and returns its ARN, or changes that of the same name,
// which keeps its messages. A queue that does not pass Check is a mistake of the
// caller and panics.
func (s *Service) AddQueue(account, region, name string, q Queue) string {
	if err := q.Check(); err != nil {
		panic(fmt.Sprintf("the queue %s: %v", name, err))
	}
	if strings.HasSuffix(name, ".fifo") {
		panic("the queue " + name + ": FIFO queues are not simulated")
	}
	if q.Retention == 0 {
		q.Retention = defaultRetention
	}
	if q.Visibility == 0 {
		q.Visibility = defaultVisibility
	}
	q.ARN = wire.ARN("sqs", region, account, name)
	q.URL = "https://sqs." + region + "." + suffix(region) + "/" + account + "/" + name
	now := s.o.Clock.Now()
	added := s.queues[q.ARN]
	if added == nil {
		added = &queue{created: now}
		s.queues[q.ARN] = added
	}
	added.Queue, added.modified = q, now
	s.settle(added)
	return q.ARN
}

func suffix(region string) string {
	if wire.Partition(region) == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// RemoveQueue removes a queue with its messages; of an unknown one nothing.
func (s *Service) RemoveQueue(arn string) {
	if q := s.queues[arn]; q != nil && q.stop != nil {
		q.stop()
	}
	delete(s.queues, arn)
}

// Put sends a message for a service. All its attributes are of the type String.
// The error is an *wire.Error where there is no such queue, or the message is
// none that SQS takes.
func (s *Service) Put(arn, body string, attributes map[string]string) error {
	q := s.queues[arn]
	if q == nil {
		return missing()
	}
	if err := checkMessage(body, attributes, nil); err != nil {
		return err
	}
	s.add(q, &message{Message: Message{Body: body, Attributes: maps.Clone(attributes)}})
	return nil
}

// Messages are those that are kept, hidden ones as well, oldest first. nil:
// none, or there is no such queue.
func (s *Service) Messages(arn string) []Message {
	q := s.queues[arn]
	if q == nil {
		return nil
	}
	var all []Message
	for _, m := range q.messages {
		one := m.Message
		one.Attributes = maps.Clone(one.Attributes)
		if m.isVisible(s.o.Clock.Now()) {
			one.Hidden = time.Time{}
		}
		all = append(all, one)
	}
	return all
}

// Visible is how many messages of a queue can be received.
func (s *Service) Visible(arn string) int {
	if q := s.queues[arn]; q != nil {
		return q.countVisible(s.o.Clock.Now())
	}
	return 0
}

func missing() *wire.Error {
	return &wire.Error{Code: "AWS.SimpleQueueService.NonExistentQueue", Message: "The specified queue does not exist.", Status: http.StatusBadRequest}
}

func (s *Service) add(q *queue, m *message) {
	s.count++
	m.ID, m.Sent = fmt.Sprintf("00000000-0000-4000-8000-%012d", s.count), s.o.Clock.Now()
	q.messages = append(q.messages, m)
	s.settle(q)
}

func (m *message) isVisible(now time.Time) bool { return !m.Hidden.After(now) }

func (q *queue) countVisible(now time.Time) int {
	n := 0
	for _, m := range q.messages {
		if m.isVisible(now) {
			n++
		}
	}
	return n
}

// settle drops what is too old, tells how many messages are visible where that
// has changed, and sets the timer for the next moment at which it does.
func (s *Service) settle(q *queue) {
	now := s.o.Clock.Now()
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return !m.Sent.Add(q.Retention).After(now) })
	var next time.Time
	for _, m := range q.messages {
		for _, at := range []time.Time{m.Sent.Add(q.Retention), m.Hidden} {
			if at.After(now) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	if q.stop != nil {
		q.stop()
		q.stop = nil
	}
	if !next.IsZero() {
		q.stop = s.o.Clock.AfterFunc(next.Sub(now), func() { s.settle(q) })
	}
	if visible := q.countVisible(now); visible != q.visible {
		q.visible = visible
		if s.o.OnChange != nil {
			s.o.OnChange(q.Queue, visible)
		}
	}
}
