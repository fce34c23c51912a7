package drill

import "time"

// FactKind names what happened.
type FactKind string

const (
	FactClaimed          FactKind = "claimed"           // Spec, Run
	FactCandidates       FactKind = "candidates"        // Candidates: what the choice was made from
	FactRecoveryPoint    FactKind = "recovery-point"    // RecoveryPoint: chosen, or taken instead (the last counts); Others
	FactRestoreRequested FactKind = "restore-requested" // Resource
	FactRestoreObserved  FactKind = "restore-observed"  // Status
	FactCheckFinished    FactKind = "check-finished"    // Check
	FactValidated        FactKind = "validated"         // gate and proof checks have all run
	FactFailed           FactKind = "failed"            // Failure
	FactNoted            FactKind = "noted"             // Finding
	FactRemovalRequested FactKind = "removal-requested" // Resource
	FactRemovalObserved  FactKind = "removal-observed"  // Remaining
	FactRemovalAbandoned FactKind = "removal-abandoned" // Remaining: gave up
	FactKept             FactKind = "kept"              // Resource, on request
	FactEvidenceRecorded FactKind = "evidence-recorded" // Note: location
	FactMetricsPublished FactKind = "metrics-published"
	FactSlotReleased     FactKind = "slot-released"
	FactPhaseStarted     FactKind = "phase-started" // Note: phase; of start also RecoveryPoint: what is asked for
	FactPhaseEnded       FactKind = "phase-ended"   // Note: phase; of start: it was refused, Failure says why
)

// Fact is one entry of the run record. What a Parallel branch assigned is
// gone when the branch fails, so each step appends what it learned here, and
// evidence is built from here. Only the fields that Kind names are set.
type Fact struct {
	At            time.Time      `json:"at"`
	State         string         `json:"state"` // of the machine
	Kind          FactKind       `json:"kind"`
	Run           *Run           `json:"run,omitempty"`
	Spec          *Spec          `json:"spec,omitempty"`
	Candidates    *Candidates    `json:"candidates,omitempty"`
	RecoveryPoint *RecoveryPoint `json:"recoveryPoint,omitempty"`
	// Others are the next freshest that could be used, should the provider be
	// unable to restore from the chosen one.
	Others    []RecoveryPoint `json:"others,omitempty"`
	Resource  *Resource       `json:"resource,omitempty"`
	Status    *RestoreStatus  `json:"status,omitempty"`
	Check     *CheckResult    `json:"check,omitempty"`
	Failure   *Failure        `json:"failure,omitempty"`
	Finding   *Finding        `json:"finding,omitempty"`
	Remaining []Resource      `json:"remaining,omitempty"`
	Note      string          `json:"note,omitempty"`
}

// RecoveryPoint is one backup that a database could be restored from.
type RecoveryPoint struct {
	ID   string `json:"id"`   // unique within the source: a path, an ARN
	Kind string `json:"kind"` // base-backup-directory, dump-custom, rds-snapshot, ...
	// Origin is how it came about; Copied tells that it is a copy of one in another
	// region or account.
	Origin Origin `json:"origin,omitempty"`
	Copied bool   `json:"copied,omitempty"`
	// TakenAt is the moment whose data the backup holds, UTC.
	TakenAt time.Time `json:"takenAt"`
	// TimeSource says where TakenAt was read: "backup_manifest",
	// "backup_label", "dump header", "file time", "SnapshotDatabaseTime", ...
	TimeSource string `json:"timeSource"`
	// UncertaintySeconds is how far TakenAt may be off, either way: not zero
	// where the record carries no reliable zone.
	UncertaintySeconds float64 `json:"uncertaintySeconds,omitempty"`
	// NewestAt is a better bound than TakenAt and the uncertainty for how new it
	// may be: when its record was last written. Zero: there is none.
	NewestAt      time.Time `json:"newestAt,omitzero"`
	SizeBytes     int64     `json:"sizeBytes,omitempty"`
	Location      string    `json:"location,omitempty"`      // region, or folder
	ServerVersion string    `json:"serverVersion,omitempty"` // of the source
	// Says is what the backup says of itself, beside ServerVersion.
	Says Identity `json:"says,omitzero"`
	// Usable is false for a candidate that cannot be restored or does not
	// count in the scenario; Reason says why, Hint what to do. So do they of one
	// that is Retained or Unattributed.
	Usable bool   `json:"usable"`
	Reason string `json:"reason,omitempty"`
	Hint   string `json:"hint,omitempty"`
	// Standing of one that is not usable; of usable ones only Retained or
	// Unattributed.
	Standing Standing `json:"standing,omitempty"`
}

// Standing is how a candidate is to be taken that cannot be used, or should not
// be all there is.
type Standing string

const (
	Ordinary   Standing = ""             // it should be usable: a warning where it is newer than the chosen one
	Foreign    Standing = "foreign"      // it is another database's: a warning, after those about its own
	InProgress Standing = "in-progress"  // it is being made right now: a note
	Companion  Standing = "companion"    // it is no backup (roles only, a text): a note
	OutOfScope Standing = "out-of-scope" // it could be used, and the plan or the scenario does not count it: a note
	// Replaced: it is of what had the source's name before: a warning, however old
	// it is, since whoever looks for a backup of that name finds it.
	Replaced Standing = "replaced"
	// Unasked is no backup but a place that could not be asked for any, with ID its
	// name and Reason the whole sentence: a warning, and not counted.
	Unasked Standing = "unasked"
	// Retained: it can be used, and is what is left of a source that is gone, or of
	// a replication that was stopped: a warning where it is chosen.
	Retained Standing = "retained"
	// Unattributed: it can be used, and does not say of which of those it is that had
	// the source's name: a warning where it is chosen.
	Unattributed Standing = "unattributed"
)

// Resource is something that lifeboat created and must remove.
type Resource struct {
	Kind string `json:"kind"` // "postgres-instance", "rds-instance", ...
	ID   string `json:"id"`
	// Detail says where it is, for people: a folder, an ARN. Never a secret.
	Detail    string    `json:"detail,omitempty"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
	RemovedAt time.Time `json:"removedAt,omitzero"` // confirmed absent
	Proof     string    `json:"proof,omitempty"`    // how its absence was confirmed
}

// RestoreStatus is one observation of a restore. A restore that ended badly is
// an error (RestoreFailed), not a status.
type RestoreStatus struct {
	Available bool   `json:"available"`
	Status    string `json:"status"` // the provider's own word: copying, recovering, creating, ...
	// DoneBytes of TotalBytes, where known; zero otherwise.
	DoneBytes  int64     `json:"doneBytes,omitempty"`
	TotalBytes int64     `json:"totalBytes,omitempty"`
	ObservedAt time.Time `json:"observedAt"`
	// AvailableAt is the provider's own timestamp of availability, where it
	// has one; CheckAvailability uses it only when it falls between the last
	// observation that said no and the first that said yes.
	AvailableAt time.Time `json:"availableAt,omitzero"`
	// UnavailableAt is the last observation that said no, set by
	// CheckAvailability on the first that says yes.
	UnavailableAt time.Time `json:"unavailableAt,omitzero"`
	// ToldByEvent: an event caused the look that says yes. Set by
	// CheckAvailability.
	ToldByEvent bool `json:"toldByEvent,omitempty"`
	// Says is what the backup turned out to say of itself while it was restored.
	Says Identity `json:"says,omitzero"`
	// Findings are what the restore dropped or noticed (reported once each).
	Findings []Finding `json:"findings,omitempty"`
}

// CheckOutcome is the result of a check.
type CheckOutcome string

const (
	CheckPassed CheckOutcome = "passed"
	CheckFailed CheckOutcome = "failed" // it ran, and the data are not good enough
	CheckError  CheckOutcome = "error"  // it could not be run
	// CheckSkipped: a built-in check that the copy's programs do not offer
	// (amcheck is not installed). It proves nothing and spoils nothing.
	CheckSkipped CheckOutcome = "skipped"
)

// CheckResult holds no row of the restored data: Figure is a number, a time or
// a boolean; for text only "match" or "mismatch".
type CheckResult struct {
	Name      string       `json:"name"`
	Kind      CheckKind    `json:"kind"`
	Stage     CheckStage   `json:"stage"`
	Outcome   CheckOutcome `json:"outcome"`
	Passed    bool         `json:"passed"`
	Figure    any          `json:"figure,omitempty"`
	Expected  string       `json:"expected,omitempty"`
	Seconds   float64      `json:"seconds"`
	StartedAt time.Time    `json:"startedAt"`
	// Unfinished: the time of one call was used up; asked again with Cursor it
	// goes on from there.
	Unfinished bool   `json:"unfinished,omitempty"`
	Cursor     string `json:"cursor,omitempty"`
	// DataAgeSeconds is set by maxAge checks: the age of the newest row at
	// the start of the drill.
	DataAgeSeconds *float64 `json:"dataAgeSeconds,omitempty"`
	// Code is the SQLSTATE or the error's name, where it did not pass; the
	// details of database errors quote rows and never leave the adapter.
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Reads tells whether it read a table of the copy, and ReadsWhy why nobody
	// can tell, where that is so.
	Reads    Reads  `json:"reads,omitempty"`
	ReadsWhy string `json:"readsWhy,omitempty"`
	// AnsweredBy says who gave the verdict and its figure.
	AnsweredBy AnsweredBy `json:"answeredBy,omitempty"`
}

// AnsweredBy is who answered a check. What the copy answers went through the
// code that the backup brought along: whoever owned the source can have changed
// it. Empty: not known.
type AnsweredBy string

const (
	AnsweredUnknown    AnsweredBy = ""
	AnsweredByCopy     AnsweredBy = "copy"
	AnsweredByLifeboat AnsweredBy = "lifeboat" // it looked at the files itself, outside of the server
)

// Reads is whether a check read a table of the copy, by the server's own
// account. Empty: not known.
type Reads string

const (
	ReadsUnknown Reads = ""
	ReadsTables  Reads = "tables"
	ReadsNothing Reads = "nothing" // it would give the same answer for any backup
)

// Severity orders findings.
type Severity string

const (
	Info    Severity = "info"    // worth knowing: a setting was dropped in the copy
	Warning Severity = "warning" // the proof is weaker than it could be
	Missed  Severity = "missed"  // a target was missed, a check failed
	Failed  Severity = "failed"  // the drill could not prove recovery
	Dirty   Severity = "dirty"   // something may have been left behind
)

// Finding is one reason of a verdict, with the figure and the target.
type Finding struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"` // stable, for scripts: RPOMissed, CheckFailed, NoUsableBackup, ...
	What     string   `json:"what"` // one sentence: what, why, with identifiers
	Figure   any      `json:"figure,omitempty"`
	Target   any      `json:"target,omitempty"`
	Hint     string   `json:"hint,omitempty"`
}

// Failure is an error that ended the drill's work.
type Failure struct {
	State string `json:"state,omitempty"`
	Error string `json:"error"` // the error's name; see errors.go
	Cause string `json:"cause,omitempty"`
	Hint  string `json:"hint,omitempty"`
}
