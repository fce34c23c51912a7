package recoverystep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// alone sees to it that a workload has one failover at a time: two would fight for
// one target. A run is in the record before it claims a workload, so that whoever is
// told of a holder can look whether it is over. One that comes second is over at once.
func (s PrepareRecovery) alone(ctx context.Context, run recovery.Run) (refusal, err error) {
	workloads := slices.Clone(run.Workloads)
	slices.SortFunc(workloads, func(a, b recovery.Workload) int { return cmp.Compare(a.Name, b.Name) })
	for _, w := range workloads {
		other, err := s.claim(ctx, "failover/"+w.Name, run.ID)
		if err != nil {
			return nil, err
		}
		if other == "" {
			continue
		}
		refusal = &drill.Error{
			Name: FailoverRunning, What: fmt.Sprintf("failover %s of workload %s is not over", other, w.Name),
			Hint: "follow it: " + run.Command("status", other) + "; take it on where its execution is gone: " + run.Command("resume", other) +
				"; give it up: " + run.Command(recovery.AbortWords(other)...),
		}
		return refusal, s.giveWay(ctx, run.ID, other)
	}
	return nil, nil
}

// claim returns who else has the name, and is not over; "": the run has it.
func (s PrepareRecovery) claim(ctx context.Context, name, run string) (other string, err error) {
	instead := ""
	for range contended {
		holder, err := s.Store.Claim(ctx, name, run, instead)
		if err != nil {
			return "", fmt.Errorf("claiming %s: %w", name, err)
		}
		if holder == run {
			return "", nil
		}
		had, err := s.Store.Run(ctx, holder)
		if err != nil && !errors.Is(err, recovery.ErrNoRun) { // long forgotten
			return "", reading(err, holder)
		}
		if err == nil && had.OverAt == nil {
			return holder, nil
		}
		instead = holder
	}
	return "", tooBusy(run)
}

// giveWay ends a run that did nothing, because another has its workload.
func (s PrepareRecovery) giveWay(ctx context.Context, id, to string) error {
	for range contended {
		run, err := s.Store.Run(ctx, id)
		if err != nil {
			return reading(err, id)
		}
		if run.OverAt != nil {
			return nil
		}
		now := s.Clock.Now()
		run.OverAt, run.ReportedAt, run.Ending, run.GaveWay = &now, &now, recovery.FailureClean, to
		err = s.Store.PutRun(ctx, run)
		if errors.Is(err, recovery.ErrConflict) {
			continue
		}
		return err
	}
	return tooBusy(id)
}
