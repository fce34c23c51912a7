package drillevidence_test

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

var (
	start = time.Date(2026, 11, 23, 3, 0, 0, 125_000_000, time.UTC)
	zone  = time.FixedZone("elsewhere", 3*3600) // documents are UTC whatever comes in
)

func at(seconds float64) time.Time { return start.Add(drill.Seconds(seconds)).In(zone) }

func pointer(f float64) *float64 { return &f }

// story is a run as its facts tell it, to be changed by a test.
type story struct {
	run     drill.Run
	spec    drill.Spec
	facts   []drill.Fact
	failure *drill.Failure
	removal drill.Removal
	states  []string
	seconds float64 // until it was recorded
}

const secretSQL = "select count(*) from customer where email = 'jane.doe@example.com'"

var copyOf = drill.Resource{
	Kind: "postgres-instance", ID: "lifeboat-prod-0123456789ab",
	Detail: "/srv/drills/.lifeboat/scratch/lifeboat-prod-0123456789ab",
}

// base is a drill up to the claim.
func base() story {
	return story{ // the drill before saw a dump, which knows more
		run: drill.Run{
			ID: "orders-db-20261123T030000Z-7f3a", ExecutionID: "arn:aws:states:local:000000000000:execution:drill:orders-db-20261123T030000Z-7f3a",
			Throwaway: copyOf.ID, Deployment: "prod", StartedAt: at(0), StartedBy: "ops", Trigger: "manual",
			PlanHash: "9b6f0d6a1f0f4f3c8f8a7e0c2b4d6e8f00112233445566778899aabbccddeeff", Version: "0.1.0",
		},
		spec: drill.Spec{
			Deployment: "prod", Workload: "orders", Database: "orders-db", Owner: "payments-team", Kind: "postgres", Scenario: "operator-error",
			Objectives: drill.Objectives{RTOSeconds: 900, RPOSeconds: 3600},
			Allowances: drill.Allowances{DetectionSeconds: 90, DecisionSeconds: 600, DNSSeconds: 120},
			Reference: &drill.Reference{
				Identity: drill.Identity{Database: "orders", SystemIdentifier: "7381234567890123456", ServerVersion: "15.14 (Debian 15.14-0+deb12u1)", Encoding: "UTF8"},
				RunID:    "orders-db-20261116T030000Z-11aa", RecordedAt: start.AddDate(0, 0, -7),
			},
			Checks: []drill.Check{
				{Name: "orders are there", Kind: drill.CheckSQL, Stage: drill.Gate, SQL: secretSQL, Expect: &drill.Expect{Min: pointer(1000)}},
				{Name: "newest order is fresh", Kind: drill.CheckSQL, Stage: drill.Gate, SQL: "select max(created_at) from orders", Expect: &drill.Expect{MaxAgeSeconds: pointer(3600)}},
				{Name: "every table is read", Kind: drill.CheckHeapRead, Stage: drill.Proof},
				{Name: "amcheck", Kind: drill.CheckAmcheck, Stage: drill.Proof},
			},
		},
		facts:   []drill.Fact{{At: at(0.004), State: "ClaimSlot", Kind: drill.FactClaimed}},
		states:  []string{"ClaimSlot", "IsClaimed", "Drill", "SelectBackup"},
		removal: drill.Removal{Clean: true},
	}
}

func (s *story) add(seconds float64, state string, f drill.Fact) {
	f.At, f.State = at(seconds), state
	s.facts = append(s.facts, f)
}

func (s *story) chosen(age float64) {
	s.add(0.061, "SelectBackup", drill.Fact{Kind: drill.FactCandidates, Candidates: &drill.Candidates{Seen: 9}})
	s.add(0.062, "SelectBackup", drill.Fact{Kind: drill.FactRecoveryPoint, RecoveryPoint: &drill.RecoveryPoint{
		ID: "/var/backups/orders/base-20261123T0218", Kind: "base-backup-tar", TakenAt: at(-age), TimeSource: "backup_manifest",
		SizeBytes: 1_288_490_188, Location: "/var/backups/orders", ServerVersion: "15.14", Usable: true,
	}})
}

func (s *story) requested() {
	s.add(0.07, "StartRestore", drill.Fact{Kind: drill.FactPhaseStarted, Note: drill.PhaseStart})
	s.add(0.121, "StartRestore", drill.Fact{Kind: drill.FactRestoreRequested, Resource: &copyOf})
	s.states = append(s.states, "StartRestore")
}

func (s *story) available() {
	s.add(0.2, "CheckAvailability", drill.Fact{Kind: drill.FactRestoreObserved, Status: &drill.RestoreStatus{Status: "copying", ObservedAt: at(0.2)}})
	s.add(8.412, "CheckAvailability", drill.Fact{Kind: drill.FactRestoreObserved, Status: &drill.RestoreStatus{
		Available: true, Status: "running", ObservedAt: at(8.41), UnavailableAt: at(8.33),
		Says:     drill.Identity{SystemIdentifier: "7381234567890123456", ServerVersion: "15"},
		Findings: []drill.Finding{{Severity: drill.Info, Code: "SettingsDropped", What: "settings of the source that are off in the copy: archive_command, primary_conninfo, shared_preload_libraries"}},
	}})
	for range 40 {
		s.states = append(s.states, "WaitForRestore", "CheckAvailability", "IsAvailable")
	}
}

func (s *story) connected() {
	s.add(8.431, "ValidateData", drill.Fact{Kind: drill.FactPhaseEnded, Note: drill.PhaseConnect})
	s.states = append(s.states, "ValidateData")
}

func (s *story) checked(seconds float64, r drill.CheckResult) {
	r.StartedAt = at(seconds - r.Seconds)
	s.add(seconds, "ValidateData", drill.Fact{Kind: drill.FactCheckFinished, Check: &r})
}

func (s *story) validated() {
	s.checked(8.518, drill.CheckResult{Name: "orders are there", Kind: drill.CheckSQL, Stage: drill.Gate, Outcome: drill.CheckPassed, Passed: true, Figure: 48213.0, Expected: ">= 1000", Seconds: 0.087, Reads: drill.ReadsTables})
	s.checked(8.523, drill.CheckResult{
		Name: "newest order is fresh", Kind: drill.CheckSQL, Stage: drill.Gate, Outcome: drill.CheckPassed, Passed: true,
		Figure: at(-2540), Expected: "at most 3600 s old", Seconds: 0.005, DataAgeSeconds: pointer(2540), Reads: drill.ReadsTables,
	})
	s.checked(13.9, drill.CheckResult{Name: "every table is read", Kind: drill.CheckHeapRead, Stage: drill.Proof, Outcome: drill.CheckPassed, Passed: true, Figure: 37.0, Expected: "every table readable to its end", Seconds: 3.2, Reads: drill.ReadsTables})
	s.checked(14.2, drill.CheckResult{Name: "amcheck", Kind: drill.CheckAmcheck, Stage: drill.Proof, Outcome: drill.CheckPassed, Passed: true, Figure: 112.0, Expected: "amcheck finds nothing wrong", Seconds: 0.3, Reads: drill.ReadsTables})
	s.add(14.2, "ValidateData", drill.Fact{Kind: drill.FactValidated})
}

func (s *story) removed() {
	s.add(14.21, "Cleanup", drill.Fact{Kind: drill.FactRemovalRequested})
	s.add(14.66, "ConfirmRemoval", drill.Fact{Kind: drill.FactRemovalObserved})
	s.seconds = 14.67
}

func passed() story {
	s := base()
	s.chosen(2520)
	s.requested()
	s.available()
	s.connected()
	s.validated()
	s.removed()
	return s
}

// rpoMissed: restored well, from a backup that is too old.
func rpoMissed() story {
	s := base()
	s.chosen(93_600)
	s.facts[2].RecoveryPoint.UncertaintySeconds = 3600
	s.facts[2].RecoveryPoint.TimeSource = "dump header"
	s.facts[1].Candidates = &drill.Candidates{Seen: 3, PassedOver: 2}
	s.spec.Objectives = drill.Objectives{RTOSeconds: 820, RPOSeconds: 86_400}
	s.requested()
	s.available()
	s.connected()
	s.validated()
	s.removed()
	return s
}

// noBackup: most of the document is absent.
func noBackup() story {
	s := base()
	s.failure = &drill.Failure{State: "SelectBackup", Error: "NoUsableBackup", Cause: "nothing matches /var/backups/orders/*: no backup of orders/orders-db", Hint: "look whether the backup job ran, and at backups: in lifeboat.yaml"}
	s.add(0.03, "Cleanup", drill.Fact{Kind: drill.FactRemovalRequested})
	s.add(0.034, "ConfirmRemoval", drill.Fact{Kind: drill.FactRemovalObserved})
	s.seconds = 0.04
	return s
}

// dirty: the restore failed half way, and its removal did too.
func dirty() story {
	s := base()
	s.chosen(2520)
	s.requested()
	s.failure = &drill.Failure{State: "CheckAvailability", Error: "RestoreFailed", Cause: "the server of lifeboat-prod-0123456789ab stopped while recovering: could not find the WAL record of the checkpoint", Hint: "the backup lacks WAL: take it with --wal-method=stream"}
	s.add(31, "Cleanup", drill.Fact{Kind: drill.FactRemovalRequested})
	s.add(91, "ConfirmRemoval", drill.Fact{Kind: drill.FactRemovalAbandoned, Remaining: []drill.Resource{copyOf}})
	s.removal = drill.Removal{Remaining: []drill.Resource{copyOf}, Failure: &drill.Failure{State: "Cleanup", Error: "CleanupFailed", Cause: "removing the folder: permission denied", Hint: "make the folder writable, then run lifeboat sweep"}}
	s.seconds = 91.01
	return s
}

// kept: passed, and left in place on request.
func kept() story {
	s := passed()
	s.spec.Keep = true
	s.facts = s.facts[:len(s.facts)-2]
	s.add(14.21, "Cleanup", drill.Fact{Kind: drill.FactKept, Resource: &copyOf})
	s.removal = drill.Removal{Clean: true, Kept: true, Remaining: []drill.Resource{copyOf}}
	return s
}

// unclaimed: another drill had the lock.
func unclaimed() story {
	s := base()
	s.run = drill.Run{ID: "late", ExecutionID: "arn:late", StartedAt: at(0)}
	s.spec = drill.Spec{Workload: "orders", Database: "orders-db"}
	s.facts = nil
	s.failure = &drill.Failure{State: "ClaimSlot", Error: "SlotBusy", Cause: "another drill of orders/orders-db is running"}
	s.seconds = 0.02
	return s
}

func stories() map[string]story {
	return map[string]story{
		"passed": passed(), "rpo-missed": rpoMissed(), "no-backup": noBackup(),
		"dirty": dirty(), "kept": kept(), "unclaimed": unclaimed(),
	}
}

func (s story) input() drill.EvidenceInput {
	return drill.EvidenceInput{
		ID: s.run.ID, Run: s.run, Spec: s.spec, Facts: s.facts, Failure: s.failure, Removal: s.removal, RecordedAt: at(s.seconds),
		Verdict: drill.Judge(drill.Case{Run: s.run, Spec: s.spec, Facts: s.facts, Failure: s.failure, Removal: s.removal}),
	}
}

func (s story) execution() drillevidence.Execution {
	by := drillevidence.Execution{
		Host:     "db-drills-1",
		Versions: drillevidence.Versions{Go: "go1.26", MachineSHA256: "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef", CopyServer: "15.14"},
	}
	states := append(s.states, "Cleanup", "ConfirmRemoval", "IsRemoved", "RecordEvidence")
	for i, name := range states {
		by.States = append(by.States, drillevidence.State{Name: name, EnteredAt: at(s.seconds * float64(i) / float64(len(states)))})
	}
	return by
}

func (s story) document() drillevidence.Document {
	return drillevidence.Build(s.input(), s.execution())
}
