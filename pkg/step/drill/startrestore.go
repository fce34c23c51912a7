package drillstep

import (
	"context"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Restorer starts a restore and returns at once, with all that it makes. The
// throwaway has the run's name, so that a second call finds the first one's. Errors: RestoreRefused,
// QuotaReached, NoCapacity, SourceBusy, BackupUnreadable, BinariesMissing, Throttled, all of which prove that
// this call made nothing, like one that is marked drill.BeforeCall; Transient and any other leave it open.
type Restorer interface {
	StartRestore(ctx context.Context, run drill.Run, spec drill.Spec, point drill.RecoveryPoint) (drill.Copy, error)
}

// refused tells that this call surely made nothing. Any other error leaves
// it open: a call whose answer was lost may create something minutes later.
func refused(err error) bool {
	if drill.NotCalled(err) {
		return true
	}
	switch name := drill.NameOf(err); name {
	case drill.RestoreRefused, drill.QuotaReached, drill.BackupUnreadable, drill.BinariesMissing, drill.NoUsableBackup:
		return true
	default:
		return name.Passing()
	}
}

// StartRestore asks for the throwaway copy. Where the source of the chosen point
// is busy, it asks for one from the next that meets the RPO. Where the provider
// cannot begin at the moment, it says when to come back, until Limits.StartSeconds
// have passed. It holds on to a point that was asked for without an answer: the
// copy may have been made from it.
type StartRestore struct {
	Restorer ByKind[Restorer]
	Journal  Journal
	Clock    step.Clock
}

type StartRestoreIn struct {
	Run   drill.Run           `json:"run"`
	Spec  drill.Spec          `json:"spec"`
	Point drill.RecoveryPoint `json:"point"`
}

type StartRestoreOut struct {
	// Started is false where the provider cannot begin yet: Poll says when to ask
	// again.
	Started  bool           `json:"started"`
	Resource drill.Resource `json:"resource"` // the first of the copy: what is waited for
	Poll     Poll           `json:"poll"`
}

func (s StartRestore) Handle(ctx context.Context, in StartRestoreIn) (StartRestoreOut, error) {
	restorer, err := s.Restorer.Of(in.Spec.Kind)
	if err != nil {
		return StartRestoreOut{}, err
	}
	facts, err := s.Journal.Facts(ctx, in.Run.ID)
	if err != nil {
		return StartRestoreOut{}, fmt.Errorf("reading the record of run %s: %w", in.Run.ID, err)
	}
	asked := drill.AskedOf(facts)
	if inUse := drill.InUse(facts); inUse != nil {
		in.Point = *inUse
	}
	if asked.Point != nil {
		in.Point = *asked.Point
	}
	point := in.Point
	made, _, err := s.ask(ctx, restorer, in, point)
	if drill.NameOf(err) == drill.SourceBusy && !asked.Open {
		made, point, err = s.askOthers(ctx, restorer, in, drill.OthersIn(facts), err)
	}
	if drill.NameOf(err).Passing() {
		return s.comeBack(ctx, in, err)
	}
	if err != nil {
		return StartRestoreOut{}, err
	}
	if inUse := drill.InUse(facts); inUse != nil && inUse.ID != point.ID {
		if err := s.tookInstead(ctx, in.Run, point); err != nil {
			return StartRestoreOut{}, err
		}
	}
	now := s.Clock.Now()
	for _, resource := range made {
		if err := s.append(ctx, in.Run, drill.Fact{Kind: drill.FactRestoreRequested, Resource: &resource}); err != nil {
			return StartRestoreOut{}, err
		}
	}
	return StartRestoreOut{Started: true, Resource: made.First(), Poll: Poll{StartedAt: now}.next(in.Spec.Limits, now)}, nil
}

// ask makes the call, between two entries of the record. proven: it was refused,
// and made nothing.
func (s StartRestore) ask(ctx context.Context, restorer Restorer, in StartRestoreIn, point drill.RecoveryPoint) (made drill.Copy, proven bool, err error) {
	// Written before the call: whoever cleans up must know that something may
	// exist, even if no answer ever comes.
	intent := drill.Fact{Kind: drill.FactPhaseStarted, Note: drill.PhaseStart, RecoveryPoint: &point}
	if err := s.append(ctx, in.Run, intent); err != nil {
		return nil, false, err
	}
	made, err = restorer.StartRestore(ctx, in.Run, in.Spec, point)
	if err == nil {
		return made, false, nil
	}
	proven = refused(err) // by its own name, before it is given one
	err = hinted(step.Named(drill.RestoreRefused, err, "restoring %s from %s", in.Spec.Name(), point.ID))
	if proven {
		why := drill.Failure{State: "StartRestore", Error: string(drill.NameOf(err)), Cause: err.Error(), Hint: drill.HintOf(err)}
		// Told again where it fails, which the record reads as once: without it an
		// answered call looks like one whose answer was lost, and the drill holds on
		// to its point.
		var over error
		for range recordTries {
			over = s.append(ctx, in.Run, drill.Fact{Kind: drill.FactPhaseEnded, Note: drill.PhaseStart, Failure: &why})
			if over == nil || ctx.Err() != nil {
				break
			}
		}
		// Best effort where the drill ends with it: without it clean-up only waits
		// a little longer.
		if over != nil && drill.NameOf(err).Passing() {
			return nil, false, over
		}
	}
	return nil, proven, err
}

// recordTries is how often a refusal is tried to be written down, beside the
// attempts of the journal's own client.
const recordTries = 3

// hinted says what to do about an error that the machine asks again after: it
// ends the drill where every attempt meets it.
func hinted(err error) error {
	hints := map[drill.ErrorName]string{
		drill.Throttled: "the provider limits how often it is called: find out what else in the account calls it so often in this region, and start the drill again",
		drill.Transient: "the provider failed, or did not answer, at every attempt: look at its health page and at the network of the drill's functions, and start the drill again",
	}
	hint := hints[drill.NameOf(err)]
	if hint == "" || drill.HintOf(err) != "" {
		return err
	}
	return &drill.Error{Name: drill.NameOf(err), What: "the restore could not be asked for", Err: err, Hint: hint}
}

// askOthers tries what else meets the RPO, the freshest first, where the source of
// the chosen point is busy. One that is refused, for whatever reason, leaves the
// busy source as the reason to come back.
func (s StartRestore) askOthers(ctx context.Context, restorer Restorer, in StartRestoreIn, others []drill.RecoveryPoint, busy error) (drill.Copy, drill.RecoveryPoint, error) {
	refusals := 0
	for _, other := range others {
		if other.ID == in.Point.ID || !drill.FreshEnough(in.Run, in.Spec, other) {
			continue
		}
		made, proven, err := s.ask(ctx, restorer, in, other)
		if err == nil {
			return made, other, nil
		}
		// Neither what nobody knows the effect of, nor what the provider would say
		// of any point.
		if name := drill.NameOf(err); !proven || name == drill.Throttled || name == drill.NoCapacity || name == drill.QuotaReached {
			return nil, other, err
		}
		if !drill.NameOf(err).Passing() {
			refusals++
		}
	}
	if refusals > 0 {
		busy = &drill.Error{
			Name: drill.SourceBusy, What: fmt.Sprintf("%d other backups that meet the RPO were refused as well", refusals), Err: busy,
			Hint: "find out why the other backups are refused, which are taken where the source is busy: the findings name them (BackupRefused)",
		}
	}
	return nil, in.Point, busy
}

// tookInstead notes from what the copy is made, and what was passed over for it.
func (s StartRestore) tookInstead(ctx context.Context, run drill.Run, point drill.RecoveryPoint) error {
	facts, err := s.Journal.Facts(ctx, run.ID)
	if err != nil {
		return fmt.Errorf("reading the record of run %s: %w", run.ID, err)
	}
	passedOver := drill.PassedOver(facts, point)
	for _, f := range passedOver {
		if err := s.append(ctx, run, drill.Fact{Kind: drill.FactNoted, Finding: &f}); err != nil {
			return err
		}
	}
	if seen := find(facts, drill.FactCandidates); seen != nil && seen.Candidates != nil {
		counts := *seen.Candidates
		counts.PassedOver += len(passedOver)
		if err := s.append(ctx, run, drill.Fact{Kind: drill.FactCandidates, Candidates: &counts}); err != nil {
			return err
		}
	}
	return s.append(ctx, run, drill.Fact{Kind: drill.FactRecoveryPoint, RecoveryPoint: &point})
}

// quickRetries is how often after a throttled call the machine asks again within
// seconds, before each wait: fewer than it has attempts. Most throttling is over
// by then, and a wait costs a minute of the recovery time.
const quickRetries = 2

// comeBack waits for the provider, for a while. The record is read again: it has
// this refusal too.
func (s StartRestore) comeBack(ctx context.Context, in StartRestoreIn, refusal error) (StartRestoreOut, error) {
	now, limit := s.Clock.Now(), drill.Seconds(in.Spec.Limits.StartSeconds)
	if limit <= 0 {
		return StartRestoreOut{}, refusal
	}
	facts, err := s.Journal.Facts(ctx, in.Run.ID)
	if err != nil {
		return StartRestoreOut{}, fmt.Errorf("reading the record of run %s: %w", in.Run.ID, err)
	}
	asked := drill.AskedOf(facts)
	if drill.NameOf(refusal) == drill.Throttled && asked.Throttled%(quickRetries+1) != 0 {
		return StartRestoreOut{}, refusal
	}
	since := asked.WaitingSince
	if since.IsZero() {
		since = now
		// Not best effort: the end of the wait is counted from it.
		fact := drill.Fact{At: now, State: "StartRestore", Kind: drill.FactPhaseStarted, Note: drill.PhaseWait}
		if err := s.Journal.Append(ctx, in.Run.ID, fact); err != nil {
			return StartRestoreOut{}, fmt.Errorf("writing the record of run %s: %w", in.Run.ID, err)
		}
	}
	if waited := now.Sub(since); waited >= limit {
		return StartRestoreOut{}, &drill.Error{
			Name: drill.NameOf(refusal), Err: refusal, Hint: drill.HintOf(refusal),
			What: fmt.Sprintf("asked for again and again for %s, and refused %d times", waited.Round(time.Second), asked.Refused),
		}
	}
	next := drill.StartPolling(in.Spec.Limits).Next(since, now, 0, limit)
	return StartRestoreOut{Poll: Poll{StartedAt: since, NextAt: timestamp(in.Spec.Limits, next), Status: string(drill.NameOf(refusal))}}, nil
}

func (s StartRestore) append(ctx context.Context, run drill.Run, fact drill.Fact) error {
	fact.At, fact.State = s.Clock.Now(), "StartRestore"
	if err := s.Journal.Append(ctx, run.ID, fact); err != nil {
		return fmt.Errorf("writing the record of run %s: %w", run.ID, err)
	}
	return nil
}
