package template

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// RecoveryRehearsal is what one rehearsed recovery came to in this world.
type RecoveryRehearsal struct {
	*sim.RecoveryRehearsal
	// Refused is what AWS refused or lost while it ran.
	Refused []Trouble `json:"refused"`
}

// Recovers tells whether the deployment has the machines of recoveries.
func (w *World) Recovers() bool { return w.plan.RecoversOnAWS() }

// RecoveryInput is what somebody types into the console to recover everything in a mode.
func (w *World) RecoveryInput(mode recovery.Mode) string {
	if mode != recovery.Failover {
		return `{}`
	}
	text, _ := json.Marshal(map[string]string{"mode": string(mode), "confirm": w.told(deployed.EnvDeployment)}) // texts always encode
	return string(text)
}

// RehearseRecovery recovers everything that the plan declares, as somebody starts it in
// the console, and lets time pass until that has ended.
func (w *World) RehearseRecovery(ctx context.Context, mode recovery.Mode) (RecoveryRehearsal, error) {
	before, took, lived, began := len(w.cloud.Calls()), len(w.took), w.cloud.RDS.RestoredTime(), w.Now()
	x, err := w.Start(w.RecoveryMachine(), w.RecoveryInput(mode))
	if err != nil {
		return RecoveryRehearsal{}, err
	}
	if err := w.Wait(ctx, x); err != nil {
		return RecoveryRehearsal{}, err
	}
	r := &sim.RecoveryRehearsal{
		Description: w.o.Scenario.Description, Seed: w.o.Seed, Mode: mode, StartedAt: began, Authorised: !w.o.Unjudged,
		LeftBehind: w.left(), Recovered: w.recovered(), Announced: w.announced("endpoint/"),
	}
	for _, workload := range w.plan.Recovered(true) {
		r.Workloads = append(r.Workloads, workload.Name)
	}
	last, transitions := x, 0
	for _, each := range w.machines.All() {
		switch each.MachineARN {
		case w.RecoveryMachine():
			last = later(last, each)
		case w.names().RecoveryStepMachineARN():
		default:
			continue
		}
		if len(each.Events) == 0 || each.Events[0].Timestamp.Before(began) {
			continue
		}
		r.Executions++
		r.LongestEvents = max(r.LongestEvents, len(each.Events))
		if each.Result != nil {
			transitions += each.Result.Transitions
		}
	}
	r.Ending, r.Cause, r.Seconds = string(Ending(last)), last.Result.Cause, last.Ended().Sub(began).Seconds()
	r.Cost = sim.CostOf(transitions, w.took[took:], w.cloud.Calls()[before:], w.cloud.RDS.RestoredTime()-lived, w.cloud.RDS.RestoredStorageGiB())
	if r.Evidence, err = w.RecoveryEvidence(drill.RunID(x.ARN)); err != nil {
		return RecoveryRehearsal{}, err
	}
	if r.Ending != recovery.FailureDirty && len(r.LeftBehind) > 0 {
		r.Why = append(r.Why, fmt.Sprintf("it ended in %s, and left %s behind", r.Ending, strings.Join(r.LeftBehind, ", ")))
	}
	r.Met = len(r.Why) == 0
	w.unfinished(r)
	return RecoveryRehearsal{r, w.Troubles()}, nil
}

// later of two parents that came to an ending: one that handed its run over did not.
func later(a, b *machines.Execution) *machines.Execution {
	if b.Result != nil && slices.Contains([]string{recovery.Passed, recovery.ObjectivesMissed, recovery.FailureClean, recovery.FailureDirty}, string(Ending(b))) && b.Ended().After(a.Ended()) {
		return b
	}
	return a
}

// unfinished notes what every recovery does at its end, and this one did not: the
// machine ends all the same where one of these does nothing.
func (w *World) unfinished(r *sim.RecoveryRehearsal) {
	if r.Evidence == nil {
		w.trouble("the "+string(r.Mode), "recorded no evidence", errors.New("no document of it is in the bucket"))
	}
	if metric := "Recovery" + r.Ending; !slices.ContainsFunc(w.cloud.Metrics.Datapoints(), func(d cloudwatch.Datapoint) bool {
		return d.Metric == metric && d.Sum > 0 && !d.Time.Before(r.StartedAt.Truncate(time.Minute))
	}) {
		w.trouble("the "+string(r.Mode), "published no metric of its ending", errors.New("nobody put "+metric))
	}
}

// RecoveryEvidence of a run, as it lies in the bucket; nil where none was recorded.
func (w *World) RecoveryEvidence(run string) (*recoveryevidence.Document, error) {
	for _, object := range w.cloud.S3.Objects(w.told(deployed.EnvBucket)) {
		if object.Key != recoveryevidence.Key(run) {
			continue
		}
		document, err := recoveryevidence.DecodeAs(run, object.Body)
		if err != nil {
			return nil, fmt.Errorf("the evidence of %s: %w", run, err)
		}
		return &document, nil
	}
	return nil, nil
}

// names of what the deployment makes.
func (w *World) names() deployed.Names {
	where := w.Where()
	return deployed.Names{Deployment: w.told(deployed.EnvDeployment), Account: where.Account, Region: where.Region}
}

// left are the throwaways that are there: copies, and endpoints of exercises.
func (w *World) left() []string { return append(w.Copies(), w.announced("exercise/")...) }

// recovered are the databases that are there for good.
func (w *World) recovered() []string {
	names, where := []string{}, w.Where()
	for _, i := range w.cloud.RDS.Instances(where.Account, where.Region) {
		if slices.Contains(i.Tags, rds.Tag{Key: deployed.TagPurpose, Value: deployed.PurposeRecovered}) {
			names = append(names, i.Identifier)
		}
	}
	slices.Sort(names)
	return names
}

// announced are the parameters and secrets of the deployment under a part of their
// names.
func (w *World) announced(under string) []string {
	names, where, prefix := []string{}, w.Where(), w.names().Prefix()+"/"+under
	for _, p := range w.cloud.SSM.Parameters(where.Account, where.Region) {
		if strings.HasPrefix(p.Name, "/"+prefix) {
			names = append(names, p.Name)
		}
	}
	return append(names, slices.Sorted(maps.Keys(w.cloud.Secrets.Secrets(where.Account, where.Region, prefix)))...)
}
