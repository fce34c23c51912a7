// Package metrics is the table of everything that lifeboat counts: what each figure
// is, who publishes it and when, and which alarms are on it. docs/metrics.md, the
// alarms and the dashboard are made from it; tests hold those who publish to it.
//
// It is pure: it knows neither the CDK nor AWS's SDK.
package metrics

import "time"

// Namespace of all of lifeboat's metrics.
const Namespace = "Lifeboat"

// Level says whose a figure is.
type Level int

// Levels, by the dimensions that they have.
const (
	Deployment Level = iota // Deployment
	Workload                // and Workload
	Database                // and Database
)

// Dimensions of a level, the names in the plan. Nothing else is ever a dimension.
func (l Level) Dimensions() []string { return []string{"Deployment", "Workload", "Database"}[:l+1] }

// Source is who publishes a figure.
type Source string

// Sources.
const (
	Drills     Source = "drills"
	Monitor    Source = "monitor"
	Preflight  Source = "preflight"
	Sweeper    Source = "sweeper"
	Notifier   Source = "notifier"
	Dispatcher Source = "dispatcher" // fleets only
	Protection Source = "protection" // where the plan says how databases are backed up
	Recovering Source = "recoveries" // where the plan declares one, as are these
	Exercises  Source = "exercises"  // the backup monitor
	Watching   Source = "watching"   // the notifier
	AWS        Source = "AWS"
)

// Metric is one row.
type Metric struct {
	Namespace string // "": Namespace
	Name      string
	Unit      string // Seconds or Count
	Of        []Level
	By        Source
	Published string // when
	Value     string // what it is
	Alarms    []Alarm
}

// Table is all of it, in the order in which the page has it.
func Table() []Metric {
	database, all, each := []Level{Database}, []Level{Deployment}, []Level{Database, Deployment}
	workload, both := []Level{Workload}, []Level{Workload, Deployment}
	return []Metric{
		{Name: "RecoveryPointAge", Unit: seconds, Of: database, By: Drills, Published: "where a recovery point was chosen", Value: "RPO actual: its age at the start of the drill"},
		{Name: "RecoveryTime", Unit: seconds, Of: database, By: Drills, Published: "where the copy came to answer all gate checks", Value: "RTO actual: from the start to the first moment the validated data could serve"},
		{Name: "RecoveryTimeBudget", Unit: seconds, Of: database, By: Drills, Published: "with `RecoveryTime`", Value: "what the declared allowances (detection, decision, DNS) leave of the RTO: `RecoveryTime` above it is a missed objective"},
		{Name: "BackupsPassedOver", Unit: count, Of: database, By: Drills, Published: "where the backups could be listed", Value: "backups that are newer than the restored one, or may be, and cannot be used"},
		{Name: "DataAge", Unit: seconds, Of: database, By: Drills, Published: "where a check with `maxAge` was answered", Value: "age of the newest row at the start; of several checks the oldest"},
		{Name: "DrillPassed", Unit: count, Of: each, By: Drills, Published: "always", Value: "1 where the drill ended so, else 0. Its average is the share of drills within objectives"},
		{Name: "DrillObjectivesMissed", Unit: count, Of: each, By: Drills, Published: "always", Value: "1 where it worked and a target was missed, else 0"},
		{Name: "DrillFailureClean", Unit: count, Of: each, By: Drills, Published: "always", Value: "1 where recovery could not be proven, else 0"},
		{Name: "DrillFailureDirty", Unit: count, Of: each, By: Drills, Published: "always", Value: "1 where something may be left behind, else 0"},

		{Name: "BackupAge", Unit: seconds, Of: database, By: Monitor, Published: "where there is one", Value: "age of the newest restorable recovery point in the primary region"},
		{Name: "CopyAge", Unit: seconds, Of: database, By: Monitor, Published: "where there is one", Value: "the same in the recovery region"},
		{
			Name: "RPOHeadroom", Unit: seconds, Of: []Level{Database, Workload}, By: Monitor, Published: "where the region that counts could be asked; of a workload where all of its databases are known",
			Value:  "the RPO less the age of the recovery point that counts (the copy where a recovery region is declared); below zero the objective is missed; without any recovery point minus the RPO and a day. Of a workload the worst of its databases",
			Alarms: []Alarm{backupAge},
		},
		{Name: "NoRecoveryPoint", Unit: count, Of: database, By: Monitor, Published: "with `RPOHeadroom`", Value: "1 where nothing that counts can be restored"},
		{Name: "SinceLastVerdict", Unit: seconds, Of: database, By: Monitor, Published: "where the history could be read", Value: "since a drill last ended with evidence, in whichever ending; since the database was first watched where none ever did"},
		{Name: "SinceLastPass", Unit: seconds, Of: database, By: Monitor, Published: "where the history could be read", Value: "since the last drill that passed; since the database was first watched where none ever did"},
		{
			Name: "DrillHeadroom", Unit: seconds, Of: []Level{Database, Workload}, By: Monitor, Published: "where the history could be read",
			Value: "[`drill.every`](plan.md#database) less `SinceLastVerdict`, of a database that is back in the plan less the time since then; below zero drills stopped happening. Of a workload the worst of its databases", Alarms: []Alarm{drillsOverdue},
		},
		{
			Name: "BackupWarnings", Unit: count, Of: each, By: Monitor, Published: "of a database where there is one; of the deployment each time, zero as well",
			Value:  "warnings about backups: of another source that had the name before, or that do not say whose they are, or of a cluster. The log of the monitor has them",
			Alarms: []Alarm{backupWarnings},
		},
		{
			Name: "RegionUnknown", Unit: count, Of: all, By: Monitor, Published: "each time, zero as well",
			Value: "databases that have a region which could not be asked. Another account's is never asked, which does not count", Alarms: []Alarm{regionUnknown},
		},
		{
			Name: "HistoryUnknown", Unit: count, Of: all, By: Monitor, Published: "each time, zero as well",
			Value: "databases of which could not be read when they were drilled: all, or none. They have no `DrillHeadroom` then", Alarms: []Alarm{historyUnknown},
		},
		{Name: "MonitorRan", Unit: count, Of: all, By: Monitor, Published: "each time", Value: "1", Alarms: []Alarm{monitorSilent}},

		{
			Name: "CopyHeadroom", Unit: seconds, Of: []Level{Database, Workload, Deployment}, By: Protection, Published: "where rules copy its backups, and the vault of the copies could be asked",
			Value: "how old the newest copy may grow by the simulated schedule, and half an hour, less its age from the moment of the data; a copy under way is none. Without any minus that and a day. Of a workload, and of the deployment, the worst of its databases", Alarms: []Alarm{copyBehind},
		},
		{
			Name: "ReplicationHeadroom", Unit: seconds, Of: []Level{Database, Workload, Deployment}, By: Protection, Published: "where its automated backups are to be replicated, and the recovery region could be asked",
			Value: "the same of the newest moment that the replicated automated backups can be restored to", Alarms: []Alarm{replicationBehind},
		},
		{
			Name: "ProtectionFindings", Unit: count, Of: each, By: Protection, Published: "of a database where there is one; of the deployment each time, zero as well",
			Value: "[what is reported as done and is not](silent-successes.md), and vaults that protect less than the plan says. The log of the protection monitor has them", Alarms: []Alarm{protectionFindings},
		},
		{
			Name: "ProtectionUnknown", Unit: count, Of: all, By: Protection, Published: "each time, zero as well",
			Value: "databases, and resources that tags had backed up, of which something could not be asked. Another account's counts only where nothing that lies here survives the scenario", Alarms: []Alarm{protectionUnknown},
		},
		{Name: "ProtectionMonitorRan", Unit: count, Of: all, By: Protection, Published: "each time", Value: "1", Alarms: []Alarm{protectionSilent}},
		{
			Name: "RecoverabilityFindings", Unit: count, Of: each, By: Preflight, Published: "every day; of a database where there is one, of the deployment zero as well",
			Value: "what would have a restore of the newest recovery point refused, or will have one day; see [preflight](preflight.md). The log of the preflight has them", Alarms: []Alarm{recoverability},
		},
		{
			Name: "RecoverabilityUnknown", Unit: count, Of: all, By: Preflight, Published: "every day, zero as well",
			Value: "databases of which something could not be looked at: a missing permission is here, and never counts as nothing wrong", Alarms: []Alarm{recoverabilityUnknown},
		},
		{Name: "PreflightRan", Unit: count, Of: all, By: Preflight, Published: "every day", Value: "1", Alarms: []Alarm{preflightSilent}},

		{Name: "Orphans", Unit: count, Of: all, By: Sweeper, Published: "every 30 minutes, zero as well", Value: "copies that outlived their execution", Alarms: []Alarm{orphans, sweeperSilent}},
		{Name: "Unreported", Unit: count, Of: all, By: Notifier, Published: "every 15 minutes, zero as well", Value: "endings of the last two weeks of which people could not be told", Alarms: []Alarm{unreported, notifierSilent}},

		{Name: "ServiceRecoveryTime", Unit: seconds, Of: workload, By: Recovering, Published: "where all of its steps were done or skipped", Value: "RTO actual: from the start of the recovery to the end of the last step of the workload"},
		{Name: "ServiceRecoveryTimeBudget", Unit: seconds, Of: workload, By: Recovering, Published: "with `ServiceRecoveryTime`, where there is a target", Value: "what the declared allowances leave of the RTO: `ServiceRecoveryTime` above it is a missed objective"},
		{Name: "ServiceDataLoss", Unit: seconds, Of: workload, By: Recovering, Published: "where a step recovered data", Value: "RPO actual: what was lost before the start of the recovery; of several databases the most"},
		{Name: "RecoveryPassed", Unit: count, Of: all, By: Recovering, Published: "always", Value: "1 where the recovery ended so, else 0"},
		{Name: "RecoveryObjectivesMissed", Unit: count, Of: all, By: Recovering, Published: "always", Value: "1 where a target was missed or a step skipped, else 0"},
		{Name: "RecoveryFailureClean", Unit: count, Of: all, By: Recovering, Published: "always", Value: "1 where a step failed or was omitted, else 0"},
		{Name: "RecoveryFailureDirty", Unit: count, Of: all, By: Recovering, Published: "always", Value: "1 where something may be left behind, or half made, else 0"},
		{Name: "RecoveryStepsFailed", Unit: count, Of: both, By: Recovering, Published: "always, zero as well", Value: "steps that failed, and stayed so"},
		{Name: "RecoveryStepsOmitted", Unit: count, Of: both, By: Recovering, Published: "always, zero as well", Value: "steps that were not begun, because something that they come after failed, or it was aborted"},
		{Name: "RecoveryStepsSkipped", Unit: count, Of: both, By: Recovering, Published: "always, zero as well", Value: "steps that a person decided to do without"},
		{Name: "RecoveryStepsUnproven", Unit: count, Of: both, By: Recovering, Published: "always, zero as well", Value: "steps of which an exercise left something out"},

		{
			Name: "ExerciseHeadroom", Unit: seconds, Of: both, By: Exercises, Published: "where the history could be read; of the deployment the worst of its workloads",
			Value: "twice the longest interval of the [schedule of exercises](recovery.md), and 35 days where there is none, less `SinceLastExercise`; below zero exercises stopped happening", Alarms: []Alarm{exercisesOverdue},
		},
		{Name: "SinceLastExercise", Unit: seconds, Of: workload, By: Exercises, Published: "where the history could be read", Value: "since a recovery of the workload, exercise or failover, last ended with evidence; since it was first watched where none ever did"},
		{Name: "ExercisesUnknown", Unit: count, Of: all, By: Exercises, Published: "each time, zero as well", Value: "workloads of which could not be read when they were exercised: all, or none", Alarms: []Alarm{exercisesUnknown}},
		{
			Name: "DecisionsWanted", Unit: count, Of: all, By: Watching, Published: "every 15 minutes, zero as well; at once where one is wanted",
			Value: "recoveries that wait for somebody to decide about a step that failed", Alarms: []Alarm{decisionWanted},
		},
		{
			Name: "RecoveriesUnended", Unit: count, Of: all, By: Watching, Published: "every 15 minutes, zero as well",
			Value: "recoveries without an ending on which nothing has worked for ten minutes", Alarms: []Alarm{recoveryUnended},
		},

		{Name: "DispatchLag", Unit: seconds, Of: all, By: Dispatcher, Published: "every minute, in [fleets](deploy.md#fleets)", Value: "from the minute up to which all drills that were due were started", Alarms: []Alarm{dispatcherLate}},
		{
			Namespace: "AWS/SQS", Name: "ApproximateNumberOfMessagesVisible", Unit: count, By: AWS, Published: "every minute while the queue is in use",
			Value: "starts and events that nobody took, in the queue `lifeboat-<deployment>-undelivered`", Alarms: []Alarm{undelivered},
		},
	}
}

const (
	seconds = "Seconds"
	count   = "Count"
)

// Round is how often the monitor looks, and the period of most alarms.
const Round = 5 * time.Minute
