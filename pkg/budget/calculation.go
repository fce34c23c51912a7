package budget

import (
	"slices"
	"strconv"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// calculation remembers what it found: databases of a fleet share their rules.
type calculation struct {
	plan        *plan.Plan
	rules       map[*plan.BackupRule][]plan.BackupRule // with defaults, by the first one without
	outcomes    map[string]*[2]outcome                 // by the rules and circumstances, and the reach
	derivations map[derivation]choice
	beats       map[beat][]plan.BackupRule
	beatOf      map[*plan.BackupRule]beat // by the first rule
	spread      map[spread][]int64
	text        []byte
	scratch     []job
}

// circumstances are what a simulation depends on, besides the rules.
type circumstances struct {
	made, copied, logs, replicated, mirrored time.Duration
	block                                    blocked
}

type derivation struct {
	circumstances
	scenario    string
	rpo         time.Duration
	pointInTime string
	replica     bool
}

// beat is a rule in so many hours, the first of the day at an hour.
type beat struct{ hours, offset int }

type spread struct {
	circumstances
	hours int
}

// outcome is what a search found, and the witness once somebody asked for it.
type outcome struct {
	worst
	block     blocked
	reach     reach
	times     *timetable
	witnessed []Event
	by        string // what the newest survivor is
	turn      time.Duration
}

// events are the witness where the window really lies.
func (o *outcome) events() []Event {
	if o.turn == 0 {
		return o.witnessed
	}
	turned := slices.Clone(o.witnessed)
	for i := range turned {
		turned[i].At = turned[i].At.Add(o.turn)
	}
	return turned
}

func newCalculation(p *plan.Plan) *calculation {
	return &calculation{
		plan: p, rules: map[*plan.BackupRule][]plan.BackupRule{}, outcomes: map[string]*[2]outcome{},
		derivations: map[derivation]choice{}, beats: map[beat][]plan.BackupRule{}, beatOf: map[*plan.BackupRule]beat{}, spread: map[spread][]int64{},
	}
}

func (s *subject) key() *circumstances {
	return &circumstances{s.made.Value, s.copied.Value, s.logs.Value, s.replicated.Value, s.mirrored.Value, s.block}
}

// outcome is the worst case of complete rules.
func (c *calculation) outcome(s *subject, rules []plan.BackupRule, r reach) *outcome {
	if len(rules) == 0 {
		return &outcome{worst: worst{none: true}}
	}
	if s.outcomes != nil && s.outcomesOf == &rules[0] {
		return &s.outcomes[r]
	}
	both := c.turn(s, rules)
	s.outcomes, s.outcomesOf = both, &rules[0]
	return &both[r]
}

// turn simulates derived rules where their maintenance window lies in the first hour
// of the week, and turns what was found back.
func (c *calculation) turn(s *subject, rules []plan.BackupRule) *[2]outcome {
	of, derived := c.beatOf[&rules[0]]
	first, turn := s.turned()
	if !derived || !s.block.known || turn == 0 {
		return c.outcomesFor(s, rules)
	}
	both := *c.outcomesFor(first, c.beat(of.hours, int(mod(int64(of.offset)-turn, int64(of.hours)))))
	for i := range both {
		both[i].block = s.block
		both[i].turn = time.Duration(turn) * time.Hour
	}
	return &both
}

func (c *calculation) outcomesFor(s *subject, rules []plan.BackupRule) *[2]outcome {
	key := c.text[:0]
	for i := range rules {
		rule := &rules[i]
		key = append(append(append(key, rule.Name...), 0), rule.Schedule...)
		for _, d := range [...]plan.Duration{rule.StartWindow, rule.CompletionWindow, rule.Retention, rule.CopyRetention} {
			key = append(strconv.AppendInt(key, int64(d), 36), ' ')
		}
		key = append(strconv.AppendBool(strconv.AppendBool(key, *rule.Copy), rule.Continuous), 0)
	}
	for _, n := range [...]int64{int64(s.made.Value), int64(s.copied.Value), s.block.from, s.block.length} {
		key = append(strconv.AppendInt(key, n, 36), ' ')
	}
	key = strconv.AppendBool(key, s.block.known)
	c.text = key
	if known, found := c.outcomes[string(key)]; found {
		return known
	}
	both := new([2]outcome)
	c.outcomes[string(key)] = both
	l := layouts{set: set{rules: rules, made: s.made.Value, copied: s.copied.Value, block: s.block}, scratch: &c.scratch}
	for _, r := range [...]reach{made, copies} {
		both[r] = l.outcome(r)
	}
	return both
}

// outcome is the worst case; of both orders, where rules are kept equally long.
func (l *layouts) outcome(r reach) outcome {
	o := outcome{block: l.set.block, reach: r}
	o.worst, o.times = l.worse(r)
	if !o.none && !o.unbounded {
		o.by = map[reach]string{made: "backups of rule ", copies: "copies of rule "}[r] + o.times.tracks[o.times.jobs[o.kept].rule].name
		o.witnessed = o.witness()
	}
	o.times = nil // it is large
	return o
}

func (l *layouts) worse(r reach) (worst, *timetable) {
	found, t := l.search(r)
	if !l.set.ties() {
		return found, t
	}
	contrary := layouts{set: l.set, scratch: new([]job)}
	contrary.set.contrary = true
	other, u := contrary.search(r)
	switch {
	case found.none && other.none:
	case found.none || other.none:
		return worst{unbounded: true, why: notSaid, order: max(found.loss, other.loss)}, t
	case other.unbounded && !found.unbounded:
		other.order = found.loss
		return other, u
	case found.unbounded && !other.unbounded:
		found.order = other.loss
	case !found.unbounded && other.loss > found.loss:
		return other, u
	}
	return found, t
}

const notSaid = "rules that are kept equally long overlap, and AWS does not say which of them runs: it can be the one that does not count each time"
