package plan

import (
	"fmt"
	"slices"
	"strings"
)

// recoveries checks what concerns the recoveries of all workloads together: one run
// can have all of their steps.
func (v *validator) recoveries() {
	onAWS, here := v.plan.Recovered(true), v.plan.Recovered(false)
	v.recovering(len(onAWS) > 0, len(here) > 0)
	for _, together := range [][]Workload{onAWS, here} {
		steps := 0
		for _, w := range together {
			steps += len(w.Recovery.Steps)
		}
		if steps > MaxRecoverySteps {
			v.add(v.ofWorkload(together[0].Name)+".recovery.steps", fmt.Sprintf("the recoveries have %d steps together", steps),
				"one run has all of them, and its record holds no more", fmt.Sprintf("%d at most", MaxRecoverySteps))
		}
	}
	v.graph()
}

// ofWorkload is the path of a workload, by its name.
func (v *validator) ofWorkload(name string) string {
	return fmt.Sprintf("workloads[%d]", slices.IndexFunc(v.plan.Workloads, func(w Workload) bool { return w.Name == name }))
}

// recovering checks what is the same for all workloads.
func (v *validator) recovering(onAWS, here bool) {
	r := v.plan.Recovery
	if r == nil {
		return
	}
	if !onAWS && !here {
		v.add("recovery", "no workload declares a recovery", "the section would be ignored", "declare recovery.steps of a workload, or remove it")
		return
	}
	if !onAWS && r.Schedule != "" {
		v.add("recovery.schedule", "nothing exercises recoveries of this machine on a schedule", "a deployment on AWS does, and no workload on AWS declares a recovery", "remove it")
	} else if r.Schedule != "" && r.Schedule != ScheduleNone {
		v.exerciseSchedule(r.Schedule)
	}
	if r.Decision != 0 && (r.Decision < minDecision || r.Decision > maxDecision) {
		v.add("recovery.decision", fmt.Sprintf("a failed recovery would wait %s for a person", r.Decision), "nobody decides in less than a minute, and after a day nobody will", "1m to 24h, for instance 60m")
	}
	if !onAWS && r.Network != nil {
		v.add("recovery.network", "recoveries of this machine need no network", "it would be ignored", "remove it")
	} else if r.Network != nil {
		v.recoveryNetwork(*r.Network)
	}
}

func (v *validator) exerciseSchedule(expression string) {
	schedule, err := ParseSchedule(expression)
	switch {
	case err != nil:
		v.add("recovery.schedule", err.Error(), "", "for instance cron(0 4 2 * ? *), or none")
	case schedule.Starts() == 0:
		v.add("recovery.schedule", fmt.Sprintf("%q never comes", expression), "there is no such day, or its years are past, and nothing would be exercised", "name a day that comes, or write none")
	}
}

func (v *validator) recoveryNetwork(n RecoveryNetwork) {
	for _, of := range []struct {
		key, what, example string
		ids                []string
		most               int
	}{
		// https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html
		{"subnets", "subnet", "subnet-0a1b2c3d4e5f60718", n.Subnets, 16},
		{"securityGroups", "security group", "sg-0a1b2c3d4e5f60718", n.SecurityGroups, 5},
	} {
		v.ids("recovery.network."+of.key, of.what, of.example, of.ids, of.most)
	}
}

// ids checks ids that EC2 gave, at least one of them.
func (v *validator) ids(path, what, example string, ids []string, most int) {
	if len(ids) == 0 || len(ids) > most {
		v.add(path, fmt.Sprintf("there are %d %ss", len(ids), what), "", fmt.Sprintf("one at least and %d at most, for instance [%s]", most, example))
	}
	prefix, _, _ := strings.Cut(example, "-")
	seen := map[string]bool{}
	for i, id := range ids {
		at := fmt.Sprintf("%s[%d]", path, i)
		if !ec2IDRE.MatchString(id) || !strings.HasPrefix(id, prefix+"-") {
			v.add(at, fmt.Sprintf("%q is no id of a %s", id, what), "", "for instance "+example)
		} else if seen[id] {
			v.add(at, fmt.Sprintf("the %s %q stands twice", what, id), "AWS refuses it", "remove one of them")
		}
		seen[id] = true
	}
}

// recovery checks the steps of one workload by themselves.
func (v *validator) recovery(path string, w Workload) {
	if w.Recovery == nil {
		return
	}
	path += ".recovery.steps"
	if len(w.Recovery.Steps) == 0 {
		v.add(path, "the recovery has no steps", "nothing would be recovered", "for instance {name: orders, kind: restore, database: orders-db}; or remove recovery")
		return
	}
	for i, d := range w.Databases {
		if kind := KindOf(d.Kind); kind.Drillable && kind.OnAWS != w.OnAWS() {
			v.add(fmt.Sprintf("%s[0]", path), "the databases of "+w.Name+" are of AWS and of this machine", fmt.Sprintf("a recovery runs in one place, and %s is of kind %s", w.Databases[i].Name, kind.Name),
				"make two workloads of them")
			break
		}
	}
	names, recovers := map[string]bool{}, map[string]string{}
	for i, s := range w.Recovery.Steps {
		at := fmt.Sprintf("%s[%d]", path, i)
		v.unique(names, at+".name", "step", s.Name)
		v.name(at+".name", s.Name)
		v.step(at, w, s)
		if s.Database == "" || !StepKindOf(s.Kind).Recovers {
			continue
		}
		if first := recovers[s.Database]; first != "" {
			v.add(at+".database", fmt.Sprintf("%s is recovered twice: %s does it as well", s.Database, first), "the second would find the first one's database, or make another", "remove one of the steps")
		}
		recovers[s.Database] = s.Name
	}
	if !anyRecovers(w) {
		v.add(path, "no step restores or promotes a database", "a recovery that brings no data back is none", "for instance {name: orders, kind: restore, database: "+firstDatabase(w)+"}")
	}
}

func anyRecovers(w Workload) bool {
	return slices.ContainsFunc(w.Recovery.Steps, func(s Step) bool { return StepKindOf(s.Kind).Recovers || StepKindOf(s.Kind).Name == "" })
}

func firstDatabase(w Workload) string {
	if len(w.Databases) > 0 && w.Databases[0].Name != "" {
		return w.Databases[0].Name
	}
	return "orders-db"
}
