package account

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// SubscriptionReader lists who is subscribed to a topic.
type SubscriptionReader interface {
	Subscriptions(ctx context.Context, topicARN string) (list []seen.Subscription, found bool, err error)
}

// Subscriptions looks whether everybody whom the plan names is told: SNS asks each
// address whether it wants to be, and an unanswered mail is silence on the day it
// matters.
func Subscriptions(n Needs, c Checkout, topics Regions[SubscriptionReader]) doctor.Check {
	const area = "subscriptions"
	return doctor.Check{Area: area, Run: func(ctx context.Context) []doctor.Line {
		tickets := n.Plan.Tickets
		if len(tickets) == 0 {
			tickets = n.Plan.Notify
		}
		var lines []doctor.Line
		if own, reached := topics.at(home(n)); reached {
			lines = subscribed(ctx, n, own, n.Names.PagesARN(), n.Plan.Notify)
			lines = append(lines, subscribed(ctx, n, own, n.Names.TicketsARN(), tickets)...)
		} else {
			lines = append(lines, topics.elsewhere(c, area, "topics of "+n.Names.Prefix(), home(n)))
		}
		if !n.Plan.Backup.Managed() || n.Plan.Regions == nil {
			return lines
		}
		at := ofDatabases(n)
		if reader, reached := topics.at(at); reached {
			return append(lines, subscribed(ctx, n, reader, at.in(n.Names).ARN("sns", n.Names.BackupsTopic()), tickets)...)
		}
		return append(lines, topics.elsewhere(c, area, "topic "+n.Names.BackupsTopic(), at))
	}}
}

func subscribed(ctx context.Context, n Needs, topics SubscriptionReader, arn string, planned []string) (lines []doctor.Line) {
	subject, at := "topic "+nameIn(arn), placeIn(n.Names, arn)
	add := func(state doctor.State, command, format string, arguments ...any) {
		lines = append(lines, doctor.Line{Subject: subject, State: state, What: fmt.Sprintf(format, arguments...), Command: command, Basis: doctor.Asked})
	}
	look := cliIn(at.region, "sns list-subscriptions-by-topic --topic-arn %s", arn)
	list, there, err := topics.Subscriptions(ctx, arn)
	if err != nil {
		return []doctor.Line{unread(subject, err, look)}
	}
	if !there {
		add(doctor.Wrong, n.repairIn(at, "AWS::SNS::Topic"), "is not there: nobody is told anything")
		return lines
	}
	var extra []string
	for _, s := range list {
		if !isPlanned(planned, s) {
			extra = append(extra, s.Endpoint)
		}
	}
	for _, address := range planned {
		i := slices.IndexFunc(list, func(s seen.Subscription) bool { return sameAddress(s, address) })
		switch subscribe := cliIn(at.region, "sns subscribe --topic-arn %s --protocol email --notification-endpoint %s", arn, printable.ShellWord(address)); {
		case i < 0:
			add(doctor.Wrong, subscribe, "%s is not subscribed", address)
		case !list[i].Confirmed:
			// Subscribing again sends the mail again.
			// https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
			add(doctor.Wrong, subscribe, "%s has not confirmed: this sends the mail again, with a link to follow", address)
		}
	}
	if !slices.ContainsFunc(list, func(s seen.Subscription) bool { return s.Confirmed }) {
		add(doctor.Wrong, look, "nobody is subscribed who has confirmed: whatever happens, nobody is told")
	}
	if len(lines) == 0 {
		what := fmt.Sprintf("everybody is told whom the plan names: %s", strings.Join(planned, ", "))
		if len(extra) > 0 {
			slices.Sort(extra)
			what += "; and beside them " + strings.Join(extra, ", ")
		}
		add(doctor.OK, "", "%s", cmp.Or(what, "nobody is to be told"))
	}
	return lines
}

func isPlanned(planned []string, s seen.Subscription) bool {
	return slices.ContainsFunc(planned, func(address string) bool { return sameAddress(s, address) })
}

func sameAddress(s seen.Subscription, address string) bool {
	return strings.HasPrefix(s.Protocol, "email") && strings.EqualFold(s.Endpoint, address)
}
