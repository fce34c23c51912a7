package account

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// visits are attempts of states in rehearsals, by the ARN of their machine: each way
// that a state was left once.
type visits map[string][]asl.Visit

// see notes one, unless the like was seen.
func (v visits) see(machine string, visit asl.Visit) {
	if !slices.ContainsFunc(v[machine], func(known asl.Visit) bool { return alike(known, visit) }) {
		v[machine] = append(v[machine], visit)
	}
}

// alike: the same state was left the same way.
func alike(a, b asl.Visit) bool {
	return a.Trial.State == b.Trial.State && a.Tried.Status == b.Tried.Status && a.Tried.Next == b.Tried.Next &&
		a.Tried.Catcher == b.Tried.Catcher && a.Tried.Retrier == b.Tried.Retrier && a.Tried.Error == b.Tried.Error
}

// byState are scenarios that take drills through states which neither a good day
// nor Scenarios pass: what they ask AWS is not asked for here.
func byState() []sim.Scenario {
	const minute = sim.Duration(time.Minute)
	return []sim.Scenario{
		{
			Description: "everything takes its time, and no event arrives", Events: sim.Events{Lost: []string{"all"}},
			Capacity: sim.Capacity{FreeAfter: 9 * minute}, Restore: sim.Restore{Rotation: 4 * minute},
		},
		{Description: "the freshest backup is too old", Backups: sim.Backups{ReplicaLag: 180 * minute}},
		{Description: "a copy that cannot be removed", Faults: []simaws.Fault{{On: "rds:DeleteDBInstance", Error: "AccessDenied", Status: 403, Times: -1}}},
	}
}

// more rehearses what only states are interesting for.
func (v visits) more(ctx context.Context, o template.Options) error {
	o.Asked = nil
	for i, scenario := range byState() {
		o.Scenario = scenario
		w, err := rehearse(ctx, o)
		if err == nil && i == 0 {
			err = twice(ctx, w)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", scenario.Description, err)
		}
	}
	return nil
}

// twice starts a drill a second time for the same scheduled time, which is not
// drilled again, and has it cleaned up after once more, which finds nothing to do.
func twice(ctx context.Context, w *template.World) error {
	machine, err := w.DrillMachine()
	specs := w.Specs()
	if err != nil || len(specs) == 0 {
		return err
	}
	begun := w.Executions()[0]
	again := map[string]any{}
	if err := json.Unmarshal(begun.Input, &again); err != nil {
		return err
	}
	cleaned, _ := json.Marshal(map[string]string{ // texts always encode
		"database": specs[0].Name(), "startedBy": "lifeboat doctor", "trigger": "rehearsal", "cleanUpAfter": begun.ARN,
	})
	for _, input := range []string{string(begun.Input), string(cleaned)} {
		x, err := w.Start(machine, input)
		if err != nil {
			return err
		}
		if err := w.Wait(ctx, x); err != nil {
			return err
		}
	}
	return nil
}
