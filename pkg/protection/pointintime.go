package protection

import (
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// pointInTime judges the automated backups of the database itself, where it lies and
// where they are replicated to.
func (j *judge) pointInTime() {
	wanted, key := j.s.Policy.PointInTime, strings.ToLower(j.s.Resource)
	if wanted != plan.PointInTimeNative && wanted != plan.PointInTimeReplicated {
		return
	}
	if j.seen.Knows(Native) {
		switch w, there := j.seen.Native[key]; {
		case !there, w.Retention == 0:
			j.find(PointInTimeOff, fmt.Sprintf("%s keeps no automated backups, or is not there: there is no point in time to restore to", j.s.Resource))
		case w.Latest.IsZero(): // the first is being made
		case j.now.Sub(w.Latest) > j.s.Logs+Slack:
			j.find(PointInTimeBehind, fmt.Sprintf("the newest point in time of %s is %s", j.s.Resource, at(w.Latest)))
		}
	}
	if wanted == plan.PointInTimeReplicated && j.seen.Knows(Replicated) {
		j.replicated(j.seen.Replicated[key])
	}
}

func (j *judge) replicated(w Window) {
	allowed := j.s.Policy.ReplicationLag + Slack
	if w.Latest.IsZero() {
		j.find(ReplicationOff, fmt.Sprintf("no automated backup of %s with a window to restore from is replicated to %s (%s)", j.s.Resource, j.s.Copies.Region, words(allowed)))
		j.replicationHeadroom = none(allowed)
		return
	}
	headroom := allowed - j.now.Sub(w.Latest)
	j.replicationHeadroom = &headroom
}
