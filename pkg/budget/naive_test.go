package budget

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// naive is a second reading of what AWS's guide says, by trying everything: every
// place of the blocked time, every start of every job, on a grid of half hours. A
// place counts two: the even one is the moment itself, the odd one before it is the
// moment just before. It shares nothing with the search but the rules.
type naive struct {
	jobs  []naiveJob
	block int // length in places; 0: none
	memo  map[[2]int]int
	fails []bool             // by job
	shut  [7 * naiveDay]bool // by place of the week
}

type naiveJob struct {
	from, until        int // places; until is the first one that is too late
	counts             bool
	busy, usable, keep int
	rank               int
	withinWeek         bool
}

const (
	grid     = 30 * time.Minute
	forever  = 1 << 62
	naiveDay = 2 * 48
)

func places(d time.Duration) int { return 2 * int(d/grid) }

// value is a place as a length of time: just before a moment is the moment.
func value(place int) time.Duration { return time.Duration((place+1)/2) * grid }

// tryAll is the worst of both orders, as the guide does not say which of two rules
// runs that are kept equally long.
func tryAll(s set, r reach) time.Duration {
	found := newNaive(s, r).search(s)
	if !s.ties() {
		return found
	}
	s.contrary = true
	switch other := newNaive(s, r).search(s); {
	case found < 0 && other < 0:
		return -1
	case found < 0 || other < 0: // in one order what counts never runs
		return forever
	default:
		return max(found, other)
	}
}

func newNaive(s set, r reach) *naive {
	n := &naive{}
	type rule struct {
		plan.BackupRule
		schedule plan.Schedule
	}
	var rules []rule
	for _, r := range s.rules {
		schedule, err := plan.ParseSchedule(r.Schedule)
		if err != nil {
			panic(err)
		}
		rules = append(rules, rule{r, schedule})
	}
	for slot := range 35 * 48 {
		at := patternBegin.Add(time.Duration(slot) * grid)
		for i, rule := range rules {
			if !rule.schedule.Due(at) {
				continue
			}
			j := naiveJob{from: 2 * slot, until: 2*slot + places(time.Duration(rule.StartWindow)), rank: i, withinWeek: slot >= 14*48 && slot < 21*48}
			j.counts, j.busy, j.usable, j.keep = r == made || *rule.Copy, places(s.made), places(s.made), places(time.Duration(rule.Retention))
			if *rule.Copy {
				j.busy = places(s.made + s.copied)
				j.keep = max(j.keep, places(time.Duration(rule.CopyRetention)))
			}
			if r == copies {
				j.usable, j.keep = places(s.made+s.copied), places(time.Duration(rule.CopyRetention))
			}
			n.jobs = append(n.jobs, j)
		}
	}
	var run []naiveJob
	for i, a := range n.jobs {
		over := false
		for k, b := range n.jobs {
			if i == k || a.rank == b.rank || a.from >= b.until || b.from >= a.until {
				continue
			}
			ra, rb := rules[a.rank], rules[b.rank]
			first := rb.StartWindow > ra.StartWindow || rb.StartWindow == ra.StartWindow && b.rank < a.rank
			over = over || rb.Retention > ra.Retention || rb.Retention == ra.Retention && first != s.contrary
		}
		if !over && a.from >= 2*naiveDay && a.until < 33*naiveDay { // at the ends those are missing that pass over
			run = append(run, a)
		}
	}
	n.jobs = run
	return n
}

func (n *naive) blockedAt(place int) bool { return n.shut[place%(7*naiveDay)] }

// set puts the blocked time at a place of the week.
func (n *naive) set(phase int) {
	n.shut, n.memo, n.fails = [7 * naiveDay]bool{}, map[[2]int]int{}, make([]bool, len(n.jobs))
	for i := range n.block {
		n.shut[(phase+i)%(7*naiveDay)] = true
	}
	for i, j := range n.jobs {
		for p := j.from; p < j.until; p++ {
			n.fails[i] = n.fails[i] || n.blockedAt(p)
		}
	}
}

// latest is the latest place at which the next survivor becomes usable, where the
// jobs from k on are to come and nothing starts before busy.
func (n *naive) latest(k, busy int) int {
	if k == len(n.jobs) {
		return forever
	}
	j := n.jobs[k]
	known, found := n.memo[[2]int{k, busy}]
	if found && !j.counts {
		return known
	}
	latest := -1
	if n.fails[k] || busy >= j.until {
		latest = n.latest(k+1, busy)
	}
	for p := max(j.from, busy); p < j.until; p++ {
		switch {
		case n.blockedAt(p):
		case j.counts:
			latest = max(latest, p+j.usable)
		default:
			latest = max(latest, n.latest(k+1, p+j.busy))
		}
	}
	if !j.counts {
		n.memo[[2]int{k, busy}] = latest
	}
	return latest
}

// worst over one phase; forever where it has no bound, -1 where nothing counts.
func (n *naive) worst(phase int) time.Duration {
	n.set(phase)
	worst := time.Duration(-1)
	counted := false
	for i, j := range n.jobs {
		if !j.counts || !j.withinWeek {
			continue
		}
		counted = true
		for p := j.from; p < j.until; p++ {
			if n.blockedAt(p) {
				continue
			}
			end := n.latest(i+1, p+j.busy)
			if end == forever {
				return forever
			}
			loss := value(end) - value(p)
			if loss > value(j.keep) {
				if loss = n.older(i, end); loss == forever {
					return forever
				}
			}
			worst = max(worst, loss)
		}
	}
	if counted && worst < 0 {
		return forever
	}
	return worst
}

func (n *naive) older(i, end int) time.Duration {
	for k := i - 1; k >= 0; k-- {
		if j := n.jobs[k]; j.counts && !n.fails[k] && value(end)-value(j.from) <= value(j.keep) {
			return value(end) - value(j.from)
		}
	}
	return forever
}

func (n *naive) search(s set) time.Duration {
	n.block = places(duration(s.block.length))
	if s.block.known {
		return n.worst(places(duration(s.block.from)))
	}
	worst := time.Duration(-1)
	for phase := range 7 * naiveDay {
		worst = max(worst, n.worst(phase))
	}
	return worst
}

// randomSet is one that the naive reading can be asked of: times of half hours,
// days that are the same in every week.
//
// Where some rules are not copied, those that are may wait for them: the search
// bounds it, and is exact where a backup takes less than the shortest start window.
// It bounds as well where an older recovery point is what is left, see older.
func randomSet(t *rapid.T) (s set, exact bool) {
	mixed, copied := false, false
	maintenance := rapid.IntRange(0, 5).Draw(t, "maintenance")
	windows := []int{60, 60, 90, 120, 240, 480}
	if maintenance == 0 {
		windows = windows[:4] // every place of the week is tried then, which takes its time
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "rules") {
		r := plan.BackupRule{
			Name: fmt.Sprintf("r%d", i),
			Schedule: fmt.Sprintf("cron(%s %s ? * %s *)", rapid.SampledFrom([]string{"0", "30"}).Draw(t, "minute"),
				rapid.SampledFrom([]string{"*", "0/2", "1/3", "0/4", "2/6", "0/12", "5", "3,4", "2,14", "9-17", "23"}).Draw(t, "hour"),
				rapid.SampledFrom([]string{"*", "*", "*", "MON-FRI", "SUN", "MON,THU", "1,2"}).Draw(t, "day")),
			StartWindow: plan.Duration(time.Duration(rapid.SampledFrom(windows).Draw(t, "window")) * time.Minute),
			Retention:   plan.Duration(time.Duration(rapid.SampledFrom([]int{1, 2, 7, 8, 35}).Draw(t, "retention")) * day),
		}
		yes := rapid.Bool().Draw(t, "copy")
		mixed, copied = mixed || i > 0 && yes != copied, yes
		r.Copy = &yes
		if yes {
			r.CopyRetention = plan.Duration(time.Duration(rapid.SampledFrom([]int{1, 7, 35}).Draw(t, "copy retention")) * day)
		}
		s.rules = append(s.rules, r)
	}
	s.rules = complete(s.rules...)
	s.copied = grid * time.Duration(rapid.IntRange(0, 5).Draw(t, "copying"))
	s.made = grid * time.Duration(rapid.IntRange(0, 6).Draw(t, "making"))
	switch maintenance {
	case 0:
		s.block = block("")
	case 1:
		s.block = blocked{known: true}
	default:
		s.block = blocked{known: true, from: 1800 * int64(rapid.IntRange(0, 335).Draw(t, "from")), length: 1800 * int64(rapid.IntRange(3, 8).Draw(t, "length"))}
	}
	return s, !mixed || s.made <= grid
}

func TestSearchAgreesWithTheNaiveReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, exact := randomSet(t)
		r := rapid.SampledFrom([]reach{made, copies}).Draw(t, "reach")
		want := tryAll(s, r)
		w, times := s.search(r)
		got := duration(w.loss)
		switch {
		case w.none:
			got = -1
		case w.unbounded:
			got = forever
		}
		if got != want && (exact && !w.fallback && w.why != expired || got < want) {
			t.Fatalf("the search says %v (%+v), everything tried %v", got, w, want)
		}
		if w.none || w.unbounded {
			return
		}
		o := outcome{worst: w, block: s.block, reach: r, times: times}
		if replayed := Replay(o.witness()); replayed != got {
			t.Fatalf("the witness shows %v, the search %v (%+v): %v", replayed, got, w, o.witness())
		}
	})
}
