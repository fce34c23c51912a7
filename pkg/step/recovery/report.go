package recoverystep

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Evidence writes one document and returns where it lies. Writing that of the same
// run again replaces the document or leaves it, and returns the same place.
type Evidence interface {
	Record(ctx context.Context, report recovery.Report) (location string, err error)
}

// ReportRecovery judges a run from its record, writes the evidence and the figures.
type ReportRecovery struct {
	Store    Store
	Evidence Evidence
	Metrics  step.MetricSink
	Clock    step.Clock
}

type ReportRecoveryIn struct {
	Run     string            `json:"run"`
	Epoch   int               `json:"epoch"`
	Removal recovery.Removal  `json:"removal"`
	Failure *recovery.Failure `json:"failure"` // of the parent itself; nil: none
}

type ReportRecoveryOut struct {
	Ending   string `json:"ending"`
	Cause    string `json:"cause"`
	Evidence string `json:"evidence"` // where it lies
}

func (s ReportRecovery) Handle(ctx context.Context, in ReportRecoveryIn) (ReportRecoveryOut, error) {
	return ReportRecoveryOut{}, errNotThere
}
