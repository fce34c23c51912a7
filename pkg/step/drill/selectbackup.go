package drillstep

import (
	"context"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Backups lists every candidate of a database, the unusable ones with their
// reason. Whether one counts in the spec's scenario is part of being usable.
type Backups interface {
	RecoveryPoints(ctx context.Context, spec drill.Spec) ([]drill.RecoveryPoint, error)
}

// Foresight looks ahead at a recovery point that is about to be restored. It does
// not fail: what it could not find out is part of the answer.
type Foresight interface {
	RecoverableFrom(ctx context.Context, spec drill.Spec, point drill.RecoveryPoint) drill.Recoverability
}

// SelectBackup chooses the freshest usable recovery point, and notes every
// newer one that cannot be used. A missed RPO does not stop the drill: the
// restore is still measured, and the verdict lists it. What may have the restore
// refused one day is noted as a warning: whether it is today, the drill shows.
type SelectBackup struct {
	Backups ByKind[Backups]
	Ahead   ByKind[Foresight] // of kinds that it lacks nothing is said
	Journal Journal
	Clock   step.Clock
}

type SelectBackupIn struct {
	Run  drill.Run  `json:"run"`
	Spec drill.Spec `json:"spec"`
}

type SelectBackupOut struct {
	Point drill.RecoveryPoint `json:"point"`
}

func (s SelectBackup) Handle(ctx context.Context, in SelectBackupIn) (SelectBackupOut, error) {
	facts, err := s.Journal.Facts(ctx, in.Run.ID)
	if err != nil {
		return SelectBackupOut{}, fmt.Errorf("reading the record of run %s: %w", in.Run.ID, err)
	}
	if earlier := find(facts, drill.FactRecoveryPoint); earlier != nil && earlier.RecoveryPoint != nil {
		return SelectBackupOut{Point: *earlier.RecoveryPoint}, nil
	}
	backups, err := s.Backups.Of(in.Spec.Kind)
	if err != nil {
		return SelectBackupOut{}, err
	}
	points, err := backups.RecoveryPoints(ctx, in.Spec)
	if err != nil {
		return SelectBackupOut{}, step.Named(drill.NoUsableBackup, err, "listing the backups of %s", in.Spec.Name())
	}
	choice := drill.Choose(points)
	if err := s.append(ctx, in.Run, drill.Fact{Kind: drill.FactCandidates, Candidates: &choice.Counts}); err != nil {
		return SelectBackupOut{}, err
	}
	for _, f := range choice.Findings {
		if err := s.append(ctx, in.Run, drill.Fact{Kind: drill.FactNoted, Finding: &f}); err != nil {
			return SelectBackupOut{}, err
		}
	}
	if choice.Point == nil {
		return SelectBackupOut{}, noBackup(in.Spec, choice.Findings)
	}
	if ahead := s.Ahead[in.Spec.Kind]; ahead != nil {
		for _, f := range ahead.RecoverableFrom(ctx, in.Spec, *choice.Point).Cautions() {
			if err := s.append(ctx, in.Run, drill.Fact{Kind: drill.FactNoted, Finding: &f}); err != nil {
				return SelectBackupOut{}, err
			}
		}
	}
	if err := s.append(ctx, in.Run, drill.Fact{Kind: drill.FactRecoveryPoint, RecoveryPoint: choice.Point, Others: choice.Others}); err != nil {
		return SelectBackupOut{}, err
	}
	return SelectBackupOut{Point: *choice.Point}, nil
}

func (s SelectBackup) append(ctx context.Context, run drill.Run, fact drill.Fact) error {
	fact.At, fact.State = s.Clock.Now(), "SelectBackup"
	if err := s.Journal.Append(ctx, run.ID, fact); err != nil {
		return fmt.Errorf("writing the record of run %s: %w", run.ID, err)
	}
	return nil
}

func noBackup(spec drill.Spec, passedOver []drill.Finding) error {
	e := &drill.Error{
		Name: drill.NoUsableBackup, What: fmt.Sprintf("%s has no backup at all", spec.Name()),
		Hint: "check where the plan says that its backups lie, and that the backup job runs",
	}
	if len(passedOver) == 0 {
		return e
	}
	reasons := make([]string, 0, 3)
	for _, f := range passedOver[:min(len(passedOver), 3)] {
		reasons = append(reasons, f.What)
	}
	e.What = fmt.Sprintf("%s has no usable backup: %s", spec.Name(), strings.Join(reasons, "; "))
	if passedOver[0].Hint != "" {
		e.Hint = passedOver[0].Hint
	}
	return e
}
