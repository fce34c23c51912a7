package sim

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/secretsmanager"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/stacks"
)

// populate makes what lies in the simulated AWS beside the first database: the
// others, what the targets of a failover need, and what the plan has validated.
func (w *RecoveryWorld) populate() {
	for i, d := range w.planned.Databases {
		if i > 0 {
			land := w.land
			land.spec, land.place = d.Drill, d.Drill.Place
			land.addKeys(w.cloud)
			w.estates[i].populate(w.cloud, w.started)
		}
		if d.Target != nil && d.Drill.RDS != nil {
			w.targetGroups(*d.Target)
		}
	}
	for _, name := range []string{w.names.of().PagesTopic(), w.names.of().TicketsTopic()} {
		w.cloud.SNS.AddTopic(w.names.account, w.names.region, name)
	}
	for _, s := range w.planned.Steps {
		for _, name := range s.Spec.Stacks {
			w.cloud.Stacks.Put(stacks.Stack{Account: w.names.account, Region: w.names.region, Name: name, Status: "UPDATE_COMPLETE", Made: w.started})
		}
		for _, name := range s.Spec.Secrets {
			w.cloud.Secrets.Add(w.names.account, w.names.region, secretsmanager.Secret{Name: name, Value: "simulated"})
		}
	}
}

// targetGroups are the team's own groups in the recovery region.
func (w *RecoveryWorld) targetGroups(t drill.RecoveryTarget) {
	engine, version := cmp.Or(w.scenario.Source.Engine, "postgres"), cmp.Or(w.scenario.Source.Version, "15.7")
	major, rest, _ := strings.Cut(version, ".")
	if minor, _, _ := strings.Cut(rest, "."); engine != "postgres" && minor != "" {
		major += "." + minor
	}
	subnets := []rds.SubnetGroup{{Name: t.SubnetGroup, VPC: "vpc-production"}}
	var parameters []rds.ParameterGroup
	if t.ParameterGroup != "" {
		parameters = append(parameters, rds.ParameterGroup{Name: t.ParameterGroup, Family: engine + major})
	}
	var options []rds.OptionGroup
	if t.OptionGroup != "" {
		options = append(options, rds.OptionGroup{Name: t.OptionGroup, Engine: engine, Version: major})
	}
	w.cloud.RDS.AddGroups(w.names.account, w.names.region, subnets, parameters, options)
}

// recoveredInstances are the targets of the run that are there.
func (w *RecoveryWorld) recoveredInstances() []string {
	there := []string{}
	for _, d := range w.planned.Databases {
		if d.Target == nil {
			continue
		}
		is := func(i *rds.Instance) bool { return strings.EqualFold(i.Identifier, d.Target.Identifier) }
		if slices.ContainsFunc(w.cloud.RDS.Instances(w.names.account, w.names.region), is) {
			there = append(there, d.Target.Identifier)
		}
	}
	return there
}
