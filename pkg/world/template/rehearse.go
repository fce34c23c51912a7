package template

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/dynamodb"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// Rehearsal of one drill in this world.
type Rehearsal struct {
	*sim.Rehearsal
	// Refused is what AWS refused or lost while it ran.
	Refused []Trouble `json:"refused"`
}

// Rehearse starts the drill of a database as its schedule does not, by hand, and
// lets time pass until it has ended.
func (w *World) Rehearse(ctx context.Context, database string) (Rehearsal, error) {
	before := len(w.cloud.Calls())
	began := w.Now()
	input, err := json.Marshal(drillstep.Request{Database: database, StartedBy: "make rehearse", Trigger: "rehearsal", ScheduledTime: began.Format(time.RFC3339)})
	if err != nil {
		return Rehearsal{}, err
	}
	machine, err := w.DrillMachine()
	if err != nil {
		return Rehearsal{}, err
	}
	x, err := w.start(machine, "", input)
	if err != nil {
		return Rehearsal{}, err
	}
	if err := w.Wait(ctx, x); err != nil {
		return Rehearsal{}, err
	}
	document, err := w.Evidence(x)
	if err != nil {
		return Rehearsal{}, err
	}
	seen := sim.Seen{
		Execution: x, Scenario: w.o.Scenario, Seed: w.o.Seed, Database: database, StartedAt: began, Took: w.took, Calls: w.cloud.Calls()[before:],
		Lived: w.cloud.RDS.RestoredTime(), StorageGiB: w.cloud.RDS.RestoredStorageGiB(), Evidence: document, LeftBehind: w.Copies(),
		Unused: w.cloud.UnusedFaults(), Authorised: true,
	}
	r := seen.Rehearsal()
	w.undone(r)
	return Rehearsal{r, w.Troubles()}, nil
}

// undone notes what every drill that had its slot does at its end, and this one
// did not: the machine ends all the same where one of these steps does nothing.
func (w *World) undone(r *sim.Rehearsal) {
	known := slices.Contains([]drill.Ending{drill.Passed, drill.ObjectivesMissed, drill.FailureClean, drill.FailureDirty}, r.Ending)
	claimed := slices.ContainsFunc(r.States, func(s drillevidence.State) bool { return s.Name == "Drill" })
	if !known || !claimed {
		return
	}
	if r.Evidence == nil {
		w.trouble("the drill", "recorded no evidence", errors.New("no document of it is in the bucket"))
	}
	if metric := "Drill" + string(r.Ending); !slices.ContainsFunc(w.cloud.Metrics.Datapoints(), func(d cloudwatch.Datapoint) bool {
		return d.Metric == metric && d.Sum > 0 && !d.Time.Before(r.StartedAt)
	}) {
		w.trouble("the drill", "published no metric of its ending", errors.New("nobody put "+metric))
	}
	where := w.Where()
	if slices.ContainsFunc(w.cloud.DynamoDB.Items(where.Account, where.Region, w.told(deployed.EnvTable)), func(i dynamodb.Item) bool {
		return i["pk"].Text == "slot#"+r.Database && i["sk"].Text == "lock"
	}) {
		w.trouble("the drill", "kept its slot", errors.New("the lock of "+r.Database+" is still there"))
	}
}

// DrillMachine is the ARN of the machine that runs drills, as the functions are
// told.
func (w *World) DrillMachine() (string, error) {
	arn := w.told(deployed.EnvMachine)
	if arn == "" {
		return "", fmt.Errorf("no function is told a machine (%s)", deployed.EnvMachine)
	}
	return arn, nil
}

// Machine is the definition of the machine that runs drills; see MachineOf.
func (w *World) Machine() (machines.Machine, error) {
	arn, err := w.DrillMachine()
	if err != nil {
		return machines.Machine{}, err
	}
	return w.MachineOf(arn)
}

// MachineOf is the definition of a machine, as it is deployed, with all that the
// simulated Step Functions knows of it.
func (w *World) MachineOf(arn string) (machines.Machine, error) {
	m, there := w.machines.Deployed(arn)
	if !there {
		return machines.Machine{}, fmt.Errorf("there is no machine %s", arn)
	}
	return m, nil
}

// Evidence of an execution, as it lies in the bucket; nil where none was recorded.
func (w *World) Evidence(x *machines.Execution) (*drillevidence.Document, error) {
	id := drill.RunID(x.ARN)
	for _, object := range w.cloud.S3.Objects(w.told(deployed.EnvBucket)) {
		if object.Key != "evidence/"+id+".json" {
			continue
		}
		document, err := drillevidence.DecodeAs(id, object.Body)
		if err != nil {
			return nil, fmt.Errorf("the evidence of %s: %w", id, err)
		}
		return &document, nil
	}
	return nil, nil
}

// Ending of an execution, as an operator reads it.
func Ending(x *machines.Execution) drill.Ending { return sim.Ending(x) }

// SetMachine has somebody change the machine in the account, beside its stack.
func (w *World) SetMachine(m machines.Machine) { w.machines.Set(m) }
