// Package protection judges how a database is really backed up against what the
// plan wants: by the jobs of AWS Backup, by the recovery points in the vaults in
// which they lie, by the locks of these, and by the window of automated backups.
//
// It is pure. What AWS calls COMPLETED is no judgement here: SilentSuccesses are
// what is reported as done and is not. What could not be asked is unknown, and
// nothing is concluded of it; what is not there is a finding.
package protection

import (
	"cmp"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Subject is one database, or a resource that a tag had backed up, which has no
// name.
type Subject struct {
	Deployment, Workload, Database string
	Resource                       string // ARN
	Scenario                       string
	Policy                         budget.Policy
	Backups, Copies                deployed.Vault
	AirGapped                      bool
	Logs                           time.Duration // how far the newest point in time may lie back
	// Copying is how long a copy takes where the plan says so, of a large database
	// hours; 0: it does not.
	Copying time.Duration
}

// Name is the database's, or the ARN of a resource that is none.
func (s Subject) Name() string {
	if s.Database == "" {
		return s.Resource
	}
	return s.Workload + "/" + s.Database
}

// Subjects are the databases of the plan that something is known to back up.
func Subjects(p plan.Plan, names deployed.Names) (list []Subject) {
	policies := budget.Policies(p)
	backups, copies := names.Vaults(p)
	for w, d := range p.OnAWS() {
		s := Subject{
			Deployment: p.Deployment, Workload: w.Name, Database: d.Name, Scenario: d.Drill.Scenario, Policy: policies[w.Name+"/"+d.Name],
			Backups: backups, Copies: copies, Logs: logs(w, d),
			Copying: time.Duration(cmp.Or(d.Assumptions.Copy, w.Assumptions.Copy)),
		}
		s.Resource = resources[d.Kind](p.Regions.Primary+":"+cmp.Or(p.Owner(), names.Account), d, names.Partition())
		s.AirGapped = p.Backup != nil && p.Backup.Immutability == plan.ImmutabilityAirGapped
		if s.Policy.Known() {
			list = append(list, s)
		}
	}
	return list
}

// resources are the ARNs of databases of a kind, as AWS Backup has them; place is
// "region:account".
var resources = map[string]func(place string, d plan.Database, partition string) string{
	plan.KindRDSInstance: func(place string, d plan.Database, partition string) string {
		return "arn:" + partition + ":rds:" + place + ":db:" + strings.ToLower(d.Source)
	},
}

// logsBehind is how far a point in time lies back where nobody says: RDS keeps its
// transaction logs every five minutes.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html
const logsBehind = 10 * time.Minute

func logs(w plan.Workload, d plan.Database) time.Duration {
	return cmp.Or(time.Duration(d.Assumptions.Logs), time.Duration(w.Assumptions.Logs), logsBehind)
}

// copies tells whether the plan wants copies of it.
func (s Subject) copies() bool {
	if s.Copies.Name == "" {
		return false
	}
	for _, r := range s.Policy.Rules {
		if r.Copy != nil && *r.Copy {
			return true
		}
	}
	return false
}

// Copied and Replicated tell which figures there are of it.
func (s Subject) Copied() bool     { return s.copies() && s.Policy.CopyAge > 0 }
func (s Subject) Replicated() bool { return s.Policy.PointInTime == plan.PointInTimeReplicated }

// Slack is by how much what the schedule allows is exceeded before it counts: AWS
// lists what it did minutes later, and rounds are a quarter of an hour apart.
const Slack = 30 * time.Minute

// Judgement is what is true of one subject at a moment.
type Judgement struct {
	Subject  Subject
	Findings []drill.Finding
	// Headrooms are how much longer the newest copy, or the replicated automated
	// backup, may stay the newest; below zero: too old. nil: there is none wanted, or
	// nobody could ask.
	CopyHeadroom, ReplicationHeadroom *time.Duration
	// Unknown are the parts that it needs and that could not be asked.
	Unknown []Part
}

// Judge one subject. It takes every time from its arguments.
func Judge(now time.Time, s Subject, seen *Seen) Judgement {
	j := judge{now: now, s: s, seen: seen}
	j.unknown()
	j.jobs()
	j.points()
	j.continuous()
	j.copies()
	j.pointInTime()
	j.events()
	return Judgement{Subject: s, Findings: j.findings, CopyHeadroom: j.copyHeadroom, ReplicationHeadroom: j.replicationHeadroom, Unknown: j.gaps}
}

type judge struct {
	now                               time.Time
	s                                 Subject
	seen                              *Seen
	findings                          []drill.Finding
	gaps                              []Part
	copyHeadroom, replicationHeadroom *time.Duration
}

// find adds a finding, once of each code; what it says of AWS, and what to do,
// stand in the table.
func (j *judge) find(code, what string) {
	for _, f := range j.findings {
		if f.Code == code {
			return
		}
	}
	j.findings = append(j.findings, found(code, what))
}

func found(code, what string) drill.Finding {
	return drill.Finding{Severity: drill.Warning, Code: code, What: what, Hint: todo(code)}
}
