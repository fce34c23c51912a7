package eventbridge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/redelivery"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/timetable"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Quotas of an account; that of rules can be raised.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html#eb-limits
const (
	maxTargets = 5   // of a rule
	maxRules   = 300 // of a bus; 100 in two regions
)

// Rule is one on the default bus of its account in its region. It has a
// pattern, a schedule or both.
type Rule struct {
	ARN, Name, Account, Region string
	Pattern                    json.RawMessage
	Schedule                   string // cron(...) or rate(...), in UTC
	Enabled                    bool
	Targets                    []Target // five at most
}

// Target is whom a rule tells.
type Target struct {
	ID, ARN    string
	RoleARN    string          // whose permissions are used; empty: the target's own policy lets EventBridge in
	DeadLetter string          // ARN of a queue; empty: what cannot be delivered is lost
	Input      json.RawMessage // what it gets instead of the event; empty: the event
	Transform  *Transformer    // makes what it gets out of the event; nil: see Input
	MaxAge     time.Duration   // zero: 24 hours
	MaxRetries *int            // nil: 185
}

// Undelivered is an event that a target did not get.
type Undelivered struct {
	Rule   Rule
	Target Target
	Event  []byte // as it came from the bus, whatever the target's Input says (unproven)
	// Code is one of those that the user guide lists for ERROR_CODE.
	Code, Message string
	Err           error  // of the last attempt
	Exhausted     string // MaximumRetryAttempts or MaximumEventAgeInSeconds; empty: it was not to be tried again
	Retried       int    // attempts after the first
	At            time.Time
}

// Attributes are those of the message in the dead-letter queue.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
func (u Undelivered) Attributes() map[string]string {
	all := map[string]string{
		"RULE_ARN": u.Rule.ARN, "TARGET_ARN": u.Target.ARN, "ERROR_CODE": u.Code, "ERROR_MESSAGE": u.Message,
		"RETRY_ATTEMPTS": strconv.Itoa(u.Retried),
	}
	if u.Exhausted != "" {
		all["EXHAUSTED_RETRY_CONDITION"] = u.Exhausted
	}
	return all
}

// Options of the service.
type Options struct {
	Bus   *events.Bus
	Clock clock.Clock
	// Deliver hands something over to a target and returns at once, from a timer.
	// An *wire.Error that says that something is forbidden or missing is final;
	// after any other error it is tried again. nil: there can be no rules.
	Deliver func(Rule, Target, []byte) error
	// DeadLetter puts a message into Target.DeadLetter; nil: no queue takes any.
	DeadLetter func(Undelivered) error
	// Lost is told what reached neither its target nor a queue; the error says why
	// not. May be nil.
	Lost func(Undelivered, error)
}

// rule is one that was added.
type rule struct {
	Rule
	pattern   *pattern // nil: it has none
	schedule  timetable.Expression
	scheduled bool
	anchor    time.Time // of a rate: the first moment
	last      time.Time // that the schedule was due
	stop      func() bool
	matched   int
}

// AddRule makes a rule, or replaces that of the same ARN. A pattern or a
// schedule that AWS would refuse is an error that names what is wrong with it.
// A rule whose schedule stays the same keeps its rhythm.
func (s *Service) AddRule(r Rule) error {
	if s.o.Deliver == nil || s.o.Clock == nil {
		return wire.Unknown("events: the rule %s: nobody said how to deliver, see eventbridge.Options", r.Name)
	}
	if err := s.place(&r); err != nil {
		return err
	}
	added := &rule{Rule: r}
	if err := added.read(); err != nil {
		return fmt.Errorf("rule %s: %w", r.Name, err)
	}
	if err := checkTargets(r.Targets); err != nil {
		return fmt.Errorf("rule %s: %w", r.Name, err)
	}
	if s.find(r.ARN) == nil && s.onBus(r) >= maxRules {
		return wire.Errorf("LimitExceededException", "the bus of %s in %s has %d rules", r.Account, r.Region, maxRules)
	}
	s.listen()
	now := s.o.Clock.Now()
	after := now
	added.anchor = now.Add(added.schedule.Rate())
	if old := s.find(r.ARN); old != nil {
		added.matched, added.last = old.matched, old.last
		if old.Schedule == r.Schedule {
			// What is due at this very moment is not lost, and not made twice.
			added.anchor, after = old.anchor, now.Add(-1)
		}
		if added.last.After(after) {
			after = added.last
		}
		s.RemoveRule(r.ARN)
	}
	s.rules = append(s.rules, added)
	s.arm(added, after)
	return nil
}

// place fills in what follows from the ARN, or the ARN from the rest.
func (s *Service) place(r *Rule) error {
	if r.ARN == "" {
		r.ARN = wire.ARN("events", r.Region, r.Account, "rule/"+r.Name)
	}
	parts := strings.SplitN(r.ARN, ":", 6)
	if len(parts) != 6 || parts[2] != "events" || !strings.HasPrefix(parts[5], "rule/") {
		return wire.Errorf("ValidationException", "%q is no ARN of a rule", r.ARN)
	}
	name := strings.TrimPrefix(parts[5], "rule/")
	if strings.Contains(name, "/") {
		return wire.Unknown("events: the rule %s: only those of the default bus", r.ARN)
	}
	for _, m := range []struct {
		member *string
		is     string
	}{{&r.Region, parts[3]}, {&r.Account, parts[4]}, {&r.Name, name}} {
		if *m.member == "" {
			*m.member = m.is
		}
		if *m.member != m.is || m.is == "" {
			return wire.Errorf("ValidationException", "the rule %s says that it is %q", r.ARN, *m.member)
		}
	}
	return nil
}

func (r *rule) read() error {
	if len(r.Pattern) == 0 && r.Schedule == "" {
		return wire.Errorf("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.")
	}
	if len(r.Pattern) > 0 {
		p, err := parsePattern(r.Pattern)
		if err != nil {
			return err
		}
		r.pattern = &p
	}
	if r.Schedule == "" {
		return nil
	}
	var err error
	r.schedule, err = timetable.Parse(r.Schedule)
	if err == nil && r.schedule.Once() {
		err = errors.New("rules have no at(...)")
	}
	if err == nil && !r.schedule.Plural() {
		err = errors.New("the unit is singular for 1 and plural for all others")
	}
	if err != nil {
		return wire.Errorf("ValidationException", "Parameter ScheduleExpression is not valid: %v", err)
	}
	r.scheduled = true
	return nil
}

func checkTargets(targets []Target) error {
	if len(targets) > maxTargets {
		return wire.Errorf("LimitExceededException", "%d targets: a rule has %d at most", len(targets), maxTargets)
	}
	seen := map[string]bool{}
	for _, t := range targets {
		switch {
		case t.ID == "" || t.ARN == "":
			return wire.Errorf("ValidationException", "a target has an Id and an Arn")
		case seen[t.ID]:
			return wire.Errorf("ValidationException", "two targets are %q", t.ID)
		case len(t.Input) > 0 && t.Transform != nil:
			return fmt.Errorf("target %s has an input and an input transformer", t.ID)
		case len(t.Input) > 0 && !json.Valid(t.Input):
			return wire.Errorf("ValidationException", "JSON syntax error in input for target %s", t.ID)
		}
		seen[t.ID] = true
		if t.Transform != nil {
			if err := t.Transform.check(); err != nil {
				return fmt.Errorf("target %s: %w", t.ID, err)
			}
		}
		if err := (redelivery.Policy{MaxAge: t.MaxAge, MaxRetries: t.MaxRetries}).Check(); err != nil {
			return fmt.Errorf("target %s: %w", t.ID, err)
		}
	}
	return nil
}

// RemoveRule removes a rule; of an unknown one nothing. What it has begun to
// deliver goes on.
func (s *Service) RemoveRule(arn string) {
	i := slices.IndexFunc(s.rules, func(r *rule) bool { return r.ARN == arn })
	if i < 0 {
		return
	}
	if stop := s.rules[i].stop; stop != nil {
		stop()
	}
	s.rules = slices.Delete(s.rules, i, i+1)
}

// Rules are those that are there, in the order in which they were added.
func (s *Service) Rules() []Rule {
	var all []Rule
	for _, r := range s.rules {
		all = append(all, r.Rule)
	}
	return all
}

// Matched is how often a rule was triggered, by events and by its schedule.
func (s *Service) Matched(arn string) int {
	if r := s.find(arn); r != nil {
		return r.matched
	}
	return 0
}

func (s *Service) find(arn string) *rule {
	i := slices.IndexFunc(s.rules, func(r *rule) bool { return r.ARN == arn })
	if i < 0 {
		return nil
	}
	return s.rules[i]
}

// onBus counts the rules on the bus of one.
func (s *Service) onBus(one Rule) int {
	n := 0
	for _, r := range s.rules {
		if r.Account == one.Account && r.Region == one.Region {
			n++
		}
	}
	return n
}

// listen begins with the first rule: who has none pays for none.
func (s *Service) listen() {
	if s.listens || s.o.Bus == nil {
		return
	}
	s.listens = true
	s.o.Bus.Subscribe(s.arrive)
}

// arrive shows an event to all rules of its bus.
func (s *Service) arrive(e events.Event) {
	var (
		text  []byte
		event map[string][]leaf
	)
	for _, r := range slices.Clone(s.rules) {
		if !r.Enabled || r.pattern == nil || r.Account != e.Account || r.Region != e.Region {
			continue
		}
		if text == nil {
			text = envelope(e)
			var err error
			if event, err = leaves(text); err != nil {
				panic(fmt.Sprintf("an event of %s is no JSON: %v", e.Source, err)) // the bus has only what was encoded or checked
			}
		}
		if r.pattern.matches(event) {
			s.trigger(r, text)
		}
	}
}

// arm sets the timer of the first moment behind another that a schedule is due.
func (s *Service) arm(r *rule, after time.Time) {
	if !r.scheduled || !r.Enabled {
		return
	}
	at, more := r.schedule.Next(after, time.UTC, r.anchor)
	if !more {
		return
	}
	r.stop = s.o.Clock.AfterFunc(at.Sub(s.o.Clock.Now()), func() {
		r.last = at
		s.arm(r, at)
		s.count++
		s.trigger(r, envelope(events.Event{
			Version: "0", ID: fmt.Sprintf("00000000-0000-4000-9000-%012d", s.count), DetailType: "Scheduled Event", Source: "aws.events",
			Account: r.Account, Region: r.Region, Time: at, Resources: []string{r.ARN}, Detail: json.RawMessage("{}"),
		}))
	})
}

func (s *Service) trigger(r *rule, event []byte) {
	r.matched++
	for _, t := range r.Targets {
		s.hand(r.Rule, t, event)
	}
}

func (s *Service) hand(r Rule, t Target, event []byte) {
	input := event
	if len(t.Input) > 0 {
		input = t.Input
	}
	if t.Transform != nil {
		made, err := t.Transform.transform(event)
		if err != nil {
			s.bury(Undelivered{Rule: r, Target: t, Event: event, Code: errorCode(err), Message: message(err), Err: err, At: s.o.Clock.Now()})
			return
		}
		input = made
	}
	redelivery.Try(s.o.Clock, redelivery.Policy{MaxAge: t.MaxAge, MaxRetries: t.MaxRetries}, func(int) error {
		return s.o.Deliver(r, t, slices.Clone(input))
	}, func(f redelivery.Failure) {
		s.bury(Undelivered{
			Rule: r, Target: t, Event: event, Code: errorCode(f.Err), Message: message(f.Err), Err: f.Err,
			Exhausted: f.Exhausted, Retried: f.Retried, At: s.o.Clock.Now(),
		})
	})
}

func (s *Service) bury(u Undelivered) {
	var err error
	switch {
	case u.Target.DeadLetter == "":
		err = fmt.Errorf("the target %s of the rule %s has no dead-letter queue", u.Target.ID, u.Rule.Name)
	case s.o.DeadLetter == nil:
		err = fmt.Errorf("there is no queue %s", u.Target.DeadLetter)
	default:
		err = s.o.DeadLetter(u)
	}
	if err != nil && s.o.Lost != nil {
		s.o.Lost(u, err)
	}
}

// errorCode is that of the user guide's list that fits; which one EventBridge
// picks for what, the list does not say.
func errorCode(err error) string {
	switch redelivery.KindOf(err) {
	case redelivery.Forbidden:
		return "NO_PERMISSIONS"
	case redelivery.Missing:
		return "NO_RESOURCE"
	case redelivery.Throttled:
		return "THROTTLING"
	case redelivery.Other:
		return "ERROR_FROM_TARGET"
	case redelivery.Unexpected:
		return "INTERNAL_ERROR"
	}
	return "UNKNOWN"
}

func message(err error) string {
	var failed *wire.Error
	if errors.As(err, &failed) {
		return failed.Message
	}
	return err.Error()
}

// envelope is an event as targets get it: its time has whole seconds.
func envelope(e events.Event) []byte {
	e.Time = e.Time.UTC().Truncate(time.Second)
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		panic(fmt.Sprintf("an event of %s: %v", e.Source, err)) // as in arrive
	}
	return bytes.TrimSpace(text.Bytes())
}
