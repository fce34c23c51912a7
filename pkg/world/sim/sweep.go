package sim

import (
	"context"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Sweep lets the sweeper look now, with the credentials of its function, wired
// as its main does it.
func (w *World) Sweep(ctx context.Context) (step.SweeperOut, error) {
	r := role{w, "sweeper"}
	instances := r.instances()
	return step.Sweeper{
		Deployment: w.names.deployment, Regions: []string{w.names.region}, Lister: instances, Sweeper: instances,
		Executions: sfn.New(r.home()), Metrics: cloudwatch.New(r.home(), w.clock),
	}.Handle(ctx, step.SweeperIn{})
}

// Pass lets time pass.
func (w *World) Pass(d time.Duration) { w.clock.Advance(d) }
