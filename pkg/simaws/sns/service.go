// Package sns is the simulated Simple Notification Service: it takes what is
// published, checks it as SNS does, and puts it into the inboxes of those who
// have confirmed their subscription, for whoever asks what people were told.
//
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
package sns

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Limits of one message, from the API reference.
const (
	maxMessageBytes = 256 << 10 // attributes included
	maxSubjectRunes = 99
)

// Message is one that was published.
type Message struct {
	ID         string
	Topic      string // ARN
	Subject    string
	Message    string
	Attributes map[string]string
	At         time.Time
	Publisher  string // ARN of the caller, or the name of a service
}

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	wire.Query
	o             Options
	topics        []string
	messages      []Message
	subscriptions []Subscription
	made, sent    int                  // subscriptions; requests to confirm one
	inboxes       map[string][]Message // by endpoint
}

// Options of the service.
type Options struct {
	// Clock gives the time to what SNS itself sends; nil: it has none.
	Clock clock.Clock
}

// New makes the service, without any topic.
func New() *Service { return NewWith(Options{}) }

// NewWith makes the service, without any topic.
func NewWith(o Options) *Service {
	s := &Service{o: o, inboxes: map[string][]Message{}}
	s.Query = wire.Query{Namespace: "http://sns.amazonaws.com/doc/2010-03-31/", Operations: map[string]wire.Operation{
		"Publish":                  wire.Op(s.publish),
		"ListSubscriptionsByTopic": wire.Op(s.list),
		"ListTopics":               wire.Op(s.listTopics),
		"GetTopicAttributes":       wire.Op(s.attributes),
	}}
	return s
}

// AddTopic makes a standard topic and returns its ARN.
func (s *Service) AddTopic(account, region, name string) string {
	arn := wire.ARN("sns", region, account, name)
	s.topics = append(s.topics, arn)
	return arn
}

// Messages are those published so far, in order.
func (s *Service) Messages() []Message { return slices.Clone(s.messages) }

type publishIn struct {
	TopicArn          string
	TargetArn         string
	Message           string
	Subject           *string
	MessageStructure  string
	MessageAttributes []attribute `query:"entry"`
}

type attribute struct {
	Name  string
	Value struct{ DataType, StringValue string }
}

type publishOut struct {
	MessageID string `xml:"MessageId"`
}

func (s *Service) publish(c *wire.Call, in publishIn) (publishOut, error) {
	arn := in.TopicArn
	if arn == "" {
		arn = in.TargetArn
	}
	c.Touch(arn)
	if err := s.topic(c, "SNS:Publish", arn); err != nil {
		return publishOut{}, err
	}
	if err := check(in); err != nil {
		return publishOut{}, err
	}
	m := Message{Topic: arn, Message: in.Message, At: c.Now, Publisher: c.Caller()}
	if in.Subject != nil {
		m.Subject = *in.Subject
	}
	for _, a := range in.MessageAttributes {
		if m.Attributes == nil {
			m.Attributes = map[string]string{}
		}
		m.Attributes[a.Name] = a.Value.StringValue
	}
	s.take(&m, in.MessageStructure == "json")
	return publishOut{m.ID}, nil
}

func (s *Service) topic(c *wire.Call, action, arn string) error {
	parts := strings.Split(arn, ":")
	switch {
	case len(parts) != 6 || parts[0] != "arn" || parts[2] != "sns" || parts[3] != c.Region:
		return invalid("TopicArn")
	case parts[4] != c.Account:
		denied := wire.Denied(c, "AuthorizationError", action, arn)
		denied.Status = http.StatusForbidden
		return denied
	case !s.has(arn):
		return gone()
	}
	return nil
}

func check(in publishIn) error {
	size := len(in.Message)
	for _, a := range in.MessageAttributes {
		if a.Name == "" || a.Value.DataType == "" || a.Value.StringValue == "" {
			return wire.Errorf("ParameterValueInvalid", "The message attribute '%s' must contain a name, a type and a non-empty value.", a.Name)
		}
		size += len(a.Name) + len(a.Value.DataType) + len(a.Value.StringValue)
	}
	switch {
	case in.Message == "":
		return invalid("Empty message")
	case size > maxMessageBytes:
		return invalid("Message too long")
	case in.Subject != nil && !goodSubject(*in.Subject):
		return invalid("Subject")
	}
	switch in.MessageStructure {
	case "":
		return nil
	case "json":
		byProtocol, err := texts(in.Message)
		if err != nil {
			return invalid("Message Structure - JSON message body failed to parse")
		}
		if _, ok := byProtocol["default"]; !ok {
			return invalid("Message Structure - No default entry in JSON message body")
		}
		return nil
	}
	return invalid("MessageStructure")
}

// texts by protocol: "non-string values will cause the key to be ignored", and
// "duplicate keys are not allowed".
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func texts(message string) (map[string]string, error) {
	decoder, byProtocol, seen := json.NewDecoder(strings.NewReader(message)), map[string]string{}, map[string]bool{}
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("no object")
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name := key.(string) // of an object, keys are
		if seen[name] {
			return nil, fmt.Errorf("%s stands twice", name)
		}
		seen[name] = true
		var value any
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		if text, ok := value.(string); ok {
			byProtocol[name] = text
		}
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	return byProtocol, nil
}

// goodSubject follows the API reference: UTF-8 without line breaks or control
// characters, shorter than 100 characters.
func goodSubject(subject string) bool {
	n := utf8.RuneCountInString(subject)
	return n >= 1 && n <= maxSubjectRunes && utf8.ValidString(subject) && !strings.ContainsFunc(subject, unicode.IsControl)
}

func invalid(what string) error {
	return wire.Errorf("InvalidParameter", "Invalid parameter: %s", what)
}
