package sim

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
)

// Scenario says what the simulated AWS holds when the drill starts, how long
// things take and what goes wrong. The zero value is a good day.
type Scenario struct {
	Description string `yaml:"description"`
	// Ending is what the drill must come to; empty: whatever it comes to.
	Ending drill.Ending `yaml:"ending"`
	// Finding is the code of the gravest finding; empty: not compared.
	Finding string `yaml:"finding"`
	// Database to drill, "workload/database"; empty: the plan's only one.
	Database string `yaml:"database"`
	// Time is when the drill starts; default 2026-11-02T03:00:00Z.
	Time time.Time `yaml:"time"`

	Source  Source  `yaml:"source"`
	Backups Backups `yaml:"backups"`
	Restore Restore `yaml:"restore"`
	Events  Events  `yaml:"events"`
	Quota   Quota   `yaml:"quota"`
	// Capacity of the region of the restore.
	Capacity Capacity `yaml:"capacity"`
	// History is how long past restores took, newest first; default three of
	// about the length of this one. An empty list is a database that was never
	// drilled.
	History *[]Duration `yaml:"history"`
	// Checks are the answers of the restored data, by the check's name; the
	// others are answered as they expect.
	Checks map[string]Answer `yaml:"checks"`
	Faults []simaws.Fault    `yaml:"faults"`
	// Missing names what the recovery region does not have: subnet-group,
	// parameter-group, option-group, key, linked-role.
	Missing []string `yaml:"missing"`
	// RequiredTags are what the organisation asks of everything that is made:
	// by key, the values that it takes; none: any.
	RequiredTags map[string][]string `yaml:"requiredTags"`
}

// Source is the drilled instance.
type Source struct {
	Engine        string `yaml:"engine"`     // default postgres
	Version       string `yaml:"version"`    // default 15.7
	StorageGiB    int    `yaml:"storageGiB"` // default 200
	Unencrypted   bool   `yaml:"unencrypted"`
	RetentionDays int    `yaml:"retentionDays"` // default 7
	// Gone: the primary region does not answer, or the instance was deleted.
	Gone bool `yaml:"gone"`
	// Busy is a state such as backing-up or modifying that it is in, for BusyFor;
	// default: for good. Only restores from its own logs mind.
	Busy    string   `yaml:"busy"`
	BusyFor Duration `yaml:"busyFor"`
	// Replaced: the past drills were of another instance of that name.
	Replaced bool `yaml:"replaced"`
	// ReplacedAgo: the one of the past drills was deleted so long ago, with its
	// automated backups retained, and another was made under its name at once. The
	// snapshots of the scenario that are older are the old one's. Zero: it was not.
	ReplacedAgo Duration `yaml:"replacedAgo"`
	// Cluster that the source is a member of; it then has no backups of its own.
	Cluster string `yaml:"cluster"`
	// ParameterGroup of the source, without whose settings no copy starts. Empty:
	// the engine's default.
	ParameterGroup string `yaml:"parameterGroup"`
}

// Backups are the recovery points there are.
type Backups struct {
	// ReplicaLag is how far the replicated automated backup in the recovery
	// region is behind; default 6 minutes. None switches it off.
	ReplicaLag Duration `yaml:"replicaLag"`
	// ReplicaStoppedFor: no log has arrived for so long.
	ReplicaStoppedFor Duration   `yaml:"replicaStoppedFor"`
	NoReplica         bool       `yaml:"noReplica"`
	Snapshots         []Snapshot `yaml:"snapshots"`
}

// Snapshot is one snapshot of the source.
type Snapshot struct {
	// Kind: automated, manual, awsbackup, shared.
	Kind string   `yaml:"kind"`
	Age  Duration `yaml:"age"` // of its data
	// CopiedAfter: it is a copy that was made so long after its data.
	CopiedAfter Duration `yaml:"copiedAfter"`
	Region      string   `yaml:"region"` // primary or recovery; default recovery
	Status      string   `yaml:"status"` // default available
}

// Restore is how restored instances behave; see rds.Behaviour.
type Restore struct {
	Creating  Duration `yaml:"creating"`
	BackingUp Duration `yaml:"backingUp"`
	Modifying Duration `yaml:"modifying"`
	Rotation  Duration `yaml:"rotation"`
	Deleting  Duration `yaml:"deleting"`
	AppearsIn Duration `yaml:"appearsIn"`
	EndsIn    string   `yaml:"endsIn"`
	StuckIn   string   `yaml:"stuckIn"`
	Spread    float64  `yaml:"spread"` // of every duration, by the seed
	// StoppedAfter: somebody stops the copy so long after it became available.
	StoppedAfter Duration `yaml:"stoppedAfter"`
}

// Events is what becomes of the events of RDS.
type Events struct {
	Delay Duration `yaml:"delay"` // default 2 s
	// Lost lists ids such as RDS-EVENT-0005, or "all".
	Lost  []string `yaml:"lost"`
	Twice bool     `yaml:"twice"`
}

// Quota of DB instances in the region of the restore.
type Quota struct {
	Instances int `yaml:"instances"` // default 40
	Used      int `yaml:"used"`
}

// Capacity says whether AWS has an instance of the copy's class free.
type Capacity struct {
	None      bool     `yaml:"none"`      // it never has
	FreeAfter Duration `yaml:"freeAfter"` // it has none until so long after the start
}

// Answer of a check.
type Answer struct {
	Outcome drill.CheckOutcome `yaml:"outcome"` // default passed
	Figure  any                `yaml:"figure"`
	Takes   Duration           `yaml:"takes"` // default 200 ms
}

// Duration is a Go duration in YAML: 47m, 1h30m.
type Duration time.Duration

// UnmarshalYAML implements yaml.Unmarshaler.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	parsed, err := time.ParseDuration(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: %q is no duration: write for instance 90s, 47m or 1h30m", n.Line, n.Value)
	}
	if parsed < 0 {
		return fmt.Errorf("line %d: %s is a negative duration: nothing lasts, or happened, less than no time", n.Line, n.Value)
	}
	*d = Duration(parsed)
	return nil
}

// LoadScenario reads a file strictly: a key that is not known is an error.
func LoadScenario(path string) (Scenario, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Scenario{}, fmt.Errorf("read the scenario: %w", err)
	}
	var s Scenario
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return Scenario{}, fmt.Errorf("the scenario %s: %w", path, err)
	}
	return s, s.check(path)
}

func (s Scenario) check(path string) error {
	switch s.Ending {
	case "", drill.Passed, drill.ObjectivesMissed, drill.FailureClean, drill.FailureDirty:
	default:
		return fmt.Errorf("the scenario %s: %q is no ending: one of Passed, ObjectivesMissed, FailureClean, FailureDirty", path, s.Ending)
	}
	for name, answer := range s.Checks {
		switch answer.Outcome {
		case "", drill.CheckPassed, drill.CheckFailed, drill.CheckError, drill.CheckSkipped:
		default:
			return fmt.Errorf("the scenario %s: check %q: %q is no outcome: one of passed, failed, error, skipped", path, name, answer.Outcome)
		}
	}
	switch s.Restore.StuckIn {
	case "", "creating", "backing-up", "modifying":
	default:
		return fmt.Errorf("the scenario %s: stuckIn %q: one of creating, backing-up, modifying", path, s.Restore.StuckIn)
	}
	if s.Source.BusyFor > 0 && s.Source.Busy == "" || s.Source.Busy != "" && s.Source.Gone {
		return fmt.Errorf("the scenario %s: busyFor is of a source that is busy, and one that is gone is not", path)
	}
	if s.Source.ReplacedAgo > 0 && (s.Source.Busy != "" || s.Source.Gone) {
		return fmt.Errorf("the scenario %s: replacedAgo is of a source that is there again, neither gone nor busy", path)
	}
	if s.Restore.Spread < 0 || s.Restore.Spread > 1 {
		return fmt.Errorf("the scenario %s: spread %v: from 0 to 1, the part of every duration by which it may be shorter or longer", path, s.Restore.Spread)
	}
	if s.Capacity.None && s.Capacity.FreeAfter > 0 {
		return fmt.Errorf("the scenario %s: capacity is never free, or freeAfter some time", path)
	}
	for _, snapshot := range s.Backups.Snapshots {
		switch snapshot.Kind {
		case "automated", "manual", "awsbackup", "shared":
		default:
			return fmt.Errorf("the scenario %s: %q is no kind of snapshot: one of automated, manual, awsbackup, shared", path, snapshot.Kind)
		}
		switch snapshot.Region {
		case "", "primary", "recovery":
		default:
			return fmt.Errorf("the scenario %s: %q is no region of a snapshot: primary or recovery", path, snapshot.Region)
		}
	}
	for _, missing := range s.Missing {
		switch missing {
		case "subnet-group", "parameter-group", "option-group", "key", "linked-role":
		default:
			return fmt.Errorf("the scenario %s: missing %q: one of subnet-group, parameter-group, option-group, key, linked-role", path, missing)
		}
	}
	return nil
}

// fits refuses answers of checks that the plan does not have: the scenario would
// not test what it says.
func (s Scenario) fits(spec drill.Spec) error {
	var names []string
	for _, check := range spec.AllChecks() {
		names = append(names, check.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Checks)) {
		if !slices.Contains(names, name) {
			return &drill.Error{
				Name: drill.InvalidInput, What: fmt.Sprintf("the scenario answers for a check %q, which %s does not have", name, spec.Name()),
				Hint: fmt.Sprintf("its checks are %q", names),
			}
		}
	}
	return nil
}

// defaultStart is a night on which nothing else happens.
var defaultStart = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

func (s Scenario) start() time.Time {
	if s.Time.IsZero() {
		return defaultStart
	}
	return s.Time.UTC()
}

func (s Scenario) history(restore time.Duration) []float64 {
	if s.History == nil {
		about := restore.Seconds()
		return []float64{about * 1.04, about * 0.97, about}
	}
	var seconds []float64
	for _, d := range *s.History {
		seconds = append(seconds, time.Duration(d).Seconds())
	}
	return seconds
}

// or is d, or the fallback where d is zero.
func (d Duration) or(fallback time.Duration) time.Duration { return cmp.Or(time.Duration(d), fallback) }
