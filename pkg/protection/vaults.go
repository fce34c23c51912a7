package protection

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Effective is what really protects the recovery points of a vault at a moment, as
// one of the plan's words.
//
// A lock with a date is in compliance mode from that date on; before, it can still
// be removed by whoever may, and so can a lock without a date for ever.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
func (v Vault) Effective(now time.Time) string {
	switch {
	case v.AirGapped:
		return plan.ImmutabilityAirGapped
	case !v.Locked:
		return plan.ImmutabilityNone
	case v.LockDate.IsZero() || now.Before(v.LockDate):
		return plan.ImmutabilityGovernance
	}
	return plan.ImmutabilityCompliance
}

var strength = map[string]int{
	plan.ImmutabilityNone: 0, plan.ImmutabilityGovernance: 1, plan.ImmutabilityCompliance: 2, plan.ImmutabilityAirGapped: 3,
}

// immutability is what the plan wants of its vaults.
func immutability(p plan.Plan) string {
	if p.Backup == nil {
		return plan.ImmutabilityNone
	}
	assumed := plan.ImmutabilityNone
	if p.Backup.Managed() {
		assumed = plan.ImmutabilityGovernance
	}
	return cmp.Or(p.Backup.Immutability, assumed)
}

// defaultGrace is how long a lock in compliance mode can be removed where the plan
// does not say: the least that AWS takes.
const defaultGrace = 3 * day

// JudgeVaults holds the vaults of the plan against what it says of them.
func JudgeVaults(now time.Time, p plan.Plan, names deployed.Names, seen *Seen) (list []drill.Finding) {
	backups, copies := names.Vaults(p)
	wanted := immutability(p)
	for _, v := range []struct {
		where  deployed.Vault
		is     Vault
		part   Part
		wanted string
		bounds []time.Duration // retentions that must go into it
	}{
		// An air-gapped plan keeps its backups in an ordinary vault until they are copied.
		{backups, seen.BackupVault, BackupVault, ordinary(wanted, copies.Name != ""), retentions(p, false)},
		{copies, seen.CopyVault, CopyVault, wanted, retentions(p, true)},
	} {
		if v.where.Name == "" || !seen.Knows(v.part) {
			continue
		}
		if !v.is.There {
			list = append(list, found(VaultMissing, fmt.Sprintf("there is no vault %s", v.where.ARN())))
			continue
		}
		list = append(list, locked(now, p, names, v.where, v.is, v.wanted, v.bounds)...)
		list = append(list, bounds(v.where, v.is, v.bounds)...)
	}
	return list
}

func ordinary(wanted string, elsewhere bool) string {
	if wanted == plan.ImmutabilityAirGapped && elsewhere {
		return plan.ImmutabilityNone
	}
	return wanted
}

func locked(now time.Time, p plan.Plan, names deployed.Names, where deployed.Vault, v Vault, wanted string, kept []time.Duration) (list []drill.Finding) {
	is := v.Effective(now)
	what := fmt.Sprintf("vault %s has immutability %s; the plan says %s", where.ARN(), is, wanted)
	switch running := v.Locked && now.Before(v.LockDate); {
	case strength[is] >= strength[wanted]:
	case running && now.Before(v.Made.Add(grace(p)+day)) && wanted == plan.ImmutabilityCompliance:
		note := found(LockNotYet, fmt.Sprintf("%s: its grace period ends at %s", what, at(v.LockDate)))
		note.Severity = drill.Info
		list = append(list, note)
	case running:
		list = append(list, found(LockWeaker, fmt.Sprintf("%s: its grace period runs until %s, and the lock can be removed", what, at(v.LockDate))))
	default:
		list = append(list, found(LockWeaker, what))
	}
	if least := least(p, where, kept); v.Locked && v.Min < least {
		list = append(list, found(LockWeaker, fmt.Sprintf("the lock of vault %s keeps for %s at least; the plan says %s", where.ARN(), words(v.Min), words(least))))
	}
	if where.Ours && !v.AirGapped && !v.asDeployed(names, where) {
		list = append(list, found(LockWeaker, fmt.Sprintf("the access policy of vault %s does not deny everybody to delete recovery points and to shorten their lives, as it was deployed", where.ARN())))
	}
	return list
}

// least is the lock's minimum: the plan's, else, of a vault that lifeboat makes, the
// shortest that a rule keeps anything there.
func least(p plan.Plan, where deployed.Vault, kept []time.Duration) time.Duration {
	if p.Backup.Lock != nil && p.Backup.Lock.Min > 0 {
		return time.Duration(p.Backup.Lock.Min)
	}
	if !where.Ours || len(kept) == 0 {
		return 0
	}
	return slices.Min(kept)
}

// asDeployed: the deployment leaves out CloudFormation, which deletes none, and a
// role that no stack makes. Both are named in full: of any other role somebody may
// choose how it begins.
func (v Vault) asDeployed(names deployed.Names, where deployed.Vault) bool {
	return v.DeniesDeletion && !slices.ContainsFunc(v.Excepted, func(arn string) bool {
		return !slices.Contains(names.In(where.Account, where.Region).MayDelete(), arn)
	})
}

func grace(p plan.Plan) time.Duration {
	if p.Backup.Lock == nil {
		return defaultGrace
	}
	return cmp.Or(time.Duration(p.Backup.Lock.Grace), defaultGrace)
}

// bounds are what the lock takes: a job with another retention fails.
func bounds(where deployed.Vault, v Vault, retentions []time.Duration) (list []drill.Finding) {
	if !v.Locked && !v.AirGapped {
		return nil
	}
	for _, kept := range retentions {
		if v.Min > 0 && kept < v.Min || v.Max > 0 && kept > v.Max {
			return []drill.Finding{found(LockRefuses, fmt.Sprintf("the lock of vault %s takes from %s to %s, and a rule keeps for %s", where.ARN(), words(v.Min), words(v.Max), words(kept)))}
		}
	}
	return nil
}

// retentions of the rules, as they come into a vault.
func retentions(p plan.Plan, copied bool) (list []time.Duration) {
	policies := budget.Policies(p)
	all := [][]plan.BackupRule{budget.OfTagged(p, policies)}
	for _, policy := range policies {
		all = append(all, policy.Rules)
	}
	for _, rules := range all {
		for _, r := range rules {
			switch {
			case !copied:
				list = append(list, time.Duration(r.Retention))
			case r.Copy != nil && *r.Copy:
				list = append(list, time.Duration(r.CopyRetention))
			}
		}
	}
	return list
}
