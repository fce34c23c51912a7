package metrics

import "time"

// Topic is where a message goes.
type Topic string

// Topics: a page wakes somebody, a ticket is read in the morning.
const (
	Page   Topic = "page"
	Ticket Topic = "ticket"
	// Nobody is told: the alarm shows a state, which something else tells.
	Nobody Topic = ""
)

// Alarm is one on a metric. Its description is made of what it says (see
// Raised.Description), so that whoever is told can act.
//
// None tells of its end: CloudWatch takes the OK actions of an alarm that is new as
// well, so that a fleet would hear hundreds of times that nothing is wrong.
type Alarm struct {
	// Name stands behind lifeboat-<deployment>-. Where the alarm is of Each, the name
	// of the database follows, or of the workload above a number of databases.
	Name string
	Each bool
	// Whole has one of the deployment above that number, and none of workloads: with
	// four of each a stack would hold a third fewer.
	Whole bool
	Topic Topic
	// Fleets has it only where a dispatcher starts drills.
	Fleets bool
	// Needs is of what kind of plan it is; "": of every one.
	Needs Needs

	Says    string // what is wrong, in plain words: %[1]s is of whom, then RPO, drill.every and RTO
	Do      string // the first thing to do
	Runbook string // page of docs/runbooks

	// What is watched: an expression of the figure, of how many figures there were
	// (samples) and of how often the monitor ran (ran); "": the figure alone.
	//
	// A figure that did not come counts as 0 beside one that did, so figure - ran is
	// below zero where the monitor ran and could not tell, and there is nothing
	// where it did not run: then it is the monitor that somebody is told of, once.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
	Expression string
	Statistic  string // of the figure
	Period     time.Duration
	Periods    int  // in a row
	OneOf      bool // one of them is enough
	Below      bool
	Threshold  float64
	Missing    Missing
	// Wait is how long it must last before anybody is told; 0: nothing waits. A
	// composite alarm has the name then, and the topic; see Quiet.
	Wait time.Duration
}

// Needs is what a plan, or a database, must have for an alarm to be about
// anything.
type Needs string

// What is needed.
const (
	Policy      Needs = "policy"      // the plan says how databases are backed up
	Copies      Needs = "copies"      // rules copy the database's backups
	Replication Needs = "replication" // its automated backups are replicated
	Recoveries  Needs = "recoveries"  // the plan declares a recovery
)

// Missing is what a period without data means.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
type Missing string

// Meanings.
const (
	Ignored      Missing = "ignore" // the state stays
	NotBreaching Missing = "notBreaching"
	Breaching    Missing = "breaching"
)

// Quiet is what follows the name of an alarm that waits: the alarm on the metric
// itself, of which nobody is told.
const Quiet = "-at-once"

var (
	backupAge = Alarm{
		Name: "backup-age", Each: true, Topic: Page, Runbook: "backup-age",
		Says: "The newest recovery point of %[1]s is older than its RPO of %[2]s, or there is none, or its region could not be asked: if it were lost now, more would be lost than was promised.",
		Do:   "See whether backups or their copies stopped.",
		// Two rounds: one late figure wakes nobody.
		Expression: "figure - ran", Statistic: "Minimum", Period: Round, Periods: 2, Below: true, Missing: Ignored,
	}
	drillsOverdue = Alarm{
		Name: "drills-overdue", Each: true, Topic: Ticket, Runbook: "drills-overdue",
		Says:      "No drill of %[1]s ended with a verdict for longer than drill.every (%[3]s): nobody knows whether it could be recovered within its RTO of %[4]s.",
		Do:        "Start one by hand, then see why none was.",
		Statistic: "Minimum", Period: time.Hour, Periods: 1, Below: true, Missing: Ignored,
	}
	backupWarnings = Alarm{
		Name: "backup-warnings", Topic: Ticket, Runbook: "backup-warnings",
		Says:      "For an hour there has been something wrong with backups that does not show in their age: of another source, of nobody knows whom, or of a cluster.",
		Do:        "The log of the backup monitor says of which databases, and what.",
		Statistic: "Minimum", Period: time.Hour, Periods: 1, Threshold: 1, Missing: Ignored,
	}
	regionUnknown = Alarm{
		Name: "region-unknown", Topic: Ticket, Runbook: "region-unknown",
		// An hour in which no round could ask a region: one that is denied for good would
		// be heard of by nobody, where backups in another region are fresh.
		Says:      "For an hour a region of some databases could not be asked for backups: whether they are fresh there, nobody knows.",
		Do:        "The log of the backup monitor names the region and what it answered.",
		Statistic: "Minimum", Period: time.Hour, Periods: 1, Threshold: 1, Missing: NotBreaching,
	}
	historyUnknown = Alarm{
		Name: "history-unknown", Topic: Ticket, Runbook: "history-unknown",
		// A figure of its own, and not a missing DrillHeadroom that breaches: one cause is
		// one ticket, and a database that is new has no figure before its first round.
		Says:      "For an hour the backup monitor could not read when databases were drilled: drills could stop happening, and nobody would hear of it.",
		Do:        "The log of the backup monitor says what keeps it from the table.",
		Statistic: "Minimum", Period: time.Hour, Periods: 1, Threshold: 1, Missing: NotBreaching,
	}
	monitorSilent = Alarm{
		Name: "monitor-silent", Topic: Page, Runbook: "monitor-silent",
		Says: "The backup monitor has said nothing for 25 minutes: nobody looks how old the backups of any database are, nor whether drills happen.",
		Do:   "See whether its function starts and what it says last.",
		// FILL, and not missing data that breach: for those CloudWatch first takes older
		// figures. A new deployment is silent until its first round, hence the wait.
		Expression: "FILL(figure, 0)", Statistic: "Maximum", Period: Round, Periods: 2, Below: true, Threshold: 1, Missing: Breaching,
		Wait: 3 * Round,
	}
	recoverability = Alarm{
		Name: "recoverability", Topic: Ticket, Runbook: "recoverability",
		Says: "A restore of the newest recovery point of some database would be refused, or will be one day: its engine, class, storage, key, groups or quotas.",
		Do:   "The log of the preflight says of which databases, what, and the command that mends it.",
		// There is one figure a day, and one of the last 25 hours is enough: so the state
		// stays between two, and a deployment before its first round waits for nothing.
		Statistic: "Maximum", Period: time.Hour, Periods: 25, OneOf: true, Threshold: 1, Missing: NotBreaching,
	}
	recoverabilityUnknown = Alarm{
		Name: "recoverability-unknown", Topic: Ticket, Runbook: "recoverability-unknown",
		Says:      "The preflight could not look at something: whether a restore of some database would be refused, nobody knows.",
		Do:        "The log of the preflight names the question and what was answered: most often a permission is missing.",
		Statistic: "Maximum", Period: time.Hour, Periods: 25, OneOf: true, Threshold: 1, Missing: NotBreaching,
	}
	preflightSilent = Alarm{
		Name: "preflight-silent", Topic: Ticket, Runbook: "preflight-silent",
		Says: "The preflight has said nothing for 26 hours: what would have a restore refused is found by nobody before the next drill.",
		Do:   "See whether its function starts and what it says last.",
		// Hours, and not rounds of the monitor: CloudWatch looks at most a day back with
		// periods below an hour, and seven days with these.
		// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
		Expression: silence, Statistic: "Maximum", Period: time.Hour, Periods: 26, Below: true, Missing: NotBreaching,
	}
	orphans = Alarm{
		Name: "orphans", Topic: Ticket, Runbook: "orphans",
		Says:      "The sweeper found copies of databases that outlived their drill: clean-up failed twice, and what is left costs money and holds data.",
		Do:        "See whether they are gone, and why clean-up did not remove them.",
		Statistic: "Maximum", Period: 30 * time.Minute, Periods: 1, Threshold: 1, Missing: NotBreaching,
	}
	sweeperSilent = Alarm{
		Name: "sweeper-silent", Topic: Page, Runbook: "sweeper-silent",
		Says:       "The sweeper has said nothing for over an hour, two of its rounds: a copy that clean-up left would stay.",
		Do:         "See whether its function starts and what it says last.",
		Expression: silence, Statistic: "Maximum", Period: Round, Periods: 13, Below: true, Missing: Ignored,
	}
	unreported = Alarm{
		Name: "unreported", Topic: Page, Runbook: "unreported",
		Says:      "Drills ended and nobody could be told how: a failed recovery may be unheard of.",
		Do:        "Look at the newest endings with lifeboat history --world aws, then see why telling failed.",
		Statistic: "Maximum", Period: 15 * time.Minute, Periods: 1, Threshold: 1, Missing: NotBreaching,
	}
	notifierSilent = Alarm{
		Name: "notifier-silent", Topic: Page, Runbook: "notifier-silent",
		Says:       "The notifier has said nothing for 45 minutes: drills that end badly are told to nobody.",
		Do:         "See whether its function starts and what it says last, and look at the newest endings yourself.",
		Expression: silence, Statistic: "Maximum", Period: Round, Periods: 9, Below: true, Missing: Ignored,
	}
	dispatcherLate = Alarm{
		Name: "dispatcher-late", Topic: Ticket, Fleets: true, Runbook: "dispatcher-late",
		Says: "Drills that are due have not been started for ten minutes. Nothing is lost yet: the dispatcher catches up with the last day.",
		Do:   "Its log names each start that failed, with the reason.",
		// Where the monitor ran and the dispatcher said nothing, it is as late as that.
		Expression: "figure + 600 * (ran > samples)", Statistic: "Maximum", Period: Round, Periods: 2, Threshold: 600, Missing: Ignored,
	}
	copyBehind = Alarm{
		Name: "copy-behind", Each: true, Whole: true, Topic: Ticket, Needs: Copies, Runbook: "copy-behind",
		Says:      "The newest copy of %[1]s in the vault of the copies is older than its schedule leaves it to be at worst, or there is none: copies stopped or are late.",
		Do:        "The log of the protection monitor says which job it is about.",
		Statistic: "Minimum", Period: protectionRound, Periods: 2, Below: true, Missing: Ignored,
	}
	replicationBehind = Alarm{
		Name: "replication-behind", Each: true, Whole: true, Topic: Ticket, Needs: Replication, Runbook: "replication-behind",
		Says:      "The replicated automated backups of %[1]s lie further back than the plan allows for, or are not there: a lost region would cost more than was budgeted.",
		Do:        "See whether they are still replicated into the recovery region.",
		Statistic: "Minimum", Period: protectionRound, Periods: 2, Below: true, Missing: Ignored,
	}
	protectionFindings = Alarm{
		Name: "protection-findings", Topic: Ticket, Needs: Policy, Runbook: "protection-findings",
		Says: "Something that AWS reports as done is not, or a vault protects less than the plan says.",
		Do:   "The log of the protection monitor names each with its code, of which database, and what to do.",
		// Two rounds: what a job mends a minute later is told to nobody.
		Statistic: "Minimum", Period: protectionRound, Periods: 2, Threshold: 1, Missing: Ignored,
	}
	protectionUnknown = Alarm{
		Name: "protection-unknown", Topic: Ticket, Needs: Policy, Runbook: "protection-unknown",
		Says:      "For an hour something could not be asked that says how databases are backed up: they may be well, and nobody knows.",
		Do:        "The log of the protection monitor names what was asked and what AWS answered.",
		Statistic: "Minimum", Period: time.Hour, Periods: 1, Threshold: 1, Missing: NotBreaching,
	}
	protectionSilent = Alarm{
		Name: "protection-silent", Topic: Ticket, Needs: Policy, Runbook: "protection-silent",
		Says:       "The protection monitor has said nothing for 45 minutes: what AWS reports as done and is not would be noticed by nobody.",
		Do:         "See whether its function starts and what it says last.",
		Expression: silence, Statistic: "Maximum", Period: Round, Periods: 9, Below: true, Missing: Ignored,
	}
	decisionWanted = Alarm{
		// At once, and whoever was told by mail may sleep: of the two the alarm stays.
		Name: "recovery-decision", Topic: Page, Needs: Recoveries, Runbook: "recovery-decision",
		Says: "A recovery waits for somebody to decide: a step failed, and nothing else is to be done. When its time is over it goes on without a decision, and ends as failed.",
		Do:   "lifeboat recover status --world aws says what failed, until when it waits, and what to type: retry, skip or abort.",
		// Rounds come every 15 minutes, and one that is late, or that cannot look, neither
		// ends it nor wakes anybody again.
		Statistic: "Maximum", Period: Round, Periods: 1, Threshold: 1, Missing: Ignored,
	}
	recoveryUnended = Alarm{
		Name: "recovery-unended", Topic: Page, Needs: Recoveries, Runbook: "recovery-unended",
		Says:      "A recovery came to no ending, and nothing works on it: what it was to recover may be half there, and of an exercise copies may be left.",
		Do:        "lifeboat recover status --world aws names it. lifeboat recover resume RUN --world aws goes on with it.",
		Statistic: "Maximum", Period: 15 * time.Minute, Periods: 1, Threshold: 1, Missing: Ignored,
	}
	exercisesOverdue = Alarm{
		Name: "exercises-overdue", Topic: Ticket, Needs: Recoveries, Runbook: "exercises-overdue",
		Says:      "No exercise of the recovery of some workload ended with a verdict for twice as long as its schedule allows, or there never was one: nobody knows whether the whole of it could be recovered.",
		Do:        "The log of the backup monitor says of which. Start one by hand, then see why none was.",
		Statistic: "Minimum", Period: time.Hour, Periods: 1, Below: true, Missing: Ignored,
	}
	exercisesUnknown = Alarm{
		Name: "exercises-unknown", Topic: Ticket, Needs: Recoveries, Runbook: "exercises-unknown",
		Says:      "For an hour the backup monitor could not read when recoveries were exercised: exercises could stop happening, and nobody would hear of it.",
		Do:        "The log of the backup monitor says what keeps it from the table.",
		Statistic: "Minimum", Period: time.Hour, Periods: 1, Threshold: 1, Missing: NotBreaching,
	}
	undelivered = Alarm{
		Name: "undelivered", Topic: Ticket, Runbook: "undelivered",
		Says:      "Starts of drills or events lie in the queue of what nobody took: a drill was not started, or something was not noticed.",
		Do:        "Read the messages: each says what it was and why it failed.",
		Statistic: "Maximum", Period: Round, Periods: 1, Threshold: 1, Missing: NotBreaching,
	}
)

// protectionRound is how often the protection monitor looks.
const protectionRound = 15 * time.Minute

// silence is below zero where the monitor ran and no figure came. The monitor's
// rounds are the clock, so that in a new deployment silence counts from its first
// round, and a deployment in which nothing runs is told of once, by monitor-silent.
const silence = "samples - ran"
