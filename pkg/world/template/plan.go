package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudformation"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
)

// planned are the databases of the plan that is packaged beside the functions.
func (w *World) planned() ([]drill.Spec, error) {
	p, beside, err := w.packaged()
	if err != nil {
		return nil, err
	}
	return slice.MonitoredSpecs(p, slice.Places{
		SubnetGroup: beside[deployed.EnvSubnetGroup], SecurityGroups: strings.Split(beside[deployed.EnvSecurityGroups], ","),
	})
}

// packaged is the plan beside the functions, with the environment of one that has
// it.
func (w *World) packaged() (plan.Plan, map[string]string, error) {
	for _, f := range w.account.Functions() {
		text, err := os.ReadFile(filepath.Join(f.Latest.Folder, deployed.PlanFile))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return plan.Plan{}, nil, err
		}
		var p plan.Plan
		if err := json.Unmarshal(text, &p); err != nil {
			return plan.Plan{}, nil, fmt.Errorf("the packaged plan: %w", err)
		}
		return p, f.Latest.Environment, nil
	}
	return plan.Plan{}, nil, ErrNoPlan
}

// Plan is the one that is deployed.
func (w *World) Plan() (plan.Plan, error) {
	p, _, err := w.packaged()
	return p, err
}

// Specs of the plan's databases, in its order.
func (w *World) Specs() (specs []drill.Spec) {
	for _, e := range w.estates {
		specs = append(specs, w.specs[e.Name()])
	}
	return specs
}

// Where the functions of the deployment are.
func (w *World) Where() cfn.Where { return home(w.o.Assembly) }

// Databases of the plan, as "workload/database", in its order.
func (w *World) Databases() []string {
	var names []string
	for _, e := range w.estates {
		names = append(names, e.Name())
	}
	return names
}

// setMachine loads the definition as it is deployed.
func (w *World) setMachine(m cloudformation.Machine) error {
	loaded, err := asl.Load([]byte(m.Definition), asl.WithSubstitutions(m.Substitutions))
	if err != nil {
		return err
	}
	w.machines.Set(machines.Machine{Loaded: loaded, Machine: sfn.Machine{
		ARN: m.ARN, Definition: asl.Substitute(m.Definition, m.Substitutions), RoleARN: m.RoleARN, Created: w.clock.Now(), Logging: sfn.Logging(m.Logging),
	}})
	return nil
}

// Copies are the deployment's copies that are there.
func (w *World) Copies() (names []string) {
	for _, i := range w.copies() {
		names = append(names, i.Identifier)
	}
	return names
}

func (w *World) copies() (list []*rds.Instance) {
	where := w.Where()
	for _, i := range w.cloud.RDS.Instances(where.Account, where.Region) {
		if drill.IsThrowawayName(w.told(deployed.EnvDeployment), i.Identifier) {
			list = append(list, i)
		}
	}
	return list
}

// told is a variable that the deployment gives to its functions, which are all
// told the same; "" where there is none.
func (w *World) told(variable string) string {
	for _, f := range w.account.Functions() {
		if value := f.Latest.Environment[variable]; value != "" {
			return value
		}
	}
	return ""
}

func (w *World) instance(account, region, name string) *rds.Instance {
	for _, i := range w.cloud.RDS.Instances(account, region) {
		if i.Identifier == name {
			return i
		}
	}
	return nil
}
