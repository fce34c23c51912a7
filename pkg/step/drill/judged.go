package drillstep

import (
	"context"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// judged gathers what the verdict of a run rests on, and judges it. Where the
// claim's answer was lost the record may still know the run and its spec.
//
// RecordEvidence passes its verdict on with the evidence. PublishMetrics cannot
// be given it and judges again: it publishes also where RecordEvidence failed,
// and the machine's payload has no room for a verdict of many checks. Both ask
// here, and a verdict is a function of the record, in which what RecordEvidence
// adds changes nothing: so the two are one.
func judged(ctx context.Context, journal Journal, scope Scope, failure *drill.Failure, removal drill.Removal) (drill.Case, drill.Verdict, error) {
	run := scope.run()
	facts, err := journal.Facts(ctx, run.ID)
	if err != nil {
		return drill.Case{}, drill.Verdict{}, fmt.Errorf("run %s: %w", run.ID, err)
	}
	c := drill.Case{Run: run, Facts: facts, Failure: step.Decoded(failure), Removal: removal}
	c.Removal.Failure = step.Decoded(removal.Failure)
	if scope.Spec != nil {
		c.Spec = *scope.Spec
	} else if claim := find(facts, drill.FactClaimed); claim != nil && claim.Run != nil && claim.Spec != nil {
		c.Run, c.Spec = *claim.Run, *claim.Spec
	}
	return c, drill.Judge(c), nil
}
