// Package budget says, from the plan alone, how much data and how much time the
// loss of a database would cost at worst, and refuses targets that cannot be met.
//
// It is pure, and knows no clock: a plan that was accepted once always is. What
// drills measured is given to it.
//
// Worst-case loss is found by simulating the schedule, never by reading a cadence
// off it: a schedule is not a frequency. See https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html
package budget

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Basis is whose word a figure is.
type Basis string

// Bases. A computed figure is made of others; its basis is the weakest of theirs,
// where it is shown with one.
const (
	Measured Basis = "measured" // by drills
	Declared Basis = "declared" // by the plan
	Assumed  Basis = "assumed"  // by lifeboat, as nobody said
)

// Figure is a length of time with its origin.
type Figure struct {
	Name  string        `json:"name"`
	Value time.Duration `json:"-"`
	// Seconds is Value for readers of the JSON; null where it is not known.
	Seconds *float64 `json:"seconds"`
	Basis   Basis    `json:"basis,omitempty"` // "" where it is not known
	From    string   `json:"from,omitempty"`  // "p95 of 24 drills", "allowances.dns", "default"
}

// Known tells whether there is a figure at all. Unknown is not zero.
func (f Figure) Known() bool { return f.Seconds != nil }

// EventKind is what happens in a witness.
type EventKind string

// Kinds of events.
const (
	Scheduled   EventKind = "scheduled"   // a rule's time came
	PassedOver  EventKind = "passed over" // another rule's window was open
	Started     EventKind = "started"     // the state of the data that the recovery point has
	Failed      EventKind = "failed"      // it would start in or before the maintenance window
	Expired     EventKind = "expired"     // another backup or copy ran until its window was over
	Completed   EventKind = "completed"   // usable where it was made
	Copied      EventKind = "copied"      // usable where it survives
	Maintenance EventKind = "maintenance" // the window begins
	Disaster    EventKind = "disaster"    // the worst moment
)

// Event is one of a witness.
type Event struct {
	At   time.Time `json:"at"`
	Kind EventKind `json:"kind"`
	Rule string    `json:"rule,omitempty"`
	// Point is the number of the recovery point that it is about, from 1; 0: none.
	Point int `json:"point,omitempty"`
}

// Loss is the worst case of one scenario.
type Loss struct {
	Scenario string `json:"scenario"`
	// Judged: the RPO is held against it; else it is for information.
	Judged bool   `json:"judged"`
	Worst  Figure `json:"worst"`
	// By is what the newest survivor would be: "copies of rule hourly",
	// "replicated automated backups", "nothing survives".
	By string `json:"by"`
	// Unbounded: a moment can come at which nothing is left; Worst is not known then,
	// and Why says how that can be.
	Unbounded bool   `json:"unbounded,omitempty"`
	Why       string `json:"why,omitempty"`
	// Witness is the schedule of events that ends in the worst moment; Replay
	// gives the same loss.
	Witness []Event `json:"witness,omitempty"`
}

// Policy is what backs up one database, complete: declared, or derived from its
// RPO. It is what the stacks are made of and what monitors hold against the account.
type Policy struct {
	Managed bool `json:"managed"` // lifeboat makes the rules
	Derived bool `json:"derived"` // from the RPO; else declared
	// PointInTime is one of plan.PointInTime...; "" where nobody said.
	PointInTime       string            `json:"pointInTime,omitempty"`
	Rules             []plan.BackupRule `json:"rules,omitempty"` // every default filled in, Copy never nil
	MaintenanceWindow string            `json:"maintenanceWindow,omitempty"`
	AutomatedWindow   string            `json:"automatedWindow,omitempty"`

	// By the simulated schedule, how old the newest recovery point of AWS Backup may
	// grow at worst in its vault, and the newest copy in the recovery vault, both
	// from the moment of the data; how far replicated automated backups may lie
	// back. 0: there are none.
	BackupAge      time.Duration `json:"-"`
	CopyAge        time.Duration `json:"-"`
	ReplicationLag time.Duration `json:"-"`
}

// Known tells whether anything says how the database is backed up.
func (p Policy) Known() bool { return p.PointInTime != "" || len(p.Rules) > 0 }

// Recovery is how long a recovery would take.
type Recovery struct {
	Parts []Figure `json:"parts"` // detection, decision, restore or promotion, warm-up, dns
	Total Figure   `json:"total"` // unknown where a part is
	// CutBack is the way back, which is not part of the RTO.
	CutBack []Figure `json:"cutBack,omitempty"`
}

// Row is one database.
type Row struct {
	Workload string        `json:"workload"`
	Database string        `json:"database"`
	Kind     string        `json:"kind"`
	Topology string        `json:"topology"`
	RTO      time.Duration `json:"-"`
	RPO      time.Duration `json:"-"`
	Policy   Policy        `json:"policy"`
	Losses   []Loss        `json:"losses"`
	Recovery Recovery      `json:"recovery"`
}

// Workload is one workload: its slowest database decides.
type Workload struct {
	Name     string   `json:"name"`
	Recovery Recovery `json:"recovery"`
}

// Report is the budget of a plan.
type Report struct {
	Rows      []Row      `json:"databases"`
	Workloads []Workload `json:"workloads"`
	// Problems are targets that cannot be met: the plan is refused. Warnings are
	// those with less than a fifth to spare, and what could not be judged.
	Problems []plan.Problem `json:"-"`
	Warnings []plan.Problem `json:"-"`
}

// Drilled is what drills measured of one database: how long recoveries took in
// seconds, newest first.
type Drilled struct{ Seconds []float64 }

// Measurements are those of the databases, by "workload/database".
type Measurements map[string]Drilled
