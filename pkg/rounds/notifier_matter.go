package rounds

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// matter is what one message is about: an execution, and where it was cut off the
// clean-up after it.
type matter struct {
	of      drill.Ended
	cleanUp drill.Ended // as far as it came; without Execution where there is none, or none is needed
	after   string      // of is itself the clean-up after this execution
	ready   time.Time   // since when it can be told
	waiting bool        // it is not ripe
	covered bool        // another message has said it, or will
	notes   []string    // what could not be looked at
	// unclaimed: it never got as far as a drill, settled: it saw to everything itself
	// before it was cut off. Then there is nothing to clean up, and nobody does.
	unclaimed, settled bool
}

// matterOf finds what belongs to an execution that ended badly.
func (t *telling) matterOf(ctx context.Context, x drill.Ended) matter {
	x, problem := t.looked(ctx, x)
	if problem != "" && t.now.Sub(x.StoppedAt) < cutOffAfter && x.Error == "" && x.Status == "FAILED" {
		return matter{of: x, waiting: true} // the next round may know how it ended
	}
	m := t.parted(ctx, x)
	if problem != "" {
		m.notes = append(m.notes, problem)
	}
	return m
}

// looked completes what a list or an event says.
func (t *telling) looked(ctx context.Context, x drill.Ended) (drill.Ended, string) {
	if x.StoppedAt.IsZero() {
		x.StoppedAt = t.now
	}
	found, err := t.Endings.Ending(ctx, x.Execution)
	switch {
	case err != nil:
		return x, fmt.Sprintf("Step Functions could not be asked about the execution (%v): this is what its event says.", err)
	case !found.Closed(): // it is eventually consistent
		if len(x.Input) == 0 { // which never changes
			x.Input = found.Input
		}
		return x, ""
	}
	return found, ""
}

func (t *telling) parted(ctx context.Context, x drill.Ended) matter {
	after := cleansUpAfter(x)
	switch {
	case after != "":
		return t.ofCleanUp(ctx, x, after)
	case x.Ending() != "":
		return matter{of: x, ready: x.StoppedAt}
	}
	return t.ofCutOff(ctx, x)
}

// cleansUpAfter is the execution that one cleans up after; "" for a drill. Only the
// input says so: a name may begin like that of a clean-up because a workload does.
func cleansUpAfter(x drill.Ended) string {
	var request drillstep.Request
	if json.Unmarshal(x.Input, &request) != nil {
		return ""
	}
	return request.CleanUpAfter
}

// ofCleanUp: the message is about what it cleans up after. It has one of its own
// where it brings news: something may be left behind, and nobody has heard so.
func (t *telling) ofCleanUp(ctx context.Context, x drill.Ended, after string) matter {
	own := matter{of: x, after: after, ready: x.StoppedAt}
	bad := x.Ending() == drill.FailureDirty || x.Ending() == ""
	of, err := t.Endings.Ending(ctx, after)
	switch told := t.known(after); {
	case err != nil || !of.Closed():
		return own
	case of.Ending() == "" && told.Told(of.StoppedAt):
		own.covered = !bad || told.CleanUp == x.Execution && told.Told(x.StoppedAt)
	case of.Ending() == "":
		return matter{of: of, cleanUp: x, ready: x.StoppedAt}
	default:
		own.covered = !bad || of.Ending() == drill.FailureDirty // whose message says what is left behind
	}
	return own
}

// ofCutOff: it came to no ending of its own, so somebody cleans up after it.
func (t *telling) ofCutOff(ctx context.Context, x drill.Ended) matter {
	m := matter{of: x, ready: x.StoppedAt.Add(cleanUpWithin)}
	cleanUp, err := t.Endings.Ending(ctx, strings.TrimSuffix(x.Execution, nameOf(x.Execution))+cleanUpName(nameOf(x.Execution)))
	// Names are cut, so it may be another's; and after a redrive, that of the end before.
	if cleansUpAfter(cleanUp) != x.Execution || cleanUp.Closed() && cleanUp.StoppedAt.Before(x.StoppedAt) {
		cleanUp = drill.Ended{}
	}
	switch {
	case err != nil:
		m.notes = append(m.notes, fmt.Sprintf("Step Functions could not be asked about the clean-up (%v).", err))
	case cleanUp.Closed():
		m.cleanUp, m.ready = cleanUp, cleanUp.StoppedAt
		if cleanUp.Ending() == drill.Passed {
			m.unclaimed, _ = t.leftNothing(ctx, x)
		}
	case cleanUp.Status != "":
		m.cleanUp = cleanUp
	default:
		if m.unclaimed, m.settled = t.leftNothing(ctx, x); m.unclaimed || m.settled {
			m.ready = x.StoppedAt
		}
	}
	m.waiting = m.ready.After(t.now)
	return m
}

// leftNothing tells whether an execution surely never began with a database, or had
// seen to everything itself: the listener starts a clean-up for neither.
func (t *telling) leftNothing(ctx context.Context, x drill.Ended) (unclaimed, settled bool) {
	facts, err := t.Record.Facts(ctx, drill.RunID(x.Execution))
	if err != nil {
		return false, false
	}
	return claimIn(facts) == nil, !drillstep.LeavesWork(facts)
}

// claimIn is the fact that says which database was claimed; nil: none was.
func claimIn(facts []drill.Fact) *drill.Fact {
	for i := range facts {
		if facts[i].Kind == drill.FactClaimed && facts[i].Spec != nil {
			return &facts[i]
		}
	}
	return nil
}
