package template

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
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
	x, err := w.start(machine, input)
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
	return Rehearsal{seen.Rehearsal(), w.Troubles()}, nil
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
