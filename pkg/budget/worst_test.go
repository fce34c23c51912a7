package budget

import (
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

func complete(rules ...plan.BackupRule) []plan.BackupRule {
	c := newCalculation(&plan.Plan{Regions: &plan.Regions{Primary: "eu-west-1", Recovery: "eu-central-1"}})
	return c.filled(rules)
}

func (s set) search(r reach) (worst, *timetable) {
	l := layouts{set: s, scratch: new([]job)}
	return l.worse(r)
}

func hours(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }

func TestWorst(t *testing.T) {
	none := blocked{known: true}
	unknown := block("")
	for name, c := range map[string]struct {
		rules        []plan.BackupRule
		block        blocked
		made, copied time.Duration
		reach        reach
		want         time.Duration
	}{
		"hourly, no maintenance":                       {complete(cadence(1, 0)), none, hours(.5), hours(.25), made, hours(2.5)},
		"hourly copies that keep the next one waiting": {complete(cadence(1, 0)), none, hours(.5), hours(1), copies, hours(4)},
		"hourly, unknown maintenance":                  {complete(cadence(1, 0)), unknown, hours(.5), hours(.25), made, hours(5.5)},
		"daily, unknown":                               {complete(cadence(24, 0)), unknown, hours(.5), hours(1), made, hours(49.5)},
		"daily, known elsewhere":                       {complete(cadence(24, 0)), block("sun:12:00-sun:12:30"), hours(.5), hours(1), copies, hours(26.5)},
		"daily, known in it":                           {complete(cadence(24, 0)), block("sun:00:30-sun:01:00"), hours(.5), hours(1), copies, hours(50.5)},
		"daily with a start window of 8h":              {complete(plan.BackupRule{Name: "d", Schedule: "cron(0 0 * * ? *)", StartWindow: plan.Duration(hours(8))}), none, 0, 0, made, hours(32)},
	} {
		s := set{rules: c.rules, made: c.made, copied: c.copied, block: c.block}
		w, times := s.search(c.reach)
		if got := duration(w.loss); got != c.want {
			t.Errorf("%s: %v (%+v), want %v", name, got, w, c.want)
		}
		o := outcome{worst: w, block: s.block, reach: c.reach, times: times}
		if got := Replay(o.witness()); got != c.want {
			t.Errorf("%s: witness gives %v\n%v", name, got, o.witness())
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	for b.Loop() {
		s := set{rules: complete(cadence(1, 0)), made: hours(.5), copied: hours(1), block: block("")}
		s.search(copies)
	}
}

func BenchmarkSearchDaily(b *testing.B) {
	for b.Loop() {
		s := set{rules: complete(cadence(24, 0)), made: hours(.5), copied: hours(1), block: block("")}
		s.search(copies)
	}
}

func BenchmarkSearchKnown(b *testing.B) {
	for b.Loop() {
		s := set{rules: complete(cadence(1, 0)), made: hours(.5), copied: hours(1), block: block("sun:12:00-sun:12:30")}
		s.search(copies)
	}
}
