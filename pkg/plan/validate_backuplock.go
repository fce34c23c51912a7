package plan

import (
	"cmp"
	"fmt"
	"time"
)

// minAirGapped is the shortest retention of a logically air-gapped vault.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/logicallyairgappedvault.html
const minAirGapped = Duration(7 * day)

// lock checks the bounds of the vaults; whether a rule's recovery points lie
// within is the rule's.
func (v *validator) lock() {
	b := v.plan.Backup
	l := b.Lock
	if l == nil {
		return
	}
	v.wholeDays("backup.lock.min", "recovery points are", l.Min)
	v.wholeDays("backup.lock.max", "recovery points are", l.Max)
	if l.Min > 0 && l.Max > 0 && l.Min > l.Max {
		v.add("backup.lock.min", fmt.Sprintf("min is longer than max (%s)", inDays(time.Duration(l.Max))), "no recovery point could be both", "make it shorter")
	}
	none := b.Immutability == ImmutabilityNone || b.Immutability == "" && !b.Managed()
	if none {
		v.add("backup.lock", "nothing says that the vaults are locked", "it would be ignored", "write immutability: governance or compliance, or remove it")
	}
	if b.Immutability == ImmutabilityAirGapped && l.Min > 0 && l.Min < minAirGapped {
		v.add("backup.lock.min", fmt.Sprintf("min is %s", inDays(time.Duration(l.Min))), "an air-gapped vault keeps recovery points for 7d at least", "7d, or more")
	}
	switch {
	case l.Grace == 0:
	case b.Immutability != ImmutabilityCompliance:
		if !none {
			v.add("backup.lock.grace", "only compliance has a grace period", "it would be ignored", "remove it, or choose immutability: compliance")
		}
	case l.Grace < DefaultGrace || time.Duration(l.Grace)%day != 0 || l.Grace > maxRetentionDays*Duration(day):
		// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultLockConfiguration.html
		v.add("backup.lock.grace", fmt.Sprintf("the grace period is %s", l.Grace), "AWS Backup takes whole days, three at least: after them nobody can remove the lock", "3d, or more")
	}
}

// bounds are what the vaults take: those of the lock, and an air-gapped vault's
// own. 0 is no bound.
func (b *Backup) bounds() (least, most Duration) {
	if b == nil {
		return 0, 0
	}
	if b.Lock != nil && b.Immutability != ImmutabilityNone {
		least, most = b.Lock.Min, b.Lock.Max
	}
	if b.Immutability == ImmutabilityAirGapped {
		least = max(least, minAirGapped)
	}
	return least, most
}

// fits holds a lifecycle against the vaults: the job of one that does not fit
// fails, and there is no backup.
func (v *validator) fits(path, what string, kept Duration) {
	least, most := v.plan.Backup.bounds()
	because := cmp.Or(map[bool]string{true: "an air-gapped vault keeps nothing for less"}[v.plan.Backup != nil && v.plan.Backup.Immutability == ImmutabilityAirGapped && least == minAirGapped],
		"the lock of the vault takes nothing less, and the job would fail")
	switch {
	case least > 0 && kept < least:
		v.add(path, fmt.Sprintf("%s kept for %s, and the vault's minimum is %s", what, inDays(time.Duration(kept)), inDays(time.Duration(least))), because,
			"keep them longer, or lower backup.lock.min")
	case most > 0 && kept > most:
		v.add(path, fmt.Sprintf("%s kept for %s, and the vault's maximum is %s", what, inDays(time.Duration(kept)), inDays(time.Duration(most))),
			"the lock of the vault takes nothing longer, and the job would fail", "keep them for a shorter time, or raise backup.lock.max")
	}
}
