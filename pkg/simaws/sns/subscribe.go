package sns

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Subscription of an address to a topic. Until it is confirmed it receives
// nothing but the request to confirm it.
//
// https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
// https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
type Subscription struct {
	ARN, Topic, Protocol, Endpoint string
	Confirmed                      bool
}

// protocols of addresses.
var protocols = []string{"email", "email-json"}

// Subscribe makes a subscription of an address or of ChatEndpoint, or finds that
// of the same topic, protocol and endpoint. An address is asked for its confirmation, every time, unless
// confirmed says that somebody has done it (or does it now).
//
// SNS deletes what is not confirmed after some days; here it waits for ever.
func (s *Service) Subscribe(topic, protocol, endpoint string, confirmed bool) (string, error) {
	chat := protocol == "https" && endpoint == ChatEndpoint
	if !chat && !slices.Contains(protocols, protocol) {
		return "", wire.Unknown("sns: subscriptions of protocol %q", protocol)
	}
	if !s.has(topic) {
		return "", gone()
	}
	if name, domain, ok := strings.Cut(endpoint, "@"); !chat && (!ok || name == "" || domain == "" || strings.ContainsAny(endpoint, " \t\r\n")) {
		return "", invalid("Email address")
	}
	i := slices.IndexFunc(s.subscriptions, func(other Subscription) bool {
		return other.Topic == topic && other.Protocol == protocol && other.Endpoint == endpoint
	})
	if i < 0 {
		s.made++
		i = len(s.subscriptions)
		s.subscriptions = append(s.subscriptions, Subscription{
			ARN: fmt.Sprintf("%s:00000000-0000-4000-9000-%012d", topic, s.made), Topic: topic, Protocol: protocol, Endpoint: endpoint,
		})
	}
	to := &s.subscriptions[i]
	to.Confirmed = to.Confirmed || chat // by itself
	if !to.Confirmed {
		s.ask(*to)
	}
	to.Confirmed = to.Confirmed || confirmed
	return to.ARN, nil
}

// ask sends the request for confirmation. Its words are from memory.
func (s *Service) ask(to Subscription) {
	s.sent++
	var now time.Time
	if s.o.Clock != nil {
		now = s.o.Clock.Now()
	}
	s.inboxes[to.Endpoint] = append(s.inboxes[to.Endpoint], Message{
		ID: fmt.Sprintf("00000000-0000-4000-a000-%012d", s.sent), Topic: to.Topic, Subject: "AWS Notification - Subscription Confirmation",
		Message: "You have chosen to subscribe to the topic: " + to.Topic + "\n\nTo confirm this subscription, click or visit the link below " +
			"(If this was in error no action is necessary): Confirm subscription",
		At: now, Publisher: "sns.amazonaws.com",
	})
}

// Confirm is what happens when somebody follows the link. It panics where there
// is no such subscription: nobody was asked.
func (s *Service) Confirm(arn string) {
	i := slices.IndexFunc(s.subscriptions, func(other Subscription) bool { return other.ARN == arn })
	if i < 0 {
		panic("pkg/simaws: sns: no subscription " + arn)
	}
	s.subscriptions[i].Confirmed = true
}

// Unsubscribe removes a subscription; none is fine.
func (s *Service) Unsubscribe(arn string) {
	s.subscriptions = slices.DeleteFunc(s.subscriptions, func(other Subscription) bool { return other.ARN == arn })
}

// Subscriptions are all of them, in the order in which they were made.
func (s *Service) Subscriptions() []Subscription { return slices.Clone(s.subscriptions) }

// RemoveTopic removes a topic with its subscriptions; what they received stays.
func (s *Service) RemoveTopic(arn string) {
	s.topics = slices.DeleteFunc(s.topics, func(other string) bool { return other == arn })
	s.subscriptions = slices.DeleteFunc(s.subscriptions, func(other Subscription) bool { return other.Topic == arn })
}

// Deliver publishes what an AWS service has for a topic: Topic, Subject,
// Message, At and Publisher are the caller's.
func (s *Service) Deliver(m Message) error {
	if !s.has(m.Topic) {
		return gone()
	}
	in := publishIn{Message: m.Message}
	if m.Subject != "" {
		in.Subject = &m.Subject
	}
	if err := check(in); err != nil {
		return err
	}
	s.take(&m, false)
	return nil
}

// take keeps a message, and hands it to those who have confirmed; one that has a
// text per protocol, each its own.
func (s *Service) take(m *Message, byProtocol bool) {
	m.ID = fmt.Sprintf("00000000-0000-4000-8000-%012d", len(s.messages)+1)
	s.messages = append(s.messages, *m)
	for _, to := range s.subscriptions {
		if to.Topic != m.Topic || !to.Confirmed {
			continue
		}
		copied := *m
		if byProtocol {
			copied.Message = textFor(to.Protocol, m.Message)
		}
		s.inboxes[to.Endpoint] = append(s.inboxes[to.Endpoint], copied)
	}
}

// textFor chooses from a message that check has passed.
func textFor(protocol, message string) string {
	byProtocol, err := texts(message)
	if err != nil {
		panic(fmt.Errorf("pkg/simaws: sns: a message that was checked: %w", err))
	}
	if text, ok := byProtocol[protocol]; ok {
		return text
	}
	return byProtocol["default"]
}

// Inbox is what an address received, in order, the requests for confirmation
// included: as it was published, without the lines about leaving that SNS adds.
func (s *Service) Inbox(endpoint string) []Message { return slices.Clone(s.inboxes[endpoint]) }

func (s *Service) has(topic string) bool { return slices.Contains(s.topics, topic) }

func gone() error {
	return &wire.Error{Code: "NotFound", Message: "Topic does not exist", Status: http.StatusNotFound}
}

// pageSize of lists.
const pageSize = 100

// page cuts a list; the token is how many came before.
func page[T any](list []T, token *string) (part []T, next *string, err error) {
	skip := 0
	if token != nil {
		if skip, err = strconv.Atoi(*token); err != nil || skip < 0 || skip > len(list) {
			return nil, nil, invalid("NextToken")
		}
	}
	last := min(skip+pageSize, len(list))
	if last < len(list) {
		text := strconv.Itoa(last)
		next = &text
	}
	return list[skip:last], next, nil
}

type listIn struct {
	TopicArn  string
	NextToken *string
}

type listOut struct {
	Subscriptions []member `xml:"Subscriptions>member"`
	NextToken     *string  `xml:",omitempty"`
}

type member struct {
	TopicArn, Protocol, SubscriptionArn, Owner, Endpoint string
}

// list answers https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html.
// One that is not confirmed has no ARN yet: it shows as PendingConfirmation.
func (s *Service) list(c *wire.Call, in listIn) (listOut, error) {
	c.Touch(in.TopicArn)
	if err := s.topic(c, "SNS:ListSubscriptionsByTopic", in.TopicArn); err != nil {
		return listOut{}, err
	}
	var all []member
	for _, to := range s.subscriptions {
		if to.Topic != in.TopicArn {
			continue
		}
		arn := to.ARN
		if !to.Confirmed {
			arn = "PendingConfirmation"
		}
		all = append(all, member{to.Topic, to.Protocol, arn, c.Account, to.Endpoint})
	}
	part, next, err := page(all, in.NextToken)
	return listOut{part, next}, err
}

type topicsIn struct{ NextToken *string }

type topicsOut struct {
	Topics    []topicMember `xml:"Topics>member"`
	NextToken *string       `xml:",omitempty"`
}

type topicMember struct{ TopicArn string }

// listTopics answers https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html.
func (s *Service) listTopics(c *wire.Call, in topicsIn) (topicsOut, error) {
	c.Touch("*")
	var all []topicMember
	for _, arn := range s.topics {
		if strings.HasPrefix(arn, wire.ARN("sns", c.Region, c.Account, "")) {
			all = append(all, topicMember{arn})
		}
	}
	slices.SortFunc(all, func(a, b topicMember) int { return strings.Compare(a.TopicArn, b.TopicArn) })
	part, next, err := page(all, in.NextToken)
	return topicsOut{part, next}, err
}

type attributesIn struct{ TopicArn string }

type attributesOut struct {
	Attributes []entry `xml:"Attributes>entry"`
}

type entry struct {
	Key   string `xml:"key"`
	Value string `xml:"value"`
}

// attributes answers https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html:
// the ARN, the owner and how many subscriptions there are. The policy, the key
// and the display name are not kept here.
func (s *Service) attributes(c *wire.Call, in attributesIn) (attributesOut, error) {
	c.Touch(in.TopicArn)
	if err := s.topic(c, "SNS:GetTopicAttributes", in.TopicArn); err != nil {
		return attributesOut{}, err
	}
	confirmed, pending := 0, 0
	for _, to := range s.subscriptions {
		switch {
		case to.Topic != in.TopicArn:
		case to.Confirmed:
			confirmed++
		default:
			pending++
		}
	}
	return attributesOut{[]entry{
		{"TopicArn", in.TopicArn},
		{"Owner", c.Account},
		{"SubscriptionsConfirmed", strconv.Itoa(confirmed)},
		{"SubscriptionsPending", strconv.Itoa(pending)},
	}}, nil
}
