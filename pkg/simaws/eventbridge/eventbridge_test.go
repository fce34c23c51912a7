package eventbridge_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/eventbridge"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const bus = "arn:aws:events:eu-central-1:111122223333:event-bus/default"

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

type lab struct {
	*sdk.Client
	clock  *clock.Virtual
	cloud  *simaws.Cloud
	events []events.Event
}

func newLab() *lab {
	l := &lab{clock: clock.NewVirtual(start)}
	b := events.NewBus(l.clock, nil)
	b.Subscribe(func(e events.Event) { l.events = append(l.events, e) })
	l.cloud = simaws.New(simaws.Options{Clock: l.clock}, map[string]wire.Handler{"events": eventbridge.New(b)})
	l.Client = sdk.NewFromConfig(aws.Config{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: l.cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	return l
}

func good() types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{Source: aws.String("lifeboat"), DetailType: aws.String("Drill Ended"), Detail: aws.String(`{"ending":"Passed"}`)}
}

func code(err error) string {
	if err == nil {
		return ""
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestEventsReachTheBus(t *testing.T) {
	l := newLab()
	second := good()
	second.EventBusName, second.Resources, second.Time = aws.String(bus), []string{"arn:x"}, aws.Time(start.Add(-time.Minute))
	out, err := l.PutEvents(context.Background(), &sdk.PutEventsInput{Entries: []types.PutEventsRequestEntry{good(), second}})
	if err != nil || out.FailedEntryCount != 0 {
		t.Fatalf("%v: %+v", err, out)
	}
	l.clock.Advance(time.Minute)
	want := []events.Event{
		{Version: "0", ID: *out.Entries[0].EventId, DetailType: "Drill Ended", Source: "lifeboat", Account: "111122223333", Region: "eu-central-1",
			Time: start, Resources: []string{}, Detail: []byte(`{"ending":"Passed"}`)},
		{Version: "0", ID: *out.Entries[1].EventId, DetailType: "Drill Ended", Source: "lifeboat", Account: "111122223333", Region: "eu-central-1",
			Time: start.Add(-time.Minute), Resources: []string{"arn:x"}, Detail: []byte(`{"ending":"Passed"}`)},
	}
	if diff := cmp.Diff(want, l.events); diff != "" {
		t.Error(diff)
	}
	if got := l.cloud.Calls()[0].Resources; len(got) != 1 || got[0] != bus {
		t.Errorf("touched %v", got)
	}
}

func TestEntriesFailOneByOne(t *testing.T) {
	for name, test := range map[string]struct {
		change       func(*types.PutEventsRequestEntry)
		want, reason string
	}{
		"no source":  {func(e *types.PutEventsRequestEntry) { e.Source = nil }, "InvalidArgument", ""},
		"no type":    {func(e *types.PutEventsRequestEntry) { e.DetailType = nil }, "InvalidArgument", ""},
		"no detail":  {func(e *types.PutEventsRequestEntry) { e.Detail = nil }, "InvalidArgument", ""},
		"long type":  {func(e *types.PutEventsRequestEntry) { e.DetailType = aws.String(strings.Repeat("x", 129)) }, "InvalidArgument", "128 at most"},
		"no JSON":    {func(e *types.PutEventsRequestEntry) { e.Detail = aws.String("x") }, "MalformedDetail", ""},
		"no object":  {func(e *types.PutEventsRequestEntry) { e.Detail = aws.String("[]") }, "MalformedDetail", "a detail is an object"},
		"null":       {func(e *types.PutEventsRequestEntry) { e.Detail = aws.String("null") }, "MalformedDetail", "null is none"},
		"AWS's name": {func(e *types.PutEventsRequestEntry) { e.Source = aws.String("aws.rds") }, "NotAuthorizedForSourceException", "aws. is AWS's"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab()
			bad := good()
			test.change(&bad)
			out, err := l.PutEvents(context.Background(), &sdk.PutEventsInput{Entries: []types.PutEventsRequestEntry{bad, good()}})
			if err != nil {
				t.Fatal(err)
			}
			if out.FailedEntryCount != 1 || aws.ToString(out.Entries[0].ErrorCode) != test.want || out.Entries[1].EventId == nil {
				t.Errorf("%s: %+v", test.reason, out)
			}
			l.clock.Advance(time.Minute)
			if len(l.events) != 1 {
				t.Errorf("%d events arrived", len(l.events))
			}
		})
	}
}

func TestCallsThatFailWhole(t *testing.T) {
	entries := func(n int, change func(*types.PutEventsRequestEntry)) *sdk.PutEventsInput {
		in := &sdk.PutEventsInput{Entries: []types.PutEventsRequestEntry{}}
		for range n {
			e := good()
			change(&e)
			in.Entries = append(in.Entries, e)
		}
		return in
	}
	same := func(*types.PutEventsRequestEntry) {}
	for name, test := range map[string]struct {
		in           *sdk.PutEventsInput
		want, reason string
	}{
		"ten":        {entries(10, same), "", "ten pass"},
		"eleven":     {entries(11, same), "ValidationException", "eleven do not"},
		"none":       {entries(0, same), "ValidationException", ""},
		"incomplete": {entries(2, func(e *types.PutEventsRequestEntry) { e.Detail = nil }), "ValidationException", "not one is complete"},
		"big": {entries(2, func(e *types.PutEventsRequestEntry) {
			e.Detail = aws.String(`{"x":"` + strings.Repeat("x", 128<<10) + `"}`)
		}), "ValidationException",
			"256 KiB for all"},
		"other bus": {entries(1, func(e *types.PutEventsRequestEntry) { e.EventBusName = aws.String("orders") }), "NotSimulated", ""},
		"trace":     {entries(1, func(e *types.PutEventsRequestEntry) { e.TraceHeader = aws.String("x") }), "NotSimulated", "parameters that are not simulated fail"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab()
			if _, err := l.PutEvents(context.Background(), test.in); code(err) != test.want {
				t.Errorf("%s: got %v, want %q", test.reason, err, test.want)
			}
			l.clock.Advance(time.Minute)
			if test.want != "" && len(l.events) != 0 {
				t.Errorf("%d events arrived", len(l.events))
			}
		})
	}
	if _, err := newLab().ListRules(context.Background(), nil); code(err) != "NotSimulated" {
		t.Errorf("unknown operations fail: %v", err)
	}
}
