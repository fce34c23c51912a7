package budget

import (
	"strings"
	"sync"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// parsed are schedules by their text: plans repeat a few thousands of times over.
var parsed sync.Map // of string to *reading

// reading is a schedule with what is asked of it again and again.
type reading struct {
	plan.Schedule
	err              error
	times            []int64 // of day, in seconds
	weekly, everyDay bool
}

func read(expression string) *reading {
	if known, found := parsed.Load(expression); found {
		return known.(*reading)
	}
	r := &reading{}
	if r.Schedule, r.err = plan.ParseSchedule(expression); r.err == nil {
		for _, at := range r.Times() {
			r.times = append(r.times, seconds(at))
		}
		r.weekly, r.everyDay = r.Weekly(), r.EveryDay()
	}
	parsed.Store(expression, r)
	return r
}

// everyYear is the schedule as if it named no years: until its last one it passes
// others over.
func (r *reading) everyYear(expression string) *reading {
	if r.err != nil || !r.Ends() {
		return r
	}
	fields := strings.Fields(strings.TrimSuffix(expression, ")"))
	fields[len(fields)-1] = "*)"
	return read(strings.Join(fields, " "))
}
