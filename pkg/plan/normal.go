package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Normalised returns the plan with every default filled in.
func (p Plan) Normalised() Plan {
	p.Evidence = &Evidence{Retention: Duration(p.EvidenceRetention())}
	policy, elsewhere := p.Backup, p.Elsewhere()
	p.Backup = policy.normalised(elsewhere)
	p.Recovery = p.recovering()
	p.Workloads = slices.Clone(p.Workloads)
	for i := range p.Workloads {
		w := &p.Workloads[i]
		if w.Topology == "" {
			w.Topology = "backup-restore"
		}
		w.Recovery = w.Recovery.normalised(w.OnAWS())
		w.Databases = slices.Clone(w.Databases)
		for j := range w.Databases {
			d := &w.Databases[j]
			*d = d.folded()
			d.Backup = d.Backup.normalised(policy, elsewhere)
			d.Recovery = d.Recovery.normalised()
			if d.Drill.Scenario == "" {
				d.Drill.Scenario = p.scenario(*d)
			}
			kind := KindOf(d.Kind)
			if d.Login == "" {
				d.Login = kind.Login
			}
			d.BuiltinChecks = d.BuiltinChecks.normalised(kind.DeepReads)
			d.Checks = append([]Check{}, d.Checks...) // [] and not null in JSON
			for k := range d.Checks {
				if d.Checks[k].Kind == CheckSQL {
					d.Checks[k].Kind = "" // plans of before there were kinds keep their hash, and mean the same
				}
				if d.Checks[k].Stage == "" {
					d.Checks[k].Stage = StageGate
				}
			}
		}
	}
	return p
}

// defaultRetention is thirteen months: an auditor who asks for a year finds all
// of it, and the drill before.
const defaultRetention = 400 * 24 * time.Hour

// EvidenceRetention is how long evidence on AWS is kept from removal; 400 days
// where the plan does not say.
func (p Plan) EvidenceRetention() time.Duration {
	if p.Evidence == nil {
		return defaultRetention
	}
	return time.Duration(p.Evidence.Retention)
}

// DrillRegion is where copies are made and lifeboat runs: the recovery region
// where one is declared; "" where the plan has no regions.
func (p Plan) DrillRegion() string {
	switch {
	case p.Regions == nil:
		return ""
	case p.Regions.Recovery != "":
		return p.Regions.Recovery
	}
	return p.Regions.Primary
}

// scenario is the default: losing the region, where another one is declared.
func (p Plan) scenario(d Database) string {
	if KindOf(d.Kind).OnAWS && p.Regions != nil && p.Regions.Recovery != "" {
		return ScenarioRegionLoss
	}
	return ScenarioOperatorError
}

func (b BuiltinChecks) normalised(on bool) BuiltinChecks {
	for _, check := range []**bool{&b.HeapRead, &b.InvalidIndexes, &b.Amcheck} {
		if *check == nil {
			*check = &on
		}
	}
	return b
}

// Hash is the SHA-256 of the normalised plan as JSON: it stands in every piece
// of evidence. Comments, order of keys and spelling of durations do not change
// it, nor where the plan file lies.
func (p Plan) Hash() string {
	var text bytes.Buffer
	// Every type of a plan that was read from a file has a JSON form; an error
	// would leave the hash of nothing, which no plan has.
	if err := json.NewEncoder(&text).Encode(p.Normalised()); err != nil {
		return ""
	}
	sum := sha256.Sum256(text.Bytes())
	return hex.EncodeToString(sum[:])
}

// Names lists every database as "workload/database", in the plan's order.
func (p Plan) Names() []string {
	var names []string
	for _, w := range p.Workloads {
		for _, d := range w.Databases {
			names = append(names, w.Name+"/"+d.Name)
		}
	}
	return names
}

// Find returns the database that a name stands for: "workload/database", or
// "workload" where that has one only, or "" where the plan has one only. The
// error lists the names there are.
func (p Plan) Find(name string) (Workload, Database, error) {
	var workload Workload
	var database Database
	found := 0
	for _, w := range p.Workloads {
		for _, d := range w.Databases {
			if name == "" || name == w.Name || name == w.Name+"/"+d.Name {
				workload, database, found = w, d, found+1
			}
		}
	}
	names := strings.Join(p.Names(), ", ")
	switch {
	case found == 1:
		return workload, database, nil
	case found > 1 && name == "":
		return Workload{}, Database{}, fmt.Errorf("the plan has %d databases: name one of %s", found, names)
	case found > 1:
		return Workload{}, Database{}, fmt.Errorf("the workload %q has %d databases: name one of %s", name, found, names)
	}
	return Workload{}, Database{}, fmt.Errorf("the plan has no database %q: it has %s", name, names)
}
