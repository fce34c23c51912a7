package cloudwatch

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Composite is a composite alarm, as PutCompositeAlarm and
// AWS::CloudWatch::CompositeAlarm have it: in ALARM while its rule is true of the
// states of other alarms, composite ones among them.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
type Composite struct {
	Name, ARN, Account, Region, Description string
	Actions, OKActions, NoDataActions       []string
	ActionsEnabled                          bool // AWS's default is true
	Rule                                    string
	// Suppressor is an alarm, by name or ARN, during whose ALARM no actions are
	// taken; "" for none. Wait is how long a change waits for the suppressor,
	// Extension how long one goes on waiting once the suppressor is over.
	Suppressor      string
	Wait, Extension time.Duration
}

// What suppresses actions, as DescribeAlarms and events have it.
const (
	byAlarm     = "Alarm"
	byWait      = "WaitPeriod"
	byExtension = "ExtensionPeriod"
)

// composite is one that is watched.
type composite struct {
	Composite
	rule       condition
	children   []string // ARNs
	suppressor string   // ARN

	state, reason, data        string
	since, updated, configured time.Time
	by                         string // what suppresses the actions of the state
	from                       string // the state before, of whose change the actions are due
	stop                       func() bool
}

// CompositeState is a composite alarm and how it stands.
type CompositeState struct {
	Composite
	State, Reason string
	Since         time.Time
	// SuppressedBy is what keeps the actions of the state from being taken: Alarm,
	// WaitPeriod, ExtensionPeriod, or "".
	SuppressedBy string
}

// AddComposite makes a composite alarm, or replaces the one of the same ARN: its
// state stays, and what waits is discarded. A new one has INSUFFICIENT_DATA until
// its first evaluation, some seconds later. An error is what AWS would refuse, or
// names what is not simulated.
func (s *Service) AddComposite(def Composite) error {
	now := s.o.Clock.Now()
	c := &composite{Composite: def, state: InsufficientData, reason: "Unchecked: Initial alarm creation", since: now, updated: now, configured: now}
	c.Actions, c.OKActions, c.NoDataActions = slices.Clone(c.Actions), slices.Clone(c.OKActions), slices.Clone(c.NoDataActions)
	if err := s.prepare(c); err != nil {
		return err
	}
	if i := s.compositeAt(def.ARN); i >= 0 {
		old := s.composites[i]
		old.halt()
		c.state, c.reason, c.data, c.since, c.updated = old.state, old.reason, old.data, old.since, old.updated
		s.composites[i] = c
	} else {
		s.composites = append(s.composites, c)
	}
	s.o.Clock.AfterFunc(firstLook, func() { s.tell(nil) })
	return nil
}

// firstLook is after how long a new one is evaluated: AWS does not say.
const firstLook = 5 * time.Second

// RemoveComposite deletes a composite alarm. None of that ARN is fine.
func (s *Service) RemoveComposite(arn string) {
	if i := s.compositeAt(arn); i >= 0 {
		s.composites[i].halt()
		s.composites = slices.Delete(s.composites, i, i+1)
	}
}

// Composites are all of them, of every account and region, in the order in which
// they were made.
func (s *Service) Composites() []CompositeState {
	list := make([]CompositeState, 0, len(s.composites))
	for _, c := range s.composites {
		list = append(list, CompositeState{c.Composite, c.state, c.reason, c.since, c.by})
	}
	return list
}

func (s *Service) compositeAt(arn string) int {
	return slices.IndexFunc(s.composites, func(c *composite) bool { return c.ARN == arn })
}

// prepare checks the definition and compiles its rule.
func (s *Service) prepare(c *composite) error {
	asAlarm := alarm{Alarm: c.common()}
	if err := asAlarm.checkNames(); err != nil {
		return err
	}
	if err := asAlarm.checkActions(); err != nil {
		return err
	}
	if s.alarmAt(c.ARN) >= 0 {
		return wire.Errorf(validation, "%s is a metric alarm already.", c.Name)
	}
	if n := utf8.RuneCountInString(c.Rule); n < 1 || n > maxRule {
		return wire.Errorf(validation, "The AlarmRule of %s must have 1 to %d characters.", c.Name, maxRule)
	}
	p := ruleParser{c: &c.Composite}
	var err error
	if c.rule, err = p.whole(); err != nil {
		return err
	}
	c.children = p.children
	if (c.Suppressor == "") && (c.Wait != 0 || c.Extension != 0) || c.Wait < 0 || c.Extension < 0 || c.Wait%time.Second != 0 || c.Extension%time.Second != 0 {
		return wire.Errorf(validation, "The periods of the suppressor of %s are whole seconds, and go with an ActionsSuppressor.", c.Name)
	}
	refers := c.children
	if c.Suppressor != "" {
		if c.suppressor, err = c.reference(c.Suppressor); err != nil {
			return err
		}
		refers = append(slices.Clone(refers), c.suppressor)
	}
	for _, arn := range refers {
		if _, there := s.stateOf(arn); !there {
			return wire.Errorf(validation, "Alarm %s refers to %s, which does not exist.", c.Name, arn)
		}
		if s.depends(arn, c.ARN) {
			return wire.Unknown("the composite alarms %s and %s depend on each other", c.Name, arn)
		}
	}
	for _, arn := range c.children {
		parents := 0
		for _, other := range s.composites {
			if other.ARN != c.ARN && slices.Contains(other.children, arn) {
				parents++
			}
		}
		if parents >= maxParents {
			return wire.Errorf(validation, "%s is in the rules of %d composite alarms already.", arn, maxParents)
		}
	}
	return nil
}

// depends reports whether an alarm looks at another, directly or not.
func (s *Service) depends(arn, on string) bool {
	if arn == on {
		return true
	}
	i := s.compositeAt(arn)
	return i >= 0 && slices.ContainsFunc(append(slices.Clone(s.composites[i].children), s.composites[i].suppressor), func(child string) bool {
		return child != "" && s.depends(child, on)
	})
}

// stateOf an alarm of either kind.
func (s *Service) stateOf(arn string) (state string, there bool) {
	if i := s.alarmAt(arn); i >= 0 {
		return s.alarms[i].state, true
	}
	if i := s.compositeAt(arn); i >= 0 {
		return s.composites[i].state, true
	}
	return "", false
}

// follow evaluates the composite alarms until none changes any more, and gives
// their changes. news are those that led to it.
func (s *Service) follow(news []Change) (changes []Change) {
	for {
		var next []Change
		for _, c := range s.composites {
			next = append(next, s.suppression(c, news)...)
			to := OK
			if c.rule(func(arn string) string { state, _ := s.stateOf(arn); return state }) {
				to = InAlarm
			}
			if to != c.state {
				next = append(next, s.move(c, to, c.words(to, news, s.o.Clock.Now()), s.triggers(c)))
			}
		}
		if len(next) == 0 {
			return changes
		}
		changes, news = append(changes, next...), next
	}
}

// move changes the state of a composite alarm. Its actions are taken at once, or
// held back.
func (s *Service) move(c *composite, to, reason, data string) Change {
	now := s.o.Clock.Now()
	c.halt()
	before := *c
	c.from, c.state, c.reason, c.data, c.updated = c.state, to, reason, data, now
	if before.state != to {
		c.since = now
	}
	c.by = ""
	if c.suppressor != "" {
		if state, _ := s.stateOf(c.suppressor); state == InAlarm {
			c.by = byAlarm
		} else if c.Wait > 0 {
			s.hold(c, byWait, c.Wait)
		}
	}
	return c.change(before, now)
}

// suppression is what a change of the suppressor does to actions that are held
// back. AWS's page has six examples.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html
func (s *Service) suppression(c *composite, news []Change) []Change {
	i := slices.IndexFunc(news, func(n Change) bool { return c.suppressor != "" && n.Alarm.ARN == c.suppressor && n.From != n.To })
	if i < 0 || c.by == "" {
		return nil // what was done is done
	}
	before, now := *c, s.o.Clock.Now()
	switch {
	case news[i].To == InAlarm:
		c.halt()
		c.by = byAlarm
	case news[i].From == InAlarm && c.Extension > 0:
		s.hold(c, byExtension, c.Extension)
	case news[i].From == InAlarm:
		c.by = ""
	default:
		return nil
	}
	return []Change{c.change(before, now)}
}

// hold keeps the actions back for a time, and takes those of the state of then.
func (s *Service) hold(c *composite, by string, period time.Duration) {
	c.halt()
	c.by = by
	c.stop = s.o.Clock.AfterFunc(period, func() {
		before := *c
		c.by, c.stop = "", nil
		s.tell([]Change{c.change(before, s.o.Clock.Now())})
	})
}

func (c *composite) halt() {
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
}

// change is from what was before. Where only the suppression changed, both states
// are the same.
func (c *composite) change(before composite, now time.Time) Change {
	def := c.Composite
	return Change{
		Alarm: c.common(), Composite: &def, From: before.state, To: c.state, Reason: c.reason, At: now, Data: c.data, Configured: c.configured,
		FromReason: before.reason, FromData: before.data, FromAt: before.since, SuppressedBy: c.by, FromSuppressedBy: before.by, Due: c.from,
	}
}

// common is what a composite alarm shares with others.
func (c *Composite) common() Alarm {
	return Alarm{
		Name: c.Name, ARN: c.ARN, Account: c.Account, Region: c.Region, Description: c.Description,
		Actions: c.Actions, OKActions: c.OKActions, NoDataActions: c.NoDataActions, ActionsEnabled: c.ActionsEnabled,
	}
}

// words are the reason, by notifications that people published.
func (c *composite) words(to string, news []Change, now time.Time) string {
	for _, n := range news {
		if n.From != n.To && slices.Contains(c.children, n.Alarm.ARN) {
			return fmt.Sprintf("%s transitioned to %s at %s", n.Alarm.ARN, n.To, now.UTC().Format("Monday 02 January, 2006 15:04:05 MST"))
		}
	}
	return fmt.Sprintf("%s was created and its alarm rule evaluates to %s", c.ARN, to)
}

type triggering struct {
	ARN   string `json:"arn"`
	State struct {
		Value string `json:"value"`
		At    string `json:"timestamp"`
	} `json:"state"`
}

// triggers are the children and how they stand: all of them; AWS lists those that
// made the state, and does not say by which rule.
func (s *Service) triggers(c *composite) string {
	list := []triggering{}
	for _, arn := range c.children {
		t := triggering{ARN: arn}
		t.State.Value, _ = s.stateOf(arn)
		t.State.At = stamp(s.sinceOf(arn))
		list = append(list, t)
	}
	return document(map[string]any{"triggeringAlarms": list})
}

func (s *Service) sinceOf(arn string) time.Time {
	if i := s.alarmAt(arn); i >= 0 {
		return s.alarms[i].since
	}
	if i := s.compositeAt(arn); i >= 0 {
		return s.composites[i].since
	}
	return time.Time{}
}

// suppressedReason is what AWS says beside what suppresses.
func suppressedReason(by string) string {
	if by == "" {
		return ""
	}
	return "Actions suppressed by " + by
}
