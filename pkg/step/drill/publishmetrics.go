package drillstep

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// PublishMetrics publishes what was measured and how it ended. The ending is
// the machine's: where the evidence failed it differs from the verdict's.
type PublishMetrics struct {
	Metrics step.MetricSink
	Journal Journal
	Clock   step.Clock
}

type PublishMetricsIn struct {
	Scope
	Ending  drill.Ending   `json:"ending"`
	Failure *drill.Failure `json:"failure"`
	Removal drill.Removal  `json:"removal"`
}

type PublishMetricsOut struct {
	Published int `json:"published"` // number of metrics
}

func (s PublishMetrics) Handle(ctx context.Context, in PublishMetricsIn) (PublishMetricsOut, error) {
	c, verdict, err := judged(ctx, s.Journal, in.Scope, in.Failure, in.Removal)
	if err != nil {
		return PublishMetricsOut{}, step.Named(drill.MetricsFailed, err, "reading the record of run %s", in.run().ID)
	}
	if c.Spec.Deployment == "" {
		// Never claimed: there is no database to publish figures of. The age
		// of its last drill, which others watch, goes on growing.
		return PublishMetricsOut{}, nil
	}
	metrics := drill.Metrics(c.Spec, verdict, in.Ending)
	if err := s.Metrics.Publish(ctx, metrics); err != nil {
		return PublishMetricsOut{}, step.Named(drill.MetricsFailed, err, "publishing the metrics of run %s", c.Run.ID)
	}
	fact := drill.Fact{At: s.Clock.Now(), State: "PublishMetrics", Kind: drill.FactMetricsPublished}
	if err := s.Journal.Append(ctx, c.Run.ID, fact); err != nil {
		return PublishMetricsOut{}, step.Named(drill.MetricsFailed, err, "writing the record of run %s", c.Run.ID)
	}
	return PublishMetricsOut{Published: len(metrics)}, nil
}
