package account

import (
	"context"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type fakeTopics struct {
	list  []seen.Subscription
	there bool
	err   error
}

func (f fakeTopics) Subscriptions(context.Context, string) ([]seen.Subscription, bool, error) {
	return f.list, f.there, f.err
}

func TestSubscriptions(t *testing.T) {
	mail := func(address string, confirmed bool) seen.Subscription {
		return seen.Subscription{Protocol: "email", Endpoint: address, Confirmed: confirmed}
	}
	for name, c := range map[string]struct {
		topics  fakeTopics
		state   doctor.State
		what    string
		command string
		lines   int
	}{
		"all":         {fakeTopics{[]seen.Subscription{mail("a@example.com", true)}, true, nil}, doctor.OK, "a@example.com", "", 1},
		"more":        {fakeTopics{[]seen.Subscription{mail("A@example.com", true), {Protocol: "https", Endpoint: "https://chat.example", Confirmed: true}}, true, nil}, doctor.OK, "beside them https://chat.example", "", 1},
		"unconfirmed": {fakeTopics{[]seen.Subscription{mail("a@example.com", false), mail("b@example.com", true)}, true, nil}, doctor.Wrong, "a@example.com has not confirmed", "aws sns subscribe --topic-arn t --protocol email --notification-endpoint a@example.com", 1},
		"missing":     {fakeTopics{[]seen.Subscription{mail("b@example.com", true)}, true, nil}, doctor.Wrong, "a@example.com is not subscribed", "aws sns subscribe", 1},
		"nobody":      {fakeTopics{nil, true, nil}, doctor.Wrong, "not subscribed", "aws sns subscribe", 2},
		"no topic":    {fakeTopics{}, doctor.Wrong, "is not there", "aws cloudformation create-change-set", 1},
		"denied":      {fakeTopics{err: errDenied}, doctor.Unknown, "it takes", "aws sns list-subscriptions-by-topic --topic-arn t", 1},
		"throttled":   {fakeTopics{err: errThrottled}, doctor.Unknown, "of late", "aws sns list", 1},
	} {
		t.Run(name, func(t *testing.T) {
			lines := subscribed(context.Background(), Needs{Names: theNames}, c.topics, "t", []string{"a@example.com"})
			if got := said(t, lines); got.State != c.state || !strings.Contains(got.What, c.what) || !strings.HasPrefix(got.Command, c.command) || len(lines) != c.lines {
				t.Errorf("%+v", lines)
			}
		})
	}
	// Without an address of their own tickets go where pages go.
	lines := Subscriptions(Needs{Names: theNames, Plan: aPlan()}, theCheckout, here[SubscriptionReader](fakeTopics{there: true})).Run(context.Background())
	if len(lines) != 4 || !strings.Contains(lines[2].What, "a@example.com") {
		t.Errorf("%+v", lines)
	}
}
