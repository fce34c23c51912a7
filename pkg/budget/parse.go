package budget

import (
	"strings"
	"sync"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// parsed are schedules by their text: plans repeat a few thousands of times over.
var parsed sync.Map // of string to reading

type reading struct {
	schedule plan.Schedule
	err      error
}

func parse(expression string) (plan.Schedule, error) {
	if known, found := parsed.Load(expression); found {
		return known.(reading).schedule, known.(reading).err
	}
	schedule, err := plan.ParseSchedule(expression)
	parsed.Store(expression, reading{schedule, err})
	return schedule, err
}

// everyYear is the schedule as if it named no years: until its last one it passes
// others over.
func everyYear(expression string) plan.Schedule {
	fields := strings.Fields(strings.TrimSuffix(expression, ")"))
	fields[len(fields)-1] = "*)"
	schedule, _ := parse(strings.Join(fields, " ")) // the longer one was read
	return schedule
}
