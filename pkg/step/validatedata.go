package step

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
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
type OpenChecks func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (CheckSession, error)

// ValidateData puts every check to the restored data, gate checks first, and
// goes on after a failed one: the verdict lists all of them. A check that has
// a result in the run record is not put again.
type ValidateData struct {
	OpenChecks OpenChecks
	Journal    Journal
	Clock      Clock
}

type ValidateDataIn struct {
	Run      drill.Run      `json:"run"`
	Spec     drill.Spec     `json:"spec"`
	Resource drill.Resource `json:"resource"`
	// NextCheck is where to go on, in the order in which they are run.
	NextCheck int `json:"nextCheck"`
}

type ValidateDataOut struct {
	Done      bool `json:"done"`
	NextCheck int  `json:"nextCheck"`
}

func (s ValidateData) Handle(ctx context.Context, in ValidateDataIn) (out ValidateDataOut, err error) {
	started := s.Clock.Now()
	facts, err := s.Journal.Facts(ctx, in.Run.ID)
	if err != nil {
		return ValidateDataOut{}, fmt.Errorf("reading the record of run %s: %w", in.Run.ID, err)
	}
	session, err := s.OpenChecks(ctx, in.Run, in.Spec, in.Resource)
	if err != nil {
		return ValidateDataOut{}, named(drill.ValidationImpossible, err, "connecting to %s %s", in.Resource.Kind, in.Resource.ID)
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
	if !connected(facts) {
		if err := s.append(ctx, in.Run, drill.Fact{Kind: drill.FactPhaseEnded, Note: drill.PhaseConnect}); err != nil {
			return ValidateDataOut{}, err
		}
	}
	checks := inOrder(in.Spec.Checks)
	budget := drill.Seconds(in.Spec.Limits.ValidateSeconds - in.Spec.Limits.StatementSeconds)
	for i := max(in.NextCheck, 0); i < len(checks); i++ {
		if i > in.NextCheck && s.Clock.Now().Sub(started) >= budget {
			return ValidateDataOut{NextCheck: i}, nil
		}
		if answered(facts, checks[i].Name) {
			continue
		}
		result, err := session.Run(ctx, checks[i])
		if err != nil {
			return ValidateDataOut{}, named(drill.ValidationImpossible, err, "check %q", checks[i].Name)
		}
		if err := s.append(ctx, in.Run, drill.Fact{Kind: drill.FactCheckFinished, Check: &result}); err != nil {
			return ValidateDataOut{}, err
		}
	}
	if find(facts, drill.FactValidated) == nil {
		if err := s.append(ctx, in.Run, drill.Fact{Kind: drill.FactValidated}); err != nil {
			return ValidateDataOut{}, err
		}
	}
	return ValidateDataOut{Done: true, NextCheck: len(checks)}, nil
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

func connected(facts []drill.Fact) bool {
	return slices.ContainsFunc(facts, func(f drill.Fact) bool {
		return f.Kind == drill.FactPhaseEnded && f.Note == drill.PhaseConnect
	})
}

func answered(facts []drill.Fact, check string) bool {
	return slices.ContainsFunc(facts, func(f drill.Fact) bool {
		return f.Kind == drill.FactCheckFinished && f.Check != nil && f.Check.Name == check
	})
}
