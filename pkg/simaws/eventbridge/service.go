// Package eventbridge is the simulated EventBridge: somebody puts events onto
// the default bus, package events carries them, rules pick those that fit their
// pattern, or make events of their own on a schedule, and hand them to targets,
// again and again where that fails. What cannot be delivered goes to a
// dead-letter queue, and is lost where there is none.
//
// Rules work in virtual time only. Input paths other than those of a transformer,
// and buses other than the default one, are not simulated. The first event of a rate comes one
// interval after the rule is made (unproven: the page says that it starts then).
//
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
package eventbridge

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Limits of one call.
const (
	maxEntries         = 10
	maxBytes           = 256 << 10 // all entries together must stay below
	maxDetailTypeChars = 128
)

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	wire.JSON
	o       Options
	rules   []*rule
	listens bool // for events of the bus
	count   int  // of events that schedules made
}

// New makes the service in front of a bus, without rules.
func New(bus *events.Bus) *Service { return NewWith(Options{Bus: bus}) }

// NewWith makes the service.
func NewWith(o Options) *Service {
	s := &Service{o: o}
	s.JSON = wire.JSON{Version: "1.1", Operations: map[string]wire.Operation{
		"PutEvents":         wire.Op(s.put),
		"DescribeRule":      wire.Op(s.describe),
		"ListTargetsByRule": wire.Op(s.targets),
	}}
	return s
}

type putIn struct {
	Entries []entry
}

type entry struct {
	Time         *wire.Epoch
	Source       string
	Resources    []string
	DetailType   string
	Detail       string
	EventBusName *string
}

type putOut struct {
	FailedEntryCount int
	Entries          []result
}

type result struct {
	EventID      string `json:"EventId,omitempty"`
	ErrorCode    string `json:",omitempty"`
	ErrorMessage string `json:",omitempty"`
}

// put answers for each entry by itself: a call that succeeds may have lost
// entries all the same.
func (s *Service) put(c *wire.Call, in putIn) (putOut, error) {
	bus := wire.ARN("events", c.Region, c.Account, "event-bus/default")
	c.Touch(bus)
	if n := len(in.Entries); n < 1 || n > maxEntries {
		return putOut{}, wire.Errorf("ValidationException", "1 validation error detected: Value at 'entries' failed to satisfy constraint: "+
			"Member must have length between 1 and %d", maxEntries)
	}
	size, complete := 0, false
	for _, e := range in.Entries {
		if e.EventBusName != nil && *e.EventBusName != "default" && *e.EventBusName != bus {
			return putOut{}, wire.Unknown("%s %s: the bus %s: only the account's default bus", c.Service, c.Operation, *e.EventBusName)
		}
		size += e.bytes()
		complete = complete || e.Source != "" && e.DetailType != "" && e.Detail != ""
	}
	switch {
	case size >= maxBytes:
		return putOut{}, wire.Errorf("ValidationException", "Total size of the entries in the request is over the limit.")
	case !complete:
		return putOut{}, wire.Errorf("ValidationException", "None of the entries has a Source, a DetailType and a Detail.")
	}
	var out putOut
	for _, e := range in.Entries {
		r := e.problem()
		if r.ErrorCode != "" {
			out.FailedEntryCount++
		} else {
			r.EventID = s.send(c, e)
		}
		out.Entries = append(out.Entries, r)
	}
	return out, nil
}

func (s *Service) send(c *wire.Call, e entry) string {
	at := c.Now
	if e.Time != nil {
		at = time.Time(*e.Time)
	}
	return s.o.Bus.Send(events.Event{
		DetailType: e.DetailType, Source: e.Source, Account: c.Account, Region: c.Region,
		Time: at, Resources: slices.Clone(e.Resources), Detail: json.RawMessage(e.Detail),
	})
}

// bytes counts as the user guide does.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevents-event-size
func (e entry) bytes() int {
	n := len(e.Source) + len(e.DetailType) + len(e.Detail)
	if e.Time != nil {
		n += 14
	}
	for _, r := range e.Resources {
		n += len(r)
	}
	return n
}

// problem is why an entry fails; no code: it does not.
func (e entry) problem() result {
	var object map[string]json.RawMessage
	switch {
	case e.Source == "":
		return result{ErrorCode: "InvalidArgument", ErrorMessage: "Parameter Source is not valid. Reason: Source is a required argument."}
	case e.DetailType == "":
		return result{ErrorCode: "InvalidArgument", ErrorMessage: "Parameter DetailType is not valid. Reason: DetailType is a required argument."}
	case e.Detail == "":
		return result{ErrorCode: "InvalidArgument", ErrorMessage: "Parameter Detail is not valid. Reason: Detail is a required argument."}
	case len(e.DetailType) > maxDetailTypeChars:
		return result{ErrorCode: "InvalidArgument", ErrorMessage: "Parameter DetailType is not valid. Reason: it is too long."}
	case strings.HasPrefix(e.Source, "aws."):
		return result{ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source."}
	case json.Unmarshal([]byte(e.Detail), &object) != nil || object == nil:
		return result{ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed."}
	}
	return result{}
}
