package plan

import (
	"cmp"
	"slices"
)

// Defaults of a backup policy.
const (
	// DefaultBackupRetention is the longest that a point in time can lie back: with
	// it snapshots and points in time cover the same days.
	DefaultBackupRetention = Duration(35 * day)
	// DefaultStartWindow is the shortest that AWS Backup takes. Its own default is
	// eight hours, of which each may be lost.
	DefaultStartWindow = Duration(60 * minute)
	// DefaultCompletionWindow is AWS Backup's own.
	DefaultCompletionWindow = Duration(7 * day)
	// DefaultGrace is the shortest that AWS Backup takes.
	DefaultGrace = Duration(3 * day)
)

// normalised has every default that does not follow from the RPO; those are the
// budget's.
func (b *Backup) normalised(elsewhere bool) *Backup {
	if b == nil {
		return nil
	}
	n := *b
	n.Retention = cmp.Or(b.Retention, DefaultBackupRetention)
	if n.Immutability == "" && b.Managed() {
		n.Immutability = ImmutabilityGovernance
	}
	if n.Immutability == ImmutabilityCompliance {
		lock := Lock{}
		if b.Lock != nil {
			lock = *b.Lock
		}
		lock.Grace = cmp.Or(lock.Grace, DefaultGrace)
		n.Lock = &lock
	}
	n.Rules = normalisedRules(b.Rules, n.Retention, elsewhere)
	return &n
}

func (b *DatabaseBackup) normalised(policy *Backup, elsewhere bool) *DatabaseBackup {
	if b == nil {
		return nil
	}
	n := *b
	n.Rules = normalisedRules(b.Rules, policy.retention(), elsewhere)
	if b.Bucket != nil {
		bucket := *b.Bucket
		bucket.ObjectLock = cmp.Or(bucket.ObjectLock, ImmutabilityGovernance)
		if bucket.ObjectLock != ImmutabilityNone {
			bucket.Retention = cmp.Or(bucket.Retention, DefaultBackupRetention)
		}
		n.Bucket = &bucket
	}
	return &n
}

// retention is that of rules that do not say their own.
func (b *Backup) retention() Duration {
	if b == nil {
		return DefaultBackupRetention
	}
	return cmp.Or(b.Retention, DefaultBackupRetention)
}

func normalisedRules(rules []BackupRule, retention Duration, elsewhere bool) []BackupRule {
	rules = slices.Clone(rules)
	for i := range rules {
		rules[i] = rules[i].normalised(retention, elsewhere)
	}
	return rules
}

// normalised is a rule with every default. elsewhere: the plan names a place that
// copies can come to. A continuous rule copies only where it says so: its points
// in time cannot be copied, and the copy is a snapshot.
func (r BackupRule) normalised(retention Duration, elsewhere bool) BackupRule {
	r.StartWindow = cmp.Or(r.StartWindow, DefaultStartWindow)
	r.CompletionWindow = cmp.Or(r.CompletionWindow, DefaultCompletionWindow)
	r.Retention = cmp.Or(r.Retention, retention)
	copies := elsewhere && !r.Continuous
	if r.Copy != nil {
		copies = *r.Copy
	}
	r.Copy = &copies
	if copies {
		r.CopyRetention = cmp.Or(r.CopyRetention, r.Retention)
	}
	return r
}

// Elsewhere tells whether the plan names a place that copies can come to: another
// region, or another account.
func (p Plan) Elsewhere() bool {
	return p.Regions != nil && p.Regions.Recovery != "" || p.Accounts != nil && p.Accounts.Recovery != ""
}
