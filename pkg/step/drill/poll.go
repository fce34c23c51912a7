package drillstep

import (
	"math"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Poll paces a wait that the machine does between two calls of a step.
type Poll struct {
	StartedAt time.Time `json:"startedAt"`
	NextAt    string    `json:"nextAt"` // for the Wait's Timestamp; see timestamp
	// WaitSeconds is the time until NextAt in whole seconds where an event may
	// end the wait; zero: it is a plain wait.
	WaitSeconds int `json:"waitSeconds"`
	// Chase is how many quick looks are left after an event: what AWS describes
	// may be stale for a few seconds after the event.
	Chase int `json:"chase,omitempty"`
	// LastNoAt is the last look that said "not yet".
	LastNoAt time.Time `json:"lastNoAt,omitzero"`
	Status   string    `json:"status,omitempty"` // the provider's word at that look
}

// timestamp is the form that a Wait takes: UTC, rounded up, since a wait that
// ended before its moment would be asked for again and again. Step Functions
// cuts off what is below a second; on this machine microseconds make waits of a
// few milliseconds possible.
// https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
func timestamp(l drill.Limits, t time.Time) string {
	step, form := time.Second, "2006-01-02T15:04:05Z"
	if l.LocalPace() {
		step, form = time.Microsecond, "2006-01-02T15:04:05.000000Z"
	}
	return t.Add(step - 1).Truncate(step).UTC().Format(form)
}

// next is when to look again at a restore.
func (p Poll) next(l drill.Limits, now time.Time) Poll {
	at := drill.PollingOf(l).Next(p.StartedAt, now,
		drill.Seconds(l.ExpectedRestoreSeconds), drill.Seconds(l.RestoreSeconds))
	if soon := now.Add(chaseEvery); p.Chase > 0 && soon.Before(at) {
		at = soon
	}
	p.Chase = max(0, p.Chase-1)
	p.NextAt, p.WaitSeconds = timestamp(l, at), 0
	if l.AwaitEvents {
		p.WaitSeconds = max(1, int(math.Ceil(at.Sub(now).Seconds())))
	}
	return p
}

// since returns how long ago the poll began.
func (p Poll) since(now time.Time) time.Duration { return now.Sub(p.StartedAt) }
