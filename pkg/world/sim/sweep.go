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

// Monitor lets the backup monitor look now, wired as its main does it.
func (w *World) Monitor(ctx context.Context) (step.BackupMonitorOut, error) {
	r := role{w, "backup-monitor"}
	specs, err := step.MonitoredSpecs(w.options.Plan, places(w.options.Plan))
	if err != nil {
		return step.BackupMonitorOut{}, err
	}
	return step.BackupMonitor{
		Deployment: w.names.deployment, Specs: specs, Finder: r.instances(), Passed: r.table(), Metrics: cloudwatch.New(r.home(), w.clock), Clock: w.clock,
	}.Handle(ctx, step.BackupMonitorIn{})
}

// Dispatch lets the dispatcher look now, wired as its main does it.
func (w *World) Dispatch(ctx context.Context) (step.DispatcherOut, error) {
	r := role{w, "dispatcher"}
	drills, err := step.ScheduledDrills(w.options.Plan)
	if err != nil {
		return step.DispatcherOut{}, err
	}
	return step.Dispatcher{
		Deployment: w.names.deployment, Drills: drills, Watermark: r.table(), Machines: sfn.New(r.home()), Machine: w.names.machine,
		Metrics: cloudwatch.New(r.home(), w.clock), Clock: w.clock,
	}.Handle(ctx, step.DispatcherIn{})
}

// Pass lets time pass.
func (w *World) Pass(d time.Duration) { w.clock.Advance(d) }
