package drillstep

import (
	"context"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Watcher looks at a restore once. The error is RestoreFailed where the
// restore ended badly.
type Watcher interface {
	RestoreStatus(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (drill.RestoreStatus, error)
}

// CheckAvailability looks whether the copy is available. The moment of
// availability is then known as the interval between the last look that said
// no and the first that said yes. After the limit it fails: RestoreTimedOut.
type CheckAvailability struct {
	Watcher ByKind[Watcher]
	Journal Journal
	Clock   step.Clock
}

type CheckAvailabilityIn struct {
	Run      drill.Run      `json:"run"`
	Spec     drill.Spec     `json:"spec"`
	Resource drill.Resource `json:"resource"`
	Poll     Poll           `json:"poll"`
	// Woken: an event, not the time, ended the wait before this look.
	Woken bool `json:"woken"`
}

type CheckAvailabilityOut struct {
	Available bool `json:"available"`
	Poll      Poll `json:"poll"`
	// Status of this look, for those who watch the execution.
	Status     string `json:"status,omitempty"`
	DoneBytes  int64  `json:"doneBytes,omitempty"`
	TotalBytes int64  `json:"totalBytes,omitempty"`
}

func (s CheckAvailability) Handle(ctx context.Context, in CheckAvailabilityIn) (CheckAvailabilityOut, error) {
	// Read before the look: what the look says was true no earlier than this.
	before := s.Clock.Now()
	if in.Woken && before.Sub(in.Poll.StartedAt) < noRestoreYet {
		return CheckAvailabilityOut{Poll: in.Poll.next(in.Spec.Limits, before), Status: in.Poll.Status}, nil // not worth a look
	}
	watcher, err := s.Watcher.Of(in.Spec.Kind)
	if err != nil {
		return CheckAvailabilityOut{}, err
	}
	status, err := watcher.RestoreStatus(ctx, in.Run, in.Spec, in.Resource)
	if err != nil {
		return CheckAvailabilityOut{}, step.Named(drill.RestoreFailed, err, "looking at %s %s", in.Resource.Kind, in.Resource.ID)
	}
	now := s.Clock.Now()
	if status.ObservedAt.IsZero() {
		status.ObservedAt = now
	}
	out := CheckAvailabilityOut{
		Available: status.Available, Poll: in.Poll,
		Status: status.Status, DoneBytes: status.DoneBytes, TotalBytes: status.TotalBytes,
	}
	if status.Available {
		status.UnavailableAt = in.Poll.LastNoAt
		status.ToldByEvent = in.Woken || in.Poll.Chase > 0
		return out, s.observed(ctx, in, status)
	}
	// Only changes are recorded: a local restore is looked at hundreds of times.
	if status.Status != in.Poll.Status || len(status.Findings) > 0 {
		if err := s.observed(ctx, in, status); err != nil {
			return CheckAvailabilityOut{}, err
		}
	}
	if limit := drill.Seconds(in.Spec.Limits.RestoreSeconds); now.Sub(in.Poll.StartedAt) >= limit {
		return CheckAvailabilityOut{}, &drill.Error{
			Name: drill.RestoreTimedOut,
			What: fmt.Sprintf("%s %s is not available %s after the request, its state is %q", in.Resource.Kind, in.Resource.ID, limit, status.Status),
			Hint: hintOf(status.Findings) + "if restores of this database take that long, raise the limit of its drill in lifeboat.yaml",
		}
	}
	out.Poll.LastNoAt, out.Poll.Status = before, status.Status
	if in.Woken {
		out.Poll.Chase = chaseLooks
	}
	out.Poll = out.Poll.next(in.Spec.Limits, now)
	return out, nil
}

// hintOf is what the state itself has to say to whoever must act, before the rest:
// a copy that somebody stopped is not slow.
func hintOf(findings []drill.Finding) string {
	for _, f := range findings {
		if f.Severity == drill.Warning && f.Hint != "" {
			return f.What + ": " + f.Hint + "; "
		}
	}
	return ""
}

func (s CheckAvailability) observed(ctx context.Context, in CheckAvailabilityIn, status drill.RestoreStatus) error {
	fact := drill.Fact{At: s.Clock.Now(), State: "CheckAvailability", Kind: drill.FactRestoreObserved, Status: &status}
	if err := s.Journal.Append(ctx, in.Run.ID, fact); err != nil {
		return fmt.Errorf("writing the record of run %s: %w", in.Run.ID, err)
	}
	return nil
}

// After an event, the first looks come at these distances: what AWS describes
// may be a few seconds older than the event. An event right after the request
// announces the restore, not its end (RDS-EVENT-0043 "is being restored"), and
// RDS may not even show the instance yet: it is not worth a look.
const (
	chaseLooks   = 3
	chaseEvery   = 4 * time.Second
	noRestoreYet = time.Minute
)
