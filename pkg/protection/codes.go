package protection

// Codes of findings, stable for scripts. Those of SilentSuccesses are what AWS
// reports as done and is not; the others are said out loud, and here as well.
const (
	FallbackSnapshot     = "FallbackSnapshot"
	ContinuousStopped    = "ContinuousStopped"
	ContinuousNeverBegan = "ContinuousNeverBegan"
	NotificationsOff     = "NotificationsOff"
	SnapshotsOncePerDay  = "SnapshotsOncePerDay"
	NotInAirGappedVault  = "NotInAirGappedVault"
	ObjectsMissing       = "ObjectsMissing"
	PartialPoint         = "PartialPoint"
	WithIssues           = "WithIssues"
	NothingMatched       = "NothingMatched"
	OptedOut             = "OptedOut"
	CopyNeverBegan       = "CopyNeverBegan"
	CopyRetried          = "CopyRetried"
	Misplaced            = "Misplaced"
	ShortLived           = "ShortLived"
	ForeignKey           = "ForeignKey"
	LockWeaker           = "LockWeaker"
	JobExpired           = "JobExpired"

	JobFailed         = "JobFailed"
	CopyFailed        = "CopyFailed"
	NoCopy            = "NoCopy"
	VaultMissing      = "VaultMissing"
	LockRefuses       = "LockRefuses"
	LockNotYet        = "LockNotYet" // a note: the grace period that the plan asked for runs
	PointInTimeOff    = "PointInTimeOff"
	PointInTimeBehind = "PointInTimeBehind"
	ReplicationOff    = "ReplicationOff"
	Undecided         = "Undecided" // AWS answered a status that lifeboat does not know

	Unknown      = "ProtectionUnknown" // something could not be asked
	OtherAccount = "OtherAccount"      // another account's, which is not asked from here
)

// Silent is one way in which AWS reports success and there is none.
type Silent struct {
	Code   string
	Says   string // what AWS says, and what is true
	Do     string // the first thing to do
	Source string // AWS's page
}

const guide = "https://docs.aws.amazon.com/aws-backup/latest/devguide/"

// SilentSuccesses are all that lifeboat knows of. docs/silent-successes.md is made
// of it; each has a finding here and a day in a test of a whole month.
func SilentSuccesses() []Silent {
	return []Silent{
		{
			FallbackSnapshot, "The job of a continuous rule is COMPLETED, and what it made is a snapshot: no point in time can be restored to.",
			"Read the message of the job; let one plan only back the resource up continuously, and give the role what it lacks.",
			guide + "point-in-time-recovery.html",
		},
		{
			ContinuousNeverBegan, "A continuous rule ran for over a week, its jobs are COMPLETED, and there is no continuous recovery point: the first one waits for a maintenance window, and a stopped instance forgets that it waits.",
			"See whether a change of the backup retention is pending, and let a maintenance window pass while the instance runs.",
			guide + "point-in-time-recovery.html",
		},
		{
			ContinuousStopped, "The continuous recovery point is STOPPED: it is there and can be restored from, up to the moment at which it stopped. No job fails.",
			"Restore what it lacks (permissions of the role, versioning of the bucket, its events), and see that the next job makes a new one.",
			guide + "recovery-points.html",
		},
		{
			NotificationsOff, "The bucket does not send its events to EventBridge: its continuous backup stops, and its jobs do not fail of it.",
			"Switch the EventBridge notification of the bucket on.",
			guide + "s3-backups.html",
		},
		{
			SnapshotsOncePerDay, "A snapshot rule runs more often than daily beside a continuous one on an RDS instance: all jobs are COMPLETED, and there is one snapshot a day.",
			"Choose: point in time from the instance's own automated backups, and snapshots by AWS Backup.",
			guide + "point-in-time-recovery.html",
		},
		{
			NotInAirGappedVault, "The job is COMPLETED, and its recovery point lies in the ordinary vault only: the kind of resource or its key is not taken by the air-gapped one.",
			"Encrypt the resource with a key of your own; for a kind that no air-gapped vault takes, ask for another immutability.",
			guide + "lag-vault-primary-backup.html",
		},
		{
			ObjectsMissing, "The job is COMPLETED, with a message: some objects were not backed up.",
			"Read the message of the job and the vault's notifications of objects that failed; give the role what it lacks.",
			guide + "s3-backups.html",
		},
		{
			PartialPoint, "The recovery point is there and PARTIAL: parts of the resource are not in it.",
			"Look at the nested recovery points and their jobs; do not count on a restore of the whole.",
			guide + "recovery-points.html",
		},
		{
			WithIssues, "The job is COMPLETED, with a message that is about something else than success.",
			"Read the message of the job.",
			guide + "monitoring.html",
		},
		{
			NothingMatched, "The plan ran, and its selection did not take this resource: there is no job, so none failed.",
			"See the resource assignments of the plan: the ARN, the tags, their upper and lower case, the conditions.",
			guide + "assigning-resources.html",
		},
		{
			OptedOut, "The region is not opted in to backups of this kind of resource: selections by tag pass it over, and no job is made.",
			"Opt in, in this region: aws backup update-region-settings.",
			guide + "getting-started.html",
		},
		{
			CopyNeverBegan, "The backup is COMPLETED, the rule has a copy action, and no copy job was made for it.",
			"See the copy action of the rule, the access policy of the vault that it names and the cross-account setting of the organisation.",
			guide + "recov-point-create-a-copy.html",
		},
		{
			CopyRetried, "The copy job is RUNNING and is being tried again and again: nothing failed, and there is no copy for hours.",
			"Look at the job's message, the quota of concurrent copies and the key of the vault that it goes to.",
			guide + "recov-point-create-a-copy.html",
		},
		{
			Misplaced, "The job is COMPLETED, and the recovery point is not in the vault, region and account in which the plan wants it.",
			"See the target vault of the rule and the destination of its copy action, and whether two plans back the resource up.",
			guide + "vaults.html",
		},
		{
			ShortLived, "The recovery point is there, and will be deleted before the retention that the plan declares.",
			"Correct the lifecycle of the rule; points that exist keep theirs until it is changed for each.",
			guide + "about-backup-plans.html",
		},
		{
			ForeignKey, "The copy is there, and is encrypted with no key of the vault's own account and region, or not at all: it is lost with whoever has the key, or is open to who gets at it.",
			"Give the vault a key of your own; a copy of an unencrypted source stays unencrypted, so encrypt the source.",
			guide + "encryption.html",
		},
		{
			LockWeaker, "The vault is there and takes backups, and what protects it is less than the plan declares: no lock, one that can still be removed, or an access policy that lets recovery points be deleted.",
			"See who changed it, and put it back: a deployment of the same template does not, docs/backup-policy.md says how; a lock in compliance mode is in force only when its grace period is over.",
			guide + "vault-lock.html",
		},
		{
			JobExpired, "The backup did not start within its start window: the job is EXPIRED, which is neither FAILED nor COMPLETED.",
			"Make the start window longer, or spread the schedules: a resource has one backup or copy at a time.",
			guide + "plan-options-and-configuration.html",
		},
	}
}

// Said are the other findings: AWS says them out loud, or nobody claims otherwise.
func Said() []Silent {
	return []Silent{
		{JobFailed, "A backup job failed or was aborted.", "Read the message of the job.", guide + "monitoring.html"},
		{CopyFailed, "A copy job failed.", "Read the message of the job: most often a key that the role may not use, an access policy or an option group.", guide + "recov-point-create-a-copy.html"},
		{NoCopy, "There is no copy in the vault in which the plan wants them.", "See whether copy jobs are made and how they end; restore what they lack, then copy the newest recovery point by hand: aws backup start-copy-job, with the --lifecycle of the rule, or the lock of the vault refuses it.", guide + "recov-point-create-a-copy.html"},
		{VaultMissing, "The vault that the plan names is not there.", "Deploy, or correct the name in the plan.", guide + "vaults.html"},
		{LockRefuses, "The lock of the vault takes no recovery point with the retention of a rule: its jobs fail.", "Bring the lock's bounds and the rule's retention together.", guide + "vault-lock.html"},
		{LockNotYet, "The lock in compliance mode is not in force: the grace period that the plan asked for runs. A note, and not counted.", "Nothing: it is in force when the grace period is over.", guide + "vault-lock.html"},
		{PointInTimeOff, "The instance keeps no automated backups, or is not there.", "Give it a backup retention: aws rds modify-db-instance --db-instance-identifier ID --backup-retention-period 7 --region REGION", rdsGuide + "USER_WorkingWithAutomatedBackups.html"},
		{PointInTimeBehind, "The newest point in time of the instance is older than its transaction logs allow.", "See the events of the instance, and whether its storage is full.", rdsGuide + "USER_PIT.html"},
		{ReplicationOff, "The automated backups are not replicated to the recovery region, or have no window to restore from yet.", "Start it in the recovery region: aws rds start-db-instance-automated-backups-replication.", rdsGuide + "USER_ReplicateBackups.html"},
		{Undecided, "AWS answered a status that this version of lifeboat does not know: nothing is concluded from it.", "Look at what it is of, and update lifeboat.", guide + "recovery-points.html"},
		{Unknown, "A part of what says how backups stand could not be asked: it may be well or not.", "See what keeps the function's role from asking.", guide + "access-control.html"},
		{OtherAccount, "What lies in the account that owns the databases is not asked from here. A note; counted as unknown only where nothing that lies here survives the scenario.", "Look in that account: with its credentials the doctor does (lifeboat doctor --aws).", guide + "manage-cross-account.html"},
	}
}

const rdsGuide = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"

// todo is the first thing to do about a finding.
func todo(code string) string {
	for _, s := range append(SilentSuccesses(), Said()...) {
		if s.Code == code {
			return s.Do
		}
	}
	return ""
}
