package recoverystep

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
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
	run, err := s.Store.Run(ctx, in.Run)
	if err != nil {
		return ReportRecoveryOut{}, step.Named(drill.EvidenceFailed, err, "reading the record of recovery %s", in.Run)
	}
	if run.Epoch != in.Epoch {
		return ReportRecoveryOut{Ending: supersededEnding, Cause: "another parent has the run"}, nil
	}
	steps, err := s.Store.Steps(ctx, in.Run)
	if err != nil {
		return ReportRecoveryOut{}, step.Named(drill.EvidenceFailed, err, "reading the record of recovery %s", in.Run)
	}
	now := s.Clock.Now()
	if run.ReportedAt != nil { // by an earlier call: its document says the same
		now = *run.ReportedAt
	}
	report := recovery.Report{Case: recovery.Case{Run: run, Steps: steps, Removal: in.Removal, Failure: decoded(in.Failure)}, RecordedAt: now}
	report.Removal.Failure = decoded(in.Removal.Failure)
	report.Run.Token = ""
	report.Verdict = recovery.Judge(report.Case)
	location, err := s.Evidence.Record(ctx, report)
	if err != nil {
		return ReportRecoveryOut{}, step.Named(drill.EvidenceFailed, err, "writing the evidence of recovery %s", in.Run)
	}
	out := ReportRecoveryOut{Ending: report.Verdict.Ending, Cause: causeOf(report.Verdict), Evidence: location}
	if err := s.Metrics.Publish(ctx, Metrics(report)); err != nil {
		return ReportRecoveryOut{}, step.Named(drill.MetricsFailed, err, "publishing the figures of recovery %s", in.Run)
	}
	if run.OverAt == nil { // another parent is to take it on
		return out, nil
	}
	return out, s.reported(ctx, in, now, out.Ending)
}

// supersededEnding is the name of the state in which such an execution ends.
const supersededEnding = "Superseded"

// reported writes that everything is done.
func (s ReportRecovery) reported(ctx context.Context, in ReportRecoveryIn, at time.Time, ending string) error {
	for range contended {
		run, err := s.Store.Run(ctx, in.Run)
		if err != nil {
			return reading(err, in.Run)
		}
		if run.Epoch != in.Epoch || run.ReportedAt != nil {
			return nil
		}
		run.ReportedAt, run.Ending, run.Token = &at, ending, ""
		err = s.Store.PutRun(ctx, run)
		if errors.Is(err, recovery.ErrConflict) {
			continue
		}
		if err != nil {
			return reading(err, in.Run)
		}
		return nil
	}
	return tooBusy(in.Run)
}

// causeOf says why it ended so, gravest first, as the console shows it.
func causeOf(v recovery.Verdict) string {
	var said []string
	for _, f := range v.Findings {
		if f.Severity == recovery.Info {
			continue
		}
		said = append(said, f.Code+": "+f.What)
	}
	if len(said) == 0 {
		return "everything was recovered"
	}
	return shortened(strings.Join(said, "; "))
}
