package deployed

import (
	"cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// BackupsStack lies where the databases do: it backs them up. VaultStack lies
// where lifeboat does, and holds what survives them. Each is there only where the
// plan has lifeboat manage backups.
func (n Names) BackupsStack() string { return n.Prefix() + "-backups" }
func (n Names) VaultStack() string   { return n.Prefix() + "-vault" }

// BackupsTopic is what failed backups are told by, in the region of the databases.
func (n Names) BackupsTopic() string { return n.Prefix() + "-backups" }

// BackupRole is what AWS Backup acts as, in the account of the databases.
func (n Names) BackupRole() string { return n.Prefix() + "-backups" }

// TellingRole is what EventBridge acts as where it tells of backups that failed.
func (n Names) TellingRole() string { return n.Prefix() + "-telling" }

// TakedownRole is who may delete recovery points before their time, and vaults. No
// stack makes it: whoever takes a deployment down for good does, on purpose, where
// it is seen. See docs/backup-policy.md.
func (n Names) TakedownRole() string { return n.Prefix() + "-takedown" }

// MayDelete are the roles that the policies of the vaults here, and of their keys,
// leave out, or nobody could ever change or remove one: CloudFormation's on behalf of
// a deployment, which the bootstrap made, and that of a takedown.
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
func (n Names) MayDelete() []string {
	return []string{
		n.AnyARN("iam", "", n.Account, "role/cdk-*-cfn-exec-role-"+n.Account+"-"+n.Region),
		n.AnyARN("iam", "", n.Account, "role/"+n.TakedownRole()),
	}
}

// In is the same deployment elsewhere: what it has beside the databases.
func (n Names) In(account, region string) Names {
	return Names{Deployment: n.Deployment, Account: account, Region: region}
}

// Vault is a backup vault.
type Vault struct {
	Name, Account, Region string
	Ours                  bool // lifeboat makes it; else it is there and only checked
}

// ARN of it.
func (v Vault) ARN() string {
	return "arn:" + Partition(v.Region) + ":backup:" + v.Region + ":" + v.Account + ":backup-vault:" + v.Name
}

// Vaults are where the plan wants recovery points: Backups where the databases
// are, Copies where lifeboat is. One without a name is nobody's: the plan says
// none, and makes none.
func (n Names) Vaults(p plan.Plan) (backups, copies Vault) {
	if p.Backup == nil || p.Regions == nil {
		return Vault{}, Vault{}
	}
	owner := cmp.Or(p.Owner(), n.Account)
	backups = vault(p, p.Backup.Vault, Vault{Name: n.Prefix(), Account: owner, Region: p.Regions.Primary})
	if n.Region == p.Regions.Primary && n.Account == owner {
		return backups, Vault{} // there is no other place
	}
	return backups, vault(p, p.Backup.RecoveryVault, Vault{Name: n.Prefix() + "-copies", Account: n.Account, Region: n.Region})
}

// CopiesOfRecovered is the vault that backups of what was recovered are copied to: that
// of the backups, where it is the deployment's own and lies in the region that was left,
// in this account. Into another account they are not copied: its vault takes nothing
// from here, and need not. The zero Vault: nowhere.
func (n Names) CopiesOfRecovered(p plan.Plan) Vault {
	backups, _ := n.Vaults(p)
	if !backups.Ours || backups.Account != n.Account || backups.Region == n.Region {
		return Vault{}
	}
	return backups
}

func vault(p plan.Plan, existing string, made Vault) Vault {
	switch {
	case existing != "":
		made.Name = existing
		return made
	case p.Backup.Managed():
		made.Ours = true
		return made
	}
	return Vault{}
}
