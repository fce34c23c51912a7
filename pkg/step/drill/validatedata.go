package drillstep

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// CheckSession is one connection to the restored data.
type CheckSession interface {
	// Run puts one question, read-only. A check that could not be run is a
	// result (CheckError) where the next one may still be, and an error where
	// it makes no sense to go on.
	Run(ctx context.Context, check drill.Check) (drill.CheckResult, error)
	Close() error
}

// OpenChecks connects to the restored data.
type OpenChecks func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource, access drill.Access) (CheckSession, error)

// ValidateData puts every check to the restored data, gate checks first, then
// the team's own function where there is one, then the proof checks. It goes on
// after a failed one: the verdict lists all of them. A check that has a result
// in the run record is not put again. Where the copy lets nobody in yet
// (NotReady), or ended the session, it says when to come back.
//
// It knows nothing of the copy but what the session tells: each call comes after
// PrepareLogin has looked at it.
type ValidateData struct {
	OpenChecks ByKind[OpenChecks]
	Journal    Journal
	Clock      step.Clock
}

type ValidateDataIn struct {
	Run      drill.Run      `json:"run"`
	Spec     drill.Spec     `json:"spec"`
	Resource drill.Resource `json:"resource"`
	// Access is what PrepareLogin told.
	Access drill.Access `json:"access"`
	// Progress is that of the call before; nil in the first one.
	Progress *Progress `json:"progress"`
	// Custom is what the team's own function answered, right after it did.
	Custom *CustomAnswer `json:"custom"`
}

// Progress says what the machine does next, and where the next call goes on. It
// goes from PrepareLogin to ValidateData and back.
type Progress struct {
	Next      string `json:"next"`
	NextCheck int    `json:"nextCheck"` // in the order in which they are run
	// Cursor is where that check left off, where it is unfinished.
	Cursor string `json:"cursor"`
	// NextAt is when to come back, with Next wait.
	NextAt string `json:"nextAt"`
	// WaitingSince is since when the copy lets nobody in; zero: it does, or nobody
	// has tried.
	WaitingSince time.Time `json:"waitingSince,omitzero"`
	// MakingLogin: the last answer was that a login is being made for the drill.
	MakingLogin bool `json:"makingLogin,omitempty"`
	// PreparedAt is when PrepareLogin last began a look that found the login there.
	PreparedAt time.Time `json:"preparedAt,omitzero"`
	// LostAt is when the session ended that the next call has to open anew; zero: it
	// did not, or a check was answered since.
	LostAt time.Time `json:"lostAt,omitzero"`
}

// Values of Next.
const (
	NextDone   = "done"
	NextAsk    = "ask"    // the login is there: put the checks
	NextAgain  = "again"  // the time of one call was used up, or a check could not be run
	NextWait   = "wait"   // until NextAt: the copy lets nobody in yet, or does not any more
	NextCustom = "custom" // ask the team's own function
)

type ValidateDataOut struct {
	Progress Progress `json:"progress"`
}

func (s ValidateData) Handle(ctx context.Context, in ValidateDataIn) (out ValidateDataOut, err error) {
	started := s.Clock.Now()
	facts, err := s.Journal.Facts(ctx, in.Run.ID)
	if err != nil {
		return ValidateDataOut{}, fmt.Errorf("reading the record of run %s: %w", in.Run.ID, err)
	}
	// Before anything that may have to wait: the machine hands an answer over once.
	if facts, err = s.recordCustom(ctx, in, facts); err != nil {
		return ValidateDataOut{}, err
	}
	if in.Progress == nil {
		in.Progress = &Progress{}
	}
	open, err := s.OpenChecks.Of(in.Spec.Kind)
	if err != nil {
		return ValidateDataOut{}, err
	}
	session, err := open(ctx, in.Run, in.Spec, in.Resource, in.Access)
	if drill.NameOf(err) == drill.NotReady {
		progress, err := patience{s.Journal, s.Clock, "ValidateData"}.comeBack(ctx, in.Run, in.Spec, in.Resource, *in.Progress, started, err)
		return ValidateDataOut{progress}, err
	}
	if err != nil {
		return ValidateDataOut{}, step.Named(drill.ValidationImpossible, err, "connecting to %s %s", in.Resource.Kind, in.Resource.ID)
	}
	defer func() {
		closing := session.Close()
		if closing == nil || err != nil {
			return
		}
		// The answers are in; that the connection did not close well is worth
		// a line, and takes nothing from them.
		note := drill.Finding{Severity: drill.Info, Code: "SessionNotClosed", What: "closing the connection to the restored database: " + closing.Error()}
		err = s.append(ctx, in.Run, drill.Fact{Kind: drill.FactNoted, Finding: &note})
	}()
	if err := s.connected(ctx, in, facts); err != nil {
		return ValidateDataOut{}, err
	}
	return s.ask(ctx, in, facts, session, started)
}

// connected notes that the copy let us in. What passed while a login was made, and
// until the last look at it began, was spent on what no recovery would need.
func (s ValidateData) connected(ctx context.Context, in ValidateDataIn, facts []drill.Fact) error {
	if ended(facts, drill.PhaseConnect) {
		return nil
	}
	if in.Progress.MakingLogin {
		login := drill.Fact{At: in.Progress.PreparedAt, State: "ValidateData", Kind: drill.FactPhaseEnded, Note: drill.PhaseLogin}
		if err := s.Journal.Append(ctx, in.Run.ID, login); err != nil {
			return fmt.Errorf("writing the record of run %s: %w", in.Run.ID, err)
		}
	}
	return s.append(ctx, in.Run, drill.Fact{Kind: drill.FactPhaseEnded, Note: drill.PhaseConnect})
}

// ask puts the checks until they are all answered or the time is used up.
func (s ValidateData) ask(ctx context.Context, in ValidateDataIn, facts []drill.Fact, session CheckSession, started time.Time) (ValidateDataOut, error) {
	checks := inOrder(in.Spec.Checks)
	budget := drill.Seconds(in.Spec.Limits.ValidateSeconds - in.Spec.Limits.StatementSeconds)
	next := *in.Progress
	next.WaitingSince, next.MakingLogin = time.Time{}, false // it let us in: whoever waits again has the whole time
	asked := 0
	for i := max(in.Progress.NextCheck, 0); i < len(checks); i++ {
		next.NextCheck, next.Next = i, NextAgain
		if checks[i].Stage == drill.Proof && customIsDue(in.Spec, facts) {
			return askCustom(next), nil
		}
		if asked > 0 && s.Clock.Now().Sub(started) >= budget {
			return ValidateDataOut{next}, nil
		}
		if answered(facts, checks[i].Name) {
			continue
		}
		checks[i].Cursor, next.Cursor = next.Cursor, ""
		result, err := session.Run(ctx, checks[i])
		if err != nil {
			lost := step.Named(drill.ValidationImpossible, err, "check %q", checks[i].Name)
			if ctx.Err() != nil || drill.NameOf(lost) != drill.ValidationImpossible || !next.LostAt.IsZero() {
				return ValidateDataOut{}, lost
			}
			next.Cursor = checks[i].Cursor
			return s.lookAgain(ctx, in, next, lost)
		}
		asked, next.LostAt = asked+1, time.Time{}
		if result.Unfinished {
			next.Cursor = result.Cursor
			return ValidateDataOut{next}, nil
		}
		if err := s.append(ctx, in.Run, drill.Fact{Kind: drill.FactCheckFinished, Check: &result}); err != nil {
			return ValidateDataOut{}, err
		}
		if result.Outcome == drill.CheckError {
			// Why may be that somebody stopped the copy: the next look tells.
			next.NextCheck = i + 1
			return ValidateDataOut{next}, nil
		}
	}
	next.NextCheck = len(checks)
	if customIsDue(in.Spec, facts) {
		return askCustom(next), nil
	}
	if find(facts, drill.FactValidated) == nil {
		if err := s.append(ctx, in.Run, drill.Fact{Kind: drill.FactValidated}); err != nil {
			return ValidateDataOut{}, err
		}
	}
	next.Next = NextDone
	return ValidateDataOut{next}, nil
}

// afterLoss is how long to wait before a session that ended is opened anew.
const afterLoss = 45 * time.Second

// lookAgain comes back to a copy that ended the session, once: its state is shown
// late, so a look at once may not tell that somebody stopped it. Where the session
// can be opened then, the check is put again.
func (s ValidateData) lookAgain(ctx context.Context, in ValidateDataIn, next Progress, lost error) (ValidateDataOut, error) {
	wait := afterLoss
	if in.Spec.Limits.LocalPace() {
		wait = time.Second
	}
	note := drill.Finding{
		Severity: drill.Warning, Code: "SessionLost", What: fmt.Sprintf("the session with the restored database ended, and was opened anew %s later: %v", wait, lost),
		Hint: "the wait is in the measured time: see the events of the copy, and the network between it and the validating function",
	}
	if err := s.append(ctx, in.Run, drill.Fact{Kind: drill.FactNoted, Finding: &note}); err != nil {
		return ValidateDataOut{}, err
	}
	next.LostAt = s.Clock.Now()
	next.Next, next.NextAt = NextWait, timestamp(in.Spec.Limits, next.LostAt.Add(wait))
	return ValidateDataOut{next}, nil
}

func (s ValidateData) append(ctx context.Context, run drill.Run, fact drill.Fact) error {
	fact.At, fact.State = s.Clock.Now(), "ValidateData"
	if err := s.Journal.Append(ctx, run.ID, fact); err != nil {
		return fmt.Errorf("writing the record of run %s: %w", run.ID, err)
	}
	return nil
}

// inOrder puts the gate checks first: service waits for them alone.
func inOrder(checks []drill.Check) []drill.Check {
	rank := map[drill.CheckStage]int{drill.Gate: 0, drill.Proof: 1}
	return slices.SortedStableFunc(slices.Values(checks), func(a, b drill.Check) int {
		return cmp.Compare(rank[a.Stage], rank[b.Stage])
	})
}

func ended(facts []drill.Fact, phase string) bool {
	return slices.ContainsFunc(facts, func(f drill.Fact) bool {
		return f.Kind == drill.FactPhaseEnded && f.Note == phase
	})
}

func answered(facts []drill.Fact, check string) bool {
	return slices.ContainsFunc(facts, func(f drill.Fact) bool {
		return f.Kind == drill.FactCheckFinished && f.Check != nil && f.Check.Name == check
	})
}
