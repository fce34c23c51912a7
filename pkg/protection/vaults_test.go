package protection_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
)

// What is in force is not what was asked for.
func TestEffective(t *testing.T) {
	tests := map[string]struct {
		reason string
		vault  protection.Vault
		want   string
	}{
		"no lock":          {"", protection.Vault{}, plan.ImmutabilityNone},
		"no date":          {"whoever may, removes it", protection.Vault{Locked: true}, plan.ImmutabilityGovernance},
		"grace runs":       {"it can still be removed", protection.Vault{Locked: true, LockDate: noon.Add(time.Second)}, plan.ImmutabilityGovernance},
		"grace is over":    {"nobody removes it", protection.Vault{Locked: true, LockDate: noon}, plan.ImmutabilityCompliance},
		"unlocked in time": {"the date is that of a lock that is gone", protection.Vault{LockDate: noon.Add(-d)}, plan.ImmutabilityNone},
		"air-gapped":       {"", protection.Vault{AirGapped: true}, plan.ImmutabilityAirGapped},
	}
	for name, tc := range tests {
		if got := tc.vault.Effective(noon); got != tc.want {
			t.Errorf("%s: %s, not %s (%s)", name, got, tc.want, tc.reason)
		}
	}
}

func TestJudgeVaults(t *testing.T) {
	names := deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}
	removal := "arn:aws:iam::111122223333:role/" + names.TakedownRole()
	tests := map[string]struct {
		reason string
		change func(p *plan.Backup, v *protection.Vault) // of the copies
		want   []string
	}{
		"well": {"", func(*plan.Backup, *protection.Vault) {}, nil},
		"as deployed": {"the role of a removal, and CloudFormation's", func(_ *plan.Backup, v *protection.Vault) {
			v.Excepted = []string{removal, "arn:aws:iam::111122223333:role/cdk-*-cfn-exec-role-111122223333-eu-central-1"}
		}, nil},
		"somebody let in": {"this is what an attacker would do first", func(_ *plan.Backup, v *protection.Vault) {
			v.Excepted = []string{removal, "arn:aws:iam::111122223333:role/admin"}
		}, []string{protection.LockWeaker}},
		"a name of his own": {"a role can be called as one likes", func(_ *plan.Backup, v *protection.Vault) {
			v.Excepted = []string{removal, "arn:aws:iam::111122223333:role/cdk-mallory"}
		}, []string{protection.LockWeaker}},
		"another account let in": {"", func(_ *plan.Backup, v *protection.Vault) {
			v.Excepted = []string{"arn:aws:iam::999988887777:role/" + names.TakedownRole()}
		}, []string{protection.LockWeaker}},
		"lock lowered": {"the least is that of the rules where the plan does not say", func(_ *plan.Backup, v *protection.Vault) { v.Min = d }, []string{protection.LockWeaker}},
		"policy taken off": {"it is all that there is without a lock", func(p *plan.Backup, v *protection.Vault) {
			p.Immutability, v.Locked, v.DeniesDeletion = plan.ImmutabilityNone, false, false
		}, []string{protection.LockWeaker}},
		"everybody let in": {"", func(_ *plan.Backup, v *protection.Vault) { v.Excepted = []string{"*"} }, []string{protection.LockWeaker}},
		"deletion allowed": {"", func(_ *plan.Backup, v *protection.Vault) { v.DeniesDeletion = false }, []string{protection.LockWeaker}},
		"adopted":          {"whose policy is its owner's", func(p *plan.Backup, v *protection.Vault) { p.RecoveryVault, v.DeniesDeletion = "team", false }, nil},
		"no lock":          {"governance is the default of what lifeboat makes", func(_ *plan.Backup, v *protection.Vault) { v.Locked = false }, []string{protection.LockWeaker}},
		"none asked for": {"", func(p *plan.Backup, v *protection.Vault) {
			p.Immutability, v.Locked = plan.ImmutabilityNone, false
		}, nil},
		"governance only":    {"", func(p *plan.Backup, _ *protection.Vault) { p.Immutability = plan.ImmutabilityCompliance }, []string{protection.LockWeaker, protection.LockWeaker}},
		"shorter lock":       {"", func(p *plan.Backup, v *protection.Vault) { p.Lock, v.Min = &plan.Lock{Min: plan.Duration(30 * d)}, 7*d }, []string{protection.LockWeaker}},
		"lock takes no rule": {"its jobs fail", func(p *plan.Backup, v *protection.Vault) { p.Retention, v.Max = plan.Duration(35*d), 30*d }, []string{protection.LockRefuses}},
		"gone":               {"", func(_ *plan.Backup, v *protection.Vault) { *v = protection.Vault{} }, []string{protection.VaultMissing}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := well()
			w.seen.BackupVault.Min, w.seen.CopyVault.Min = 35*d, 35*d
			p := managed()
			tc.change(p.Backup, &w.seen.CopyVault)
			if diff := cmp.Diff(tc.want, codes(protection.JudgeVaults(noon, p, names, &w.seen))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
			w.deaf(protection.BackupVault, protection.CopyVault)
			if got := protection.JudgeVaults(noon, p, names, &w.seen); got != nil {
				t.Errorf("of vaults that could not be asked: %v", got)
			}
		})
	}
}

// The grace period that the plan asked for is a note; one that is running when it
// should be over is none.
func TestGracePeriod(t *testing.T) {
	names := deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}
	for name, tc := range map[string]struct {
		made time.Time
		want string
		as   drill.Severity
	}{
		"as asked for":    {noon.Add(-2 * d), protection.LockNotYet, drill.Info},
		"put on anew":     {noon.Add(-30 * d), protection.LockWeaker, drill.Warning},
		"just a bit late": {noon.Add(-4*d - h), protection.LockWeaker, drill.Warning},
	} {
		w := well()
		w.seen.BackupVault.Min, w.seen.CopyVault.Min = 35*d, 35*d
		p := managed()
		p.Backup.Immutability = plan.ImmutabilityCompliance
		w.seen.BackupVault.LockDate = noon.Add(-80 * d)
		w.seen.CopyVault.Made, w.seen.CopyVault.LockDate = tc.made, noon.Add(d)
		got := protection.JudgeVaults(noon, p, names, &w.seen)
		if len(got) != 1 || got[0].Code != tc.want || got[0].Severity != tc.as {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// managed is a plan whose backups lifeboat makes.
func managed() plan.Plan {
	p := plan.Plan{
		Version: 1, Deployment: "prod", Regions: &plan.Regions{Primary: "eu-west-1", Recovery: "eu-central-1"}, Backup: &plan.Backup{Manage: &yes},
		Workloads: []plan.Workload{{Name: "orders", Objectives: plan.Objectives{RTO: plan.Duration(4 * h), RPO: plan.Duration(8 * h)}, Databases: []plan.Database{
			{Name: "a", Kind: plan.KindRDSInstance},
		}}},
	}
	p.Workloads[0].Databases[0].Source = "Orders-Prod"
	return p
}

// Subjects are named as AWS Backup names what it backs up.
func TestSubjects(t *testing.T) {
	names := deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}
	list := protection.Subjects(managed(), names)
	if len(list) != 1 || list[0].Resource != resource || list[0].Backups != backups || list[0].Copies != copyVault || !list[0].Copied() {
		t.Errorf("%+v", list)
	}
	p := managed()
	p.Backup = nil
	if list := protection.Subjects(p, names); list != nil {
		t.Errorf("nothing says how it is backed up, and %+v", list)
	}
	for _, k := range plan.KindNames(func(k plan.Kind) bool { return plan.DrilledOnAWS(k) }) {
		p.Workloads[0].Databases[0].Kind, p.Backup = k, &plan.Backup{Manage: &yes}
		if list := protection.Subjects(p, names); len(list) == 1 && list[0].Resource == "" {
			t.Errorf("a database of kind %s has no ARN", k)
		}
	}
}
