package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MaxRecoverySteps are those of one run: of all workloads together.
const MaxRecoverySteps = 200

const (
	// defaultDecision is how long a failover waits for a person.
	defaultDecision = Duration(time.Hour)
	// exerciseDecision is the most that an exercise waits: nothing is at stake, and
	// its throwaways are paid for.
	exerciseDecision = Duration(10 * time.Minute)
	minDecision      = Duration(time.Minute)
	maxDecision      = Duration(24 * time.Hour)

	defaultBackupRetention = Duration(7 * 24 * time.Hour)

	// ScheduleNone: nothing is exercised but what somebody starts.
	ScheduleNone = "none"

	// Stores of endpoints on AWS.
	StoreSSM            = "ssm"
	StoreSecretsManager = "secretsmanager"
	// StoreFile is that of this machine, which a plan does not choose.
	StoreFile = "file"
)

// Recovers tells whether the workload declares a recovery.
func (w Workload) Recovers() bool { return w.Recovery != nil && len(w.Recovery.Steps) > 0 }

// OnAWS tells whether the workload lives on AWS: all of its databases do, where it
// declares a recovery.
func (w Workload) OnAWS() bool {
	return slices.ContainsFunc(w.Databases, func(d Database) bool { return KindOf(d.Kind).OnAWS })
}

// Recovered are the workloads that declare a recovery, on AWS or on this machine.
func (p Plan) Recovered(onAWS bool) (found []Workload) {
	for _, w := range p.Workloads {
		if w.Recovers() && w.OnAWS() == onAWS {
			found = append(found, w)
		}
	}
	return found
}

// RecoversOnAWS tells whether a deployment has the machines of recoveries.
func (p Plan) RecoversOnAWS() bool { return len(p.Recovered(true)) > 0 }

// ExerciseSchedule is when a deployment exercises its recovery; "": it has none, or
// the plan says that only people start exercises. The default is once a month, at a
// minute that follows from the deployment's name: a fleet's do not fall together.
func (p Plan) ExerciseSchedule() string {
	switch {
	case !p.RecoversOnAWS():
		return ""
	case p.Recovery == nil || p.Recovery.Schedule == "":
		return monthly(p.Deployment)
	case p.Recovery.Schedule == ScheduleNone:
		return ""
	}
	return p.Recovery.Schedule
}

// monthly is one of 10,080 minutes: of days that every month has, from 01:00 to
// 06:59 UTC.
func monthly(deployment string) string {
	sum := sha256.Sum256([]byte("exercise of " + deployment))
	at := binary.BigEndian.Uint64(sum[:8])
	return fmt.Sprintf("cron(%d %d %d * ? *)", at%60, 1+at/60%6, 1+at/360%28)
}

// DecisionTime is how long a recovery in which something failed waits for a person:
// a failover, or an exercise.
func (p Plan) DecisionTime(exercise bool) time.Duration {
	decision := defaultDecision
	if p.Recovery != nil && p.Recovery.Decision > 0 {
		decision = p.Recovery.Decision
	}
	if exercise {
		decision = min(decision, exerciseDecision)
	}
	return time.Duration(decision)
}

// RecoveryFunctions are the teams' own functions that recoveries on AWS call, each
// once.
func (p Plan) RecoveryFunctions() (arns []string) {
	for _, w := range p.Recovered(true) {
		for _, s := range w.Recovery.Steps {
			if s.Kind == StepInvoke && !slices.Contains(arns, s.Function) {
				arns = append(arns, s.Function)
			}
		}
	}
	return arns
}

// HasStep tells whether a recovery on AWS has a step of the kind.
func (p Plan) HasStep(kind string) bool {
	for _, w := range p.Recovered(true) {
		if slices.ContainsFunc(w.Recovery.Steps, func(s Step) bool { return s.Kind == kind }) {
			return true
		}
	}
	return false
}

// RecoveredBy is the kind of the step that brings a database back: restore or
// promote-replica; "": none does.
func (w Workload) RecoveredBy(database string) string {
	if w.Recovery == nil {
		return ""
	}
	for _, s := range w.Recovery.Steps {
		if s.Database == database && StepKindOf(s.Kind).Recovers {
			return s.Kind
		}
	}
	return ""
}

// RecoveredAlone is the first workload on AWS that can be recovered without others: no
// step of it comes after one of theirs. "": there is none.
func (p Plan) RecoveredAlone() string {
	for _, w := range p.Recovered(true) {
		if !slices.ContainsFunc(w.Recovery.Steps, func(s Step) bool {
			return slices.ContainsFunc(s.After, func(after string) bool {
				of, _, another := strings.Cut(after, "/")
				return another && of != w.Name
			})
		}) {
			return w.Name
		}
	}
	return ""
}

// RecoveredAs is what a failover recovers it as: its target's, else, where its replica
// is promoted, the replica's; "": the plan does not say, and a failover is refused.
func (w Workload) RecoveredAs(d Database) string {
	switch {
	case d.Recovery != nil && d.Recovery.Target != nil:
		return d.Recovery.Target.Identifier
	case w.RecoveredBy(d.Name) == StepPromoteReplica:
		return d.Replica
	}
	return ""
}

// TagsOfTarget are the tags of what a database is recovered as, beside lifeboat's
// own: the plan's, and the target's in their place and beside them. Nil: none.
func (p Plan) TagsOfTarget(d Database) map[string]string {
	own := d
	own.Drill.Tags = nil
	if d.Recovery != nil && d.Recovery.Target != nil {
		own.Drill.Tags = d.Recovery.Target.Tags
	}
	return p.TagsOf(own)
}

// BackupDays are those of automated backups.
func (t RecoveryTarget) BackupDays() int {
	return int(time.Duration(t.BackupRetention) / (24 * time.Hour))
}
