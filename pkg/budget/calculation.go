package budget

import (
	"strconv"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// calculation remembers what it found: databases of a fleet share their rules.
type calculation struct {
	plan        *plan.Plan
	rules       map[*plan.BackupRule][]plan.BackupRule // with defaults, by the first one without
	outcomes    map[string]*outcome
	derivations map[derivation]Policy
	beats       map[beat][]plan.BackupRule
	text        []byte
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

type beat struct {
	circumstances
	hours int
}

// outcome is what a search found, and the witness once somebody asked for it.
type outcome struct {
	worst
	set       set
	reach     reach
	times     timetable
	witnessed []Event
	rule      string
}

func newCalculation(p *plan.Plan) *calculation {
	return &calculation{
		plan: p, rules: map[*plan.BackupRule][]plan.BackupRule{}, outcomes: map[string]*outcome{},
		derivations: map[derivation]Policy{}, beats: map[beat][]plan.BackupRule{},
	}
}

func (s *subject) key() *circumstances {
	return &circumstances{s.made.Value, s.copied.Value, s.logs.Value, s.replicated.Value, s.mirrored.Value, s.block}
}

// outcome is the worst case of complete rules.
func (c *calculation) outcome(s *subject, rules []plan.BackupRule, r reach) *outcome {
	key := c.text[:0]
	for i := range rules {
		rule := &rules[i]
		key = append(append(append(key, rule.Name...), 0), rule.Schedule...)
		for _, d := range []plan.Duration{rule.StartWindow, rule.CompletionWindow, rule.Retention, rule.CopyRetention} {
			key = append(strconv.AppendInt(key, int64(d), 36), ' ')
		}
		key = append(strconv.AppendBool(strconv.AppendBool(key, *rule.Copy), rule.Continuous), 0)
	}
	for _, n := range []int64{int64(r), int64(s.made.Value), int64(s.copied.Value), s.block.from, s.block.length} {
		key = append(strconv.AppendInt(key, n, 36), ' ')
	}
	key = strconv.AppendBool(key, s.block.known)
	c.text = key
	if known, found := c.outcomes[string(key)]; found {
		return known
	}
	o := &outcome{set: set{rules: rules, made: s.made.Value, copied: s.copied.Value, block: s.block}, reach: r}
	o.worst, o.times = o.set.search(r)
	if !o.none && !o.unbounded {
		o.rule = o.times.tracks[o.times.jobs[o.kept].rule].name
		o.witnessed = o.witness()
	}
	o.times = timetable{}
	c.outcomes[string(key)] = o
	return o
}
