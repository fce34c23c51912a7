package slice

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Overdue is how long there may be no verdict of a drill, of every database whose
// backups AWS keeps, by its name.
func Overdue(p plan.Plan) map[string]time.Duration {
	type rule struct {
		schedule string
		every    plan.Duration
	}
	// Ten thousand databases have a few schedules, and each takes milliseconds.
	overdue, known := map[string]time.Duration{}, map[rule]time.Duration{}
	for w, d := range p.OnAWS() {
		r := rule{d.Drill.Schedule, d.Drill.Every}
		if known[r] == 0 {
			known[r] = d.Drill.Overdue()
		}
		overdue[w.Name+"/"+d.Name] = known[r]
	}
	return overdue
}
