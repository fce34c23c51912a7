package metrics

import (
	"fmt"
	"strings"
	"time"
)

// Watched is one database as alarms see it.
type Watched struct {
	Workload, Database string
	RTO, RPO           time.Duration
	Every              time.Duration // how long there may be no verdict
	Copied, Replicated bool          // the plan wants copies of its backups, and its automated ones replicated
}

// Deployed is what alarms are made for.
type Deployed struct {
	Deployment string
	Databases  []Watched
	Limit      int                      // databases above which alarms are of workloads
	Fleet      bool                     // a dispatcher starts the drills
	Policy     bool                     // the plan says how databases are backed up
	Recoveries bool                     // the plan declares a recovery
	Runbook    func(page string) string // address of the page of a runbook
	Dashboard  string                   // address
}

// Raised is one alarm of a deployment.
type Raised struct {
	Alarm
	Metric      Metric
	Name        string   // behind lifeboat-<deployment>-
	Of          []string // workload, or workload and database; nil: the deployment
	Dimensions  map[string]string
	Description string // 1024 characters at most
}

// Alarms of a deployment, in the order of the table.
func Alarms(d Deployed) (list []Raised) {
	for _, m := range Table() {
		for _, a := range m.Alarms {
			switch {
			case a.Fleets && !d.Fleet, a.Needs == Policy && !d.Policy, a.Needs == Recoveries && !d.Recoveries:
			case a.Each:
				list = append(list, d.each(m, a)...)
			case m.Namespace != "":
				list = append(list, d.raised(m, a, Watched{}, nil, nil))
			default:
				list = append(list, d.raised(m, a, Watched{}, nil, map[string]string{"Deployment": d.Deployment}))
			}
		}
	}
	return list
}

// each is the alarm of every database, or of every workload.
func (d Deployed) each(m Metric, a Alarm) (list []Raised) {
	seen := map[string]bool{}
	for _, w := range d.Databases {
		if a.Needs == Copies && !w.Copied || a.Needs == Replication && !w.Replicated {
			continue
		}
		of, dimensions := []string{w.Workload, w.Database}, map[string]string{"Deployment": d.Deployment, "Workload": w.Workload, "Database": w.Database}
		switch above := len(d.Databases) > d.Limit; {
		case above && a.Whole:
			return []Raised{d.raised(m, a, w, nil, map[string]string{"Deployment": d.Deployment})}
		case above:
			of = of[:1]
			delete(dimensions, "Database")
			if seen[w.Workload] {
				continue
			}
			seen[w.Workload] = true
		}
		list = append(list, d.raised(m, a, w, of, dimensions))
	}
	return list
}

func (d Deployed) raised(m Metric, a Alarm, w Watched, of []string, dimensions map[string]string) Raised {
	name, whose := a.Name, strings.Join(of, "/") // no name has a slash
	if len(of) > 0 {
		name += "-" + whose
	}
	switch {
	case len(of) == 1:
		whose = "a database of " + whose
	case len(of) == 0 && a.Each:
		whose = "a database"
	}
	says := a.Says
	if strings.Contains(says, "%[") {
		says = fmt.Sprintf(says, whose, inWords(w.RPO), inWords(w.Every), inWords(w.RTO))
	}
	return Raised{
		Alarm: a, Metric: m, Name: name, Of: of, Dimensions: dimensions,
		Description: fmt.Sprintf("%s %s What to do: %s Dashboard: %s", says, a.Do, d.Runbook(a.Runbook), d.Dashboard),
	}
}

// inWords is a duration as the plan has it: 35d, 1h30m, 45m.
func inWords(d time.Duration) string {
	if d >= 48*time.Hour && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if n := len(text) - len(zero) + 1; n > 0 && text[n-1:] == zero {
			text = text[:n]
		}
	}
	return text
}

// Silent is the name of the alarm on the metric itself, of one that waits.
func (r Raised) Silent() string { return r.Name + Quiet }
