package budget

import (
	"strings"
	"sync"
	"time"

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
	days             string // the fields that choose them
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
		if fields := strings.SplitN(expression, " ", 3); len(fields) == 3 {
			r.days = fields[2]
		}
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

// calendars are the days of the calendar on which schedules come, by the fields that
// choose them: many come on the first of a month, each at a time of its own.
var calendars sync.Map // of string to []bool

// calendarSlack is how many days of a calendar lie before its begin.
const calendarSlack = 64

func (r *reading) calendar() []bool {
	if known, found := calendars.Load(r.days); found {
		return known.([]bool)
	}
	days := make([]bool, 2*calendarSlack+int(calendarEnd.Sub(calendarBegin)/day))
	for d := range days {
		days[d] = r.Due(calendarBegin.Add(time.Duration(d-calendarSlack)*day + duration(r.times[0])))
	}
	calendars.Store(r.days, days)
	return days
}
