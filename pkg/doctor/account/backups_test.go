package account_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/account"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simbackup "github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	simkms "github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	sims3 "github.com/lifeboat-dr/lifeboat/pkg/simaws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	primary  = "eu-west-1" // where the databases are; region is where they are recovered
	other    = "444455556666"
	ordersDB = "arn:aws:rds:eu-west-1:111122223333:db:orders-prod"
	ledgerDB = "arn:aws:rds:eu-west-1:111122223333:db:ledger-prod"
)

// backedUp is an account whose backups are what its plan was reckoned with.
type backedUp struct {
	t       *testing.T
	clock   *clock.Virtual
	cloud   *simaws.Cloud
	backup  *simbackup.Service
	rds     *simrds.Service
	s3      *sims3.Service
	kms     *simkms.Service
	plan    plan.Plan
	caller  string // account of whoever asks
	forbid  string // operation that nobody may
	of      string // with this in what it asks for; "": whatever it asks for
	planID  string
	orders  *simrds.Instance
	replica *simrds.AutomatedBackup
	next    func([]plan.BackupRule, time.Time, int) []time.Time
	runs    func([]seen.BackupRun) []seen.BackupRun // what AWS tells of its next runs; nil: all
}

// lying tells other next runs than AWS does.
type lying struct {
	account.BackupReader
	runs func([]seen.BackupRun) []seen.BackupRun
}

func (l lying) Plan(ctx context.Context, id string) (seen.BackupPlan, bool, error) {
	p, there, err := l.BackupReader.Plan(ctx, id)
	p.Runs = l.runs(p.Runs)
	return p, there, err
}

const day = 24 * time.Hour

func daysOf(n int) plan.Duration { return plan.Duration(time.Duration(n) * day) }

// theBackups declare an hourly rule that is copied, a lock, points in time that are
// replicated, and a bucket of dumps.
func theBackups() plan.Plan {
	yes := true
	checks := []plan.Check{{Name: "there", SQL: "select 1"}}
	return plan.Plan{
		Version: 1, Deployment: "prod", Notify: []string{"a@example.com"}, Regions: &plan.Regions{Primary: primary, Recovery: region},
		Tags: map[string]string{"CostCenter": "4711"},
		Backup: &plan.Backup{
			Manage: &yes, Immutability: plan.ImmutabilityCompliance, Lock: &plan.Lock{Min: daysOf(7), Max: daysOf(90)}, PointInTime: plan.PointInTimeReplicated,
			Rules: []plan.BackupRule{{Name: "hourly", Schedule: "cron(0 * * * ? *)", Retention: daysOf(35), CopyRetention: daysOf(60)}},
		},
		Workloads: []plan.Workload{{
			Name: "orders", Owner: "team", Topology: plan.BackupRestore, Objectives: plan.Objectives{RTO: plan.Duration(4 * time.Hour), RPO: plan.Duration(6 * time.Hour)},
			Databases: []plan.Database{
				{Name: "orders-db", Kind: plan.KindRDSInstance, Source: "orders-prod", Checks: checks, Drill: plan.Drill{Scenario: plan.ScenarioRegionLoss},
					Backup: &plan.DatabaseBackup{MaintenanceWindow: "sat:22:00-sat:22:30"}},
				{Name: "ledger-db", Kind: plan.KindRDSInstance, Source: "ledger-prod", Checks: checks, Drill: plan.Drill{Scenario: plan.ScenarioRegionLoss},
					Backup: &plan.DatabaseBackup{PointInTime: plan.PointInTimeNone}},
				{Name: "dumps", Kind: plan.KindPostgres, Backups: "/x/*.dump", Checks: checks, Backup: &plan.DatabaseBackup{Bucket: &plan.DumpBucket{Name: "dumps-prod", Manage: true}}},
			},
		}},
	}
}

func newBackedUp(t *testing.T) *backedUp {
	t.Helper()
	b := &backedUp{t: t, clock: clock.NewVirtual(time.Date(2026, 11, 2, 3, 17, 0, 0, time.UTC)), plan: theBackups(), caller: owner, next: budget.Preview}
	b.backup = simbackup.NewWith(simbackup.Options{Clock: b.clock})
	b.rds = simrds.New(simrds.Options{Clock: b.clock})
	b.s3 = sims3.New(sims3.Options{})
	b.kms = simkms.New(simkms.Options{Clock: b.clock})
	b.cloud = simaws.New(simaws.Options{Clock: b.clock, Authorise: func(c *wire.Call) error {
		if b.forbid == "*" || b.forbid != "" && c.Operation == b.forbid && (b.of == "" || strings.Contains(c.HTTP.URL.Path+"/", "/"+b.of+"/")) {
			return wire.Errorf("AccessDeniedException", "not authorised")
		}
		return nil
	}}, map[string]wire.Handler{"backup": b.backup, "rds": b.rds, "s3": b.s3, "kms": b.kms})

	b.orders = b.rds.AddInstance(owner, primary, simrds.Instance{Identifier: "orders-prod", RetentionDays: 14, KMSKey: "arn:aws:kms:eu-west-1:111122223333:key/orders", Tags: []simrds.Tag{{Key: "backup", Value: "yes"}}})
	b.rds.AddInstance(owner, primary, simrds.Instance{Identifier: "ledger-prod"})
	b.replica = b.rds.AddBackup(owner, region, simrds.AutomatedBackup{
		Instance: "orders-prod", InstanceARN: b.orders.ARN, ResourceID: b.orders.ResourceID, Status: "replicating", RetentionDays: 14, SourceRegion: primary, Lag: 12 * time.Minute,
	})
	for _, place := range []string{primary, region} {
		b.backup.OptIn(owner, place, "RDS", true)
	}
	lock := &simbackup.Lock{MinDays: 7, MaxDays: 90, Date: b.clock.Now().Add(2 * day)}
	b.backup.SetVault(owner, primary, simbackup.Vault{
		Name: "lifeboat-prod", Key: b.keyIn(owner, primary, false), Lock: lock, Policy: json.RawMessage(nobodyDeletes),
		Notify: simbackup.Notifications{Topic: "arn:aws:sns:eu-west-1:111122223333:lifeboat-prod-backups", Events: []string{"CONTINUOUS_BACKUP_INTERRUPTED", "S3_BACKUP_OBJECT_FAILED"}},
	})
	past := &simbackup.Lock{MinDays: 7, MaxDays: 90, Date: b.clock.Now().Add(-2 * day)}
	b.backup.SetVault(owner, region, simbackup.Vault{Name: "lifeboat-prod-copies", Key: b.keyIn(owner, region, false), Lock: past, Policy: json.RawMessage(nobodyDeletes)})
	b.planID = b.setPlan("lifeboat-prod", hourly())
	b.selects(b.planID, simbackup.Selection{Name: "named-1", Role: "arn:aws:iam::111122223333:role/lifeboat-prod-backup", Resources: []string{ordersDB, ledgerDB}})
	b.s3.CreateBucket(owner, region, "dumps-prod")
	b.s3.SetKept("dumps-prod", sims3.Kept{Mode: "GOVERNANCE", Days: 35})
	return b
}

// keyIn makes one of a vault.
func (b *backedUp) keyIn(account, place string, awsManaged bool) string {
	return b.kms.AddKey(account, place, simkms.Key{AWSManaged: awsManaged})
}

// hourly is the plan's rule as a stack makes it.
func hourly() simbackup.Rule {
	return simbackup.Rule{
		Name: "hourly", Vault: "lifeboat-prod", Schedule: "cron(0 * * * ? *)", Timezone: "Etc/UTC", StartWindow: time.Hour, CompletionWindow: 7 * day, Lifecycle: simbackup.Lifecycle{DeleteAfterDays: 35},
		Copies: []simbackup.CopyAction{{Vault: "arn:aws:backup:eu-central-1:111122223333:backup-vault:lifeboat-prod-copies", Lifecycle: simbackup.Lifecycle{DeleteAfterDays: 60}}},
	}
}

// nobodyDeletes as the stacks have it: whoever deploys and whoever removes are left
// out by name.
const nobodyDeletes = `{"Version":"2012-10-17","Statement":[{"Sid":"NobodyDeletes","Effect":"Deny","Principal":{"AWS":"*"},"Resource":"*",
	"Action":["backup:DeleteRecoveryPoint","backup:UpdateRecoveryPointLifecycle","backup:PutBackupVaultAccessPolicy","backup:DeleteBackupVault"],
	"Condition":{"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::111122223333:role/cdk-*-cfn-exec-role-111122223333-eu-west-1","arn:aws:iam::111122223333:role/lifeboat-prod-removal"]}}}]}`

func (b *backedUp) setPlan(name string, rules ...simbackup.Rule) string {
	b.t.Helper()
	id := ""
	if name == "lifeboat-prod" {
		id = b.planID
	}
	id, err := b.backup.SetPlan(owner, primary, simbackup.Plan{ID: id, Name: name, Rules: rules})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *backedUp) selects(id string, s simbackup.Selection) {
	b.t.Helper()
	s.Role = "arn:aws:iam::111122223333:role/r"
	if _, err := b.backup.SetSelection(owner, primary, id, s); err != nil {
		b.t.Fatal(err)
	}
}

// others adds a team's plan in the region of drills.
func (b *backedUp) others(s simbackup.Selection) {
	b.t.Helper()
	b.backup.SetVault(owner, region, simbackup.Vault{Name: "team"})
	id, err := b.backup.SetPlan(owner, region, simbackup.Plan{ID: "team-plan", Name: "nightly-all", Rules: []simbackup.Rule{{Name: "n", Vault: "team", Schedule: "cron(0 2 * * ? *)", Lifecycle: simbackup.Lifecycle{DeleteAfterDays: 365}}}})
	if err != nil {
		b.t.Fatal(err)
	}
	s.ID, s.Name, s.Role = "team-selection", "everything", "arn:aws:iam::111122223333:role/team"
	if _, err := b.backup.SetSelection(owner, region, id, s); err != nil {
		b.t.Fatal(err)
	}
}

// besides adds a team's plan where the databases are, with AWS's own start window.
func (b *backedUp) besides(name string, change func(*simbackup.Rule), selections ...simbackup.Selection) {
	b.t.Helper()
	b.backup.SetVault(owner, primary, simbackup.Vault{Name: "team"})
	r := simbackup.Rule{Name: "n", Vault: "team", Schedule: "cron(0 2 * * ? *)", Lifecycle: simbackup.Lifecycle{DeleteAfterDays: 30}}
	if change != nil {
		change(&r)
	}
	id, err := b.backup.SetPlan(owner, primary, simbackup.Plan{ID: name + "-plan", Name: name, Rules: []simbackup.Rule{r}})
	if err != nil {
		b.t.Fatal(err)
	}
	for i, s := range selections {
		s.ID, s.Name = fmt.Sprintf("%s-%d", name, i), fmt.Sprintf("of-%s-%d", name, i)
		b.selects(id, s)
	}
}

// forbidOf forbids an operation on what is called so.
func (b *backedUp) forbidOf(operation, name string) { b.forbid, b.of = operation, name }

// keyOf a vault.
func (b *backedUp) keyOf(place, name string) string { return b.backup.Vault(owner, place, name).Key }

// vault changes one.
func (b *backedUp) vault(place, name string, change func(*simbackup.Vault)) {
	v := *b.backup.Vault(owner, place, name)
	change(&v)
	b.backup.SetVault(owner, place, v)
}

// checks of all areas, wired over the wire.
func (b *backedUp) checks() []doctor.Check {
	in := func(region string) aws.Config {
		return aws.Config{
			Region: region, HTTPClient: &http.Client{Transport: b.cloud}, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
			Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(b.caller, "doctor"), "secret", ""),
		}
	}
	p := b.plan.Normalised()
	n := account.Needs{Names: deployed.Names{Deployment: "prod", Account: owner, Region: p.DrillRegion()}, Plan: p}
	if p.Accounts != nil {
		n.Names.Account = p.Accounts.Recovery
	}
	c := account.Checkout{PlanFile: "lifeboat.yaml"}
	policies := budget.Policies(p)
	automated := account.Regions[account.AutomatedReader]{Account: b.caller, In: func(r string) account.AutomatedReader { return rds.NewAutomated(in(r)) }}
	return []doctor.Check{
		account.BackupSettings(n, c, account.Regions[account.BackupSettingsReader]{Account: b.caller, In: func(r string) account.BackupSettingsReader { return backup.New(in(r)) }}, policies),
		account.BackupPolicy(n, c, account.BackupSources{
			Backup: account.Regions[account.BackupReader]{Account: b.caller, In: func(r string) account.BackupReader {
				if b.runs != nil {
					return lying{backup.New(in(r)), b.runs}
				}
				return backup.New(in(r))
			}},
			Instances: automated, Next: b.next,
			Keys: account.Regions[account.KeyFinder]{Account: b.caller, In: func(r string) account.KeyFinder { return kms.New(in(r)) }},
		}, policies, b.clock.Now),
		account.Automated(n, c, automated, policies, b.clock.Now),
		account.Selections(n, c, account.Regions[account.SelectionReader]{Account: b.caller, In: func(r string) account.SelectionReader { return backup.New(in(r)) }}, policies),
		account.Buckets(n, c, s3.NewKept(in(region))),
	}
}

func (b *backedUp) examine() doctor.Report {
	return doctor.Examine(context.Background(), b.clock.Now(), "", b.checks())
}

func textOf(r doctor.Report) string {
	var s strings.Builder
	for _, l := range r.Lines {
		fmt.Fprintf(&s, "%-7s %s, %s (%s)\n        %s\n", l.State, l.Area, l.Subject, l.Basis, l.What)
		if l.Command != "" {
			fmt.Fprintf(&s, "        $ %s\n", l.Command)
		}
	}
	return s.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil { //nolint:gosec // a page for people
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: write it with -update (-file +got):\n%s", file, diff)
	}
}

func TestBackupsThatAreWell(t *testing.T) {
	b := newBackedUp(t)
	r := b.examine()
	if !r.Healthy() {
		t.Error("it is not healthy")
	}
	golden(t, "backups-healthy.txt", textOf(r))
	for _, call := range b.cloud.Calls() {
		if !slices.ContainsFunc([]string{"Get", "List", "Describe"}, func(verb string) bool { return strings.HasPrefix(call.Operation, verb) }) {
			t.Errorf("%s %s", call.Service, call.Operation)
		}
	}
}

// A plan that declares nothing has a line in each area, and costs no call.
func TestBackupsThatNobodyDeclares(t *testing.T) {
	b := newBackedUp(t)
	b.plan.Backup = nil
	for i := range b.plan.Workloads[0].Databases {
		b.plan.Workloads[0].Databases[i].Backup = nil
	}
	r := b.examine()
	if len(r.Lines) != 5 || !r.Healthy() || len(b.cloud.Calls()) > 0 {
		t.Errorf("%d calls: %s", len(b.cloud.Calls()), textOf(r))
	}
}

// What is wrong, each alone.
var backupTroubles = map[string]struct {
	reason string
	plant  func(*backedUp)
	area   string
	state  doctor.State
	texts  []string
	lines  int // that are not ok; 0: one
}{
	"opted out": {"selections by tag pass it over", func(b *backedUp) { b.backup.OptIn(owner, primary, "RDS", false) },
		"backup settings", doctor.Wrong, []string{"not opted in for RDS", "aws backup update-region-settings --resource-type-opt-in-preference RDS=true --region eu-west-1"}, 0},
	"opted out in recovery": {"", func(b *backedUp) { b.backup.OptIn(owner, region, "RDS", false) },
		"backup settings", doctor.Wrong, []string{"RDS=true --region eu-central-1"}, 0},
	"vault failed": {"AWS could not make it", func(b *backedUp) {
		b.vault(region, "lifeboat-prod-copies", func(v *simbackup.Vault) { v.State = "FAILED" })
	}, "backup policy", doctor.Wrong, []string{"vault lifeboat-prod-copies", "in the state FAILED: backups into it fail", "describe-backup-vault"}, 0},
	"vault being made": {"", func(b *backedUp) {
		b.vault(primary, "lifeboat-prod", func(v *simbackup.Vault) { v.State = "CREATING" })
	}, "backup policy", doctor.Unknown, []string{"it is being made"}, 0},
	"no runs": {"a silence is no agreement", func(b *backedUp) { b.runs = func([]seen.BackupRun) []seen.BackupRun { return nil } },
		"backup policy", doctor.Unknown, []string{"rule hourly of plan lifeboat-prod", "AWS tells no run of it"}, 0},
	"fewer runs": {"the plan was reckoned with an hour, and AWS leaves one out", func(b *backedUp) {
		b.runs = func(all []seen.BackupRun) []seen.BackupRun {
			all[9].Rule = "another"
			return slices.Delete(all, 8, 9)
		}
	}, "backup policy", doctor.Wrong, []string{"does not run at 2026-11-02T12:00:00Z by AWS"}, 0},
	"stopped": {"its newest point in time is fresh for some minutes still", func(b *backedUp) {
		b.rds.Busy(b.orders, "stopped", 0)
		b.clock.Advance(time.Minute) // Describe shows an older status for a while
	},
		"automated backups", doctor.Wrong, []string{"is in the status stopped", "describe-db-instances"}, 0},
	"key lost": {"", func(b *backedUp) {
		b.rds.Busy(b.orders, "inaccessible-encryption-credentials", 0)
		b.clock.Advance(time.Minute)
	},
		"automated backups", doctor.Wrong, []string{"is in the status inaccessible-encryption-credentials"}, 0},
	"nothing matched": {"AWS Backup runs, and backs up nothing", func(b *backedUp) {
		b.backup.RemoveSelection(owner, primary, b.planID, b.backup.Plans(owner, primary)[0].Selections()[0].ID)
		b.selects(b.planID, simbackup.Selection{Name: "named", Resources: []string{ordersDB}})
	}, "backup policy", doctor.Wrong, []string{"orders/ledger-db", "no selection of 1 backup plan matches it"}, 0},
	"plan removed": {"", func(b *backedUp) { b.backup.RemovePlan(owner, primary, b.planID) },
		"backup policy", doctor.Wrong, []string{"no selection of 0 backup plans matches it", "REVERT_DRIFT"}, 2},
	"another's plan": {"of another deployment: its name only begins alike", func(b *backedUp) {
		b.backup.RemovePlan(owner, primary, b.planID)
		b.selects(b.setPlan("lifeboat-prod-x", hourly()), simbackup.Selection{Name: "all", Resources: []string{"*"}})
	}, "backup policy", doctor.Wrong, []string{"no selection of 0 backup plans"}, 3},
	"a team's plan": {"it selects everything, with eight hours to start in", func(b *backedUp) {
		b.besides("nightly-all", nil, simbackup.Selection{Resources: []string{"*"}})
	}, "backup policy", doctor.Wrong, []string{"orders/orders-db, orders/ledger-db", "plan nightly-all selects it too (by of-nightly-all-0), and its rule n (cron(0 2 * * ? *), starts within 8h) was not reckoned with",
		"NotResources", "backup.rules", "aws backup get-backup-plan --backup-plan-id nightly-all-plan --region eu-west-1 && aws backup list-backup-selections --backup-plan-id nightly-all-plan --region eu-west-1"}, 0},
	"a team's continuous plan": {"there is one snapshot a day beside it", func(b *backedUp) {
		b.besides("pitr", func(r *simbackup.Rule) { r.Continuous = true }, simbackup.Selection{Resources: []string{ledgerDB}})
	}, "backup policy", doctor.Wrong, []string{"orders/ledger-db plan pitr", "continuous) was not reckoned with", "a single snapshot a day"}, 0},
	"a team's plan like ours": {"it is a second job all the same", func(b *backedUp) {
		b.selects(b.setPlan("twin", hourly()), simbackup.Selection{Name: "all", Resources: []string{ordersDB}})
	}, "backup policy", doctor.Wrong, []string{"orders/orders-db plan twin", "rule hourly"}, 0},
	"a team's plan by tags": {"", func(b *backedUp) {
		b.besides("tagged", nil, simbackup.Selection{Tags: []simbackup.Tag{{Key: "backup", Value: "no"}}}, simbackup.Selection{Tags: []simbackup.Tag{{Key: "backup", Value: "yes"}}})
	}, "backup policy", doctor.Wrong, []string{"orders/orders-db plan tagged selects it too (by of-tagged-1)"}, 0},
	"a team's plan unread": {"AWS lists it, and shows no rule", func(b *backedUp) {
		b.besides("secret", nil, simbackup.Selection{Resources: []string{ordersDB}})
		b.forbidOf("GetBackupPlan", "secret-plan")
	}, "backup policy", doctor.Unknown, []string{"orders/orders-db plan secret selects it too, and its rules are not known", "it takes backup:GetBackupPlan"}, 0},
	"a team's selections unread": {"", func(b *backedUp) {
		b.besides("secret", nil, simbackup.Selection{Resources: []string{ordersDB}})
		b.forbidOf("ListBackupSelections", "secret-plan")
	}, "backup policy", doctor.Unknown, []string{"plan secret whether it backs up a database of the plan too is not known", "it takes backup:ListBackupSelections"}, 0},
	"tags unread": {"a team's plan goes by them, for one database", func(b *backedUp) {
		b.besides("tagged", nil, simbackup.Selection{Tags: []simbackup.Tag{{Key: "backup", Value: "yes"}}, NotResources: []string{ledgerDB}})
		b.forbid = "DescribeDBInstances"
	}, "backup policy", doctor.Unknown, []string{"orders/orders-db whether plan tagged has it too goes by its tags", "it takes rds:DescribeDBInstances"}, 2},
	"tags of all unread": {"it is said once of a plan", func(b *backedUp) {
		b.besides("tagged", nil, simbackup.Selection{Tags: []simbackup.Tag{{Key: "backup", Value: "yes"}}})
		b.forbid = "DescribeDBInstances"
	}, "backup policy", doctor.Unknown, []string{"orders/orders-db, orders/ledger-db whether plan tagged has it too goes by its tags"}, 2},
	"vault's key disabled": {"", func(b *backedUp) { b.kms.SetState(b.keyOf(primary, "lifeboat-prod"), simkms.Disabled) },
		"backup policy", doctor.Wrong, []string{"vault lifeboat-prod its key", "is disabled", "aws kms enable-key --key-id arn:aws:kms:eu-west-1:111122223333:key/", "--region eu-west-1"}, 0},
	"vault's key goes": {"with every copy", func(b *backedUp) {
		b.kms.SetState(b.keyOf(region, "lifeboat-prod-copies"), simkms.PendingDeletion)
	}, "backup policy", doctor.Wrong, []string{"vault lifeboat-prod-copies its key", "goes on 2026-12-02T03:17:00Z, and all that is encrypted with it for ever", "aws kms cancel-key-deletion --key-id arn:aws:kms:eu-central-1"}, 0},
	"vault's key without material": {"", func(b *backedUp) { b.kms.SetState(b.keyOf(primary, "lifeboat-prod"), "PendingImport") },
		"backup policy", doctor.Wrong, []string{"has no key material", "aws kms describe-key"}, 0},
	"vault's key is AWS's": {"another account is let in by none of these", func(b *backedUp) {
		b.vault(region, "lifeboat-prod-copies", func(v *simbackup.Vault) { v.Key = b.keyIn(owner, region, true) })
	}, "backup policy", doctor.Wrong, []string{"vault lifeboat-prod-copies", "is AWS's own", "describe-backup-vault"}, 0},
	"vault without a key": {"lifeboat makes it with one", func(b *backedUp) {
		b.vault(primary, "lifeboat-prod", func(v *simbackup.Vault) { v.Key = "" })
	}, "backup policy", doctor.Wrong, []string{"vault lifeboat-prod it names no key of yours"}, 0},
	"vault's key gone": {"", func(b *backedUp) {
		b.vault(primary, "lifeboat-prod", func(v *simbackup.Vault) { v.Key = "arn:aws:kms:eu-west-1:111122223333:key/gone" })
	}, "backup policy", doctor.Wrong, []string{"vault lifeboat-prod its key arn:aws:kms:eu-west-1:111122223333:key/gone is not there"}, 0},
	"no right: key": {"", func(b *backedUp) { b.forbid = "DescribeKey" }, "backup policy", doctor.Unknown, []string{"whether its key can be used is not known", "it takes kms:DescribeKey"}, 2},
	"schedule": {"the RPO was reckoned with another", func(b *backedUp) { b.changed(func(r *simbackup.Rule) { r.Schedule = "cron(0 0/6 * * ? *)" }) },
		"backup policy", doctor.Wrong, []string{"runs by cron(0 0/6 * * ? *), and the plan was reckoned with cron(0 * * * ? *)"}, 0},
	"time zone": {"", func(b *backedUp) { b.changed(func(r *simbackup.Rule) { r.Timezone = "Europe/Berlin" }) },
		"backup policy", doctor.Wrong, []string{"time zone Europe/Berlin"}, 0},
	"start window": {"AWS's own eight hours", func(b *backedUp) { b.changed(func(r *simbackup.Rule) { r.StartWindow = 0 }) },
		"backup policy", doctor.Wrong, []string{"starts within 8h, and the plan was reckoned with 1h"}, 0},
	"retention": {"", func(b *backedUp) { b.changed(func(r *simbackup.Rule) { r.Lifecycle.DeleteAfterDays = 8 }) },
		"backup policy", doctor.Wrong, []string{"keeps its recovery points for 8 days, and the plan was reckoned with 35 days"}, 0},
	"copies": {"nothing survives the region", func(b *backedUp) { b.changed(func(r *simbackup.Rule) { r.Copies = nil }) },
		"backup policy", doctor.Wrong, []string{"copies nothing to arn:aws:backup:eu-central-1:111122223333:backup-vault:lifeboat-prod-copies"}, 0},
	"copies elsewhere": {"", func(b *backedUp) {
		b.backup.SetVault(owner, "eu-north-1", simbackup.Vault{Name: "lifeboat-prod-copies"})
		b.changed(func(r *simbackup.Rule) {
			r.Copies[0].Vault = "arn:aws:backup:eu-north-1:111122223333:backup-vault:lifeboat-prod-copies"
		})
	}, "backup policy", doctor.Wrong, []string{"copies nothing to"}, 0},
	"copies kept shorter": {"", func(b *backedUp) { b.changed(func(r *simbackup.Rule) { r.Copies[0].Lifecycle.DeleteAfterDays = 7 }) },
		"backup policy", doctor.Wrong, []string{"keeps copies for 7 days"}, 0},
	"another vault": {"", func(b *backedUp) {
		b.backup.SetVault(owner, primary, simbackup.Vault{Name: "Default"})
		b.changed(func(r *simbackup.Rule) { r.Vault = "Default" })
	}, "backup policy", doctor.Wrong, []string{"into vault Default, and the plan wants them in lifeboat-prod"}, 0},
	"a rule too few": {"", func(b *backedUp) {
		b.changed(func(r *simbackup.Rule) { r.Name, r.Schedule = "daily", "cron(0 3 * * ? *)" })
	},
		"backup policy", doctor.Wrong, []string{"has no rule hourly"}, 2},
	"a rule too many": {"it keeps the hourly one from running", func(b *backedUp) {
		more := hourly()
		more.Name, more.Schedule, more.StartWindow, more.Lifecycle.DeleteAfterDays = "twice", "cron(0 0/12 * * ? *)", 8*time.Hour, 90
		b.setPlan("lifeboat-prod", hourly(), more)
	}, "backup policy", doctor.Wrong, []string{"has a rule twice", "not reckoned with"}, 0},
	"vault removed": {"", func(b *backedUp) { b.backup.RemoveVault(owner, region, "lifeboat-prod-copies") },
		"backup policy", doctor.Wrong, []string{"vault lifeboat-prod-copies", "there is no such vault"}, 0},
	"not locked": {"", func(b *backedUp) { b.vault(primary, "lifeboat-prod", func(v *simbackup.Vault) { v.Lock = nil }) },
		"backup policy", doctor.Wrong, []string{"vault lifeboat-prod", "not locked", "compliance"}, 0},
	"governance": {"an administrator takes it off", func(b *backedUp) {
		b.vault(primary, "lifeboat-prod", func(v *simbackup.Vault) { v.Lock = &simbackup.Lock{MinDays: 7, MaxDays: 90} })
	}, "backup policy", doctor.Wrong, []string{"its lock is of governance, and the plan wants compliance"}, 0},
	"lock's minimum": {"", func(b *backedUp) {
		b.vault(primary, "lifeboat-prod", func(v *simbackup.Vault) { v.Lock = &simbackup.Lock{MinDays: 1, MaxDays: 90, Date: v.Lock.Date} })
	}, "backup policy", doctor.Wrong, []string{"takes what is kept for 1 day, and the plan wants 7 days at least"}, 0},
	"lock's maximum": {"", func(b *backedUp) {
		b.vault(primary, "lifeboat-prod", func(v *simbackup.Vault) { v.Lock = &simbackup.Lock{MinDays: 7, Date: v.Lock.Date} })
	}, "backup policy", doctor.Wrong, []string{"takes what is kept for ever, and the plan wants 90 days at most"}, 0},
	"lock refuses": {"each copy fails", func(b *backedUp) {
		b.vault(region, "lifeboat-prod-copies", func(v *simbackup.Vault) { v.Lock = &simbackup.Lock{MinDays: 7, MaxDays: 50, Date: v.Lock.Date} })
	}, "backup policy", doctor.Wrong, []string{"keeps its recovery points for 60 days: those jobs fail"}, 0},
	"no policy": {"whoever may can delete", func(b *backedUp) {
		b.vault(region, "lifeboat-prod-copies", func(v *simbackup.Vault) { v.Policy = nil })
	},
		"backup policy", doctor.Wrong, []string{"does not deny everybody backup:DeleteRecoveryPoint"}, 0},
	"policy for one": {"of one role only", func(b *backedUp) {
		b.vault(region, "lifeboat-prod-copies", func(v *simbackup.Vault) {
			v.Policy = json.RawMessage(strings.Replace(nobodyDeletes, `{"AWS":"*"}`, `{"AWS":"arn:aws:iam::111122223333:role/intern"}`, 1))
		})
	}, "backup policy", doctor.Wrong, []string{"does not deny everybody"}, 0},
	"policy but administrators": {"", func(b *backedUp) {
		b.vault(region, "lifeboat-prod-copies", func(v *simbackup.Vault) {
			v.Policy = json.RawMessage(strings.Replace(nobodyDeletes, `role/lifeboat-prod-removal`, `role/admin*`, 1))
		})
	}, "backup policy", doctor.Wrong, []string{"does not deny everybody"}, 0},
	"nobody told": {"", func(b *backedUp) {
		b.vault(primary, "lifeboat-prod", func(v *simbackup.Vault) { v.Notify = simbackup.Notifications{} })
	}, "backup policy", doctor.Wrong, []string{"tells nobody of CONTINUOUS_BACKUP_INTERRUPTED"}, 0},
	"automated off": {"", func(b *backedUp) { b.orders.RetentionDays = 0 },
		"automated backups", doctor.Wrong, []string{"has no automated backups", "aws rds modify-db-instance --db-instance-identifier orders-prod --backup-retention-period 35 --region eu-west-1"}, 0},
	"logs stopped": {"", func(b *backedUp) { b.orders.LogsStoppedAt = b.clock.Now().Add(-2 * time.Hour) },
		"automated backups", doctor.Wrong, []string{"its newest point in time lies 2h back, and the plan counts on 10m"}, 0},
	"maintenance": {"it was reckoned otherwise", func(b *backedUp) { b.orders.MaintenanceWindow = "sun:04:00-sun:04:30" },
		"automated backups", doctor.Wrong, []string{"maintenance window is sun:04:00-sun:04:30", "--preferred-maintenance-window sat:22:00-sat:22:30"}, 0},
	"instance gone": {"", func(b *backedUp) { b.plan.Workloads[0].Databases[0].Source = "orders-old" },
		"automated backups", doctor.Wrong, []string{"there is no instance orders-old"}, 2},
	"not replicated": {"", func(b *backedUp) { b.replica.InstanceARN = "arn:aws:rds:eu-west-1:111122223333:db:another" },
		"automated backups", doctor.Wrong, []string{"orders/orders-db in eu-central-1", "not replicated", "aws rds start-db-instance-automated-backups-replication --source-db-instance-arn " + ordersDB +
			" --backup-retention-period 14 --region eu-central-1 --kms-key-id arn:aws:kms:eu-central-1:111122223333:alias/aws/rds --source-region eu-west-1"}, 0},
	"replication stopped": {"", func(b *backedUp) { b.replica.Status = "stopped" },
		"automated backups", doctor.Wrong, []string{`its replication is "stopped"`}, 0},
	"replication lags": {"", func(b *backedUp) { b.replica.Lag = 3 * time.Hour },
		"automated backups", doctor.Wrong, []string{"lies 3h back, and the plan counts on 20m"}, 0},
	"catches all": {"a team backs up everything for a year", func(b *backedUp) { b.others(simbackup.Selection{Resources: []string{"*"}}) },
		"selections", doctor.Wrong, []string{"plan nightly-all", "everything (*) would back up the copies of drills of orders/orders-db: exclude arn:aws:rds:*:*:db:lifeboat-prod-*",
			"aws backup create-backup-selection --region eu-central-1 --backup-plan-id team-plan", "delete-backup-selection --backup-plan-id team-plan --selection-id team-selection"}, 0},
	"catches by tag": {"the plan's own tags are the copies' too", func(b *backedUp) {
		b.others(simbackup.Selection{Tags: []simbackup.Tag{{Key: "CostCenter", Value: "4711"}}})
	}, "selections", doctor.Wrong, []string{"tag CostCenter=4711"}, 0},
	"catches by conditions": {"", func(b *backedUp) {
		b.others(simbackup.Selection{Resources: []string{"arn:aws:rds:*:*:db:*"}, Conditions: simbackup.Conditions{StringNotLike: []simbackup.Tag{{Key: "aws:ResourceTag/stage", Value: "t*"}}}})
	}, "selections", doctor.Wrong, []string{"where StringNotLike stage=t*"}, 0},
	"bucket gone": {"", func(b *backedUp) { b.plan.Workloads[0].Databases[2].Backup.Bucket.Name = "dumps-old" }, "buckets", doctor.Wrong, []string{"bucket dumps-old", "is not there"}, 0},
	"no versions": {"", func(b *backedUp) {
		b.s3.SetKept("dumps-prod", sims3.Kept{Mode: "GOVERNANCE", Days: 35, Suspended: true})
	}, "buckets", doctor.Wrong, []string{"keeps no versions"}, 0},
	"no object lock":  {"", func(b *backedUp) { b.s3.SetObjectLock("dumps-prod", false) }, "buckets", doctor.Wrong, []string{"has no Object Lock", `"Mode":"GOVERNANCE","Days":35`}, 0},
	"no default lock": {"writers may say their own", func(b *backedUp) { b.s3.SetKept("dumps-prod", sims3.Kept{}) }, "buckets", doctor.Unknown, []string{"locks nothing by itself"}, 0},
	"shorter lock":    {"", func(b *backedUp) { b.s3.SetKept("dumps-prod", sims3.Kept{Mode: "GOVERNANCE", Days: 7}) }, "buckets", doctor.Wrong, []string{"for 7 days, and the plan wants 35 days"}, 0},
	"weaker lock": {"", func(b *backedUp) {
		b.plan.Workloads[0].Databases[2].Backup.Bucket.ObjectLock = plan.ImmutabilityCompliance
	}, "buckets", doctor.Wrong, []string{"locks by governance, and the plan wants compliance"}, 0},
	"no right: opt-in": {"", func(b *backedUp) { b.forbid = "DescribeRegionSettings" }, "backup settings", doctor.Unknown, []string{"it takes backup:DescribeRegionSettings"}, 2},
	"no right: plans":  {"", func(b *backedUp) { b.forbid = "ListBackupPlans" }, "backup policy", doctor.Unknown, []string{"it takes backup:ListBackupPlans"}, 2},
	"no right: plan":   {"", func(b *backedUp) { b.forbid = "GetBackupPlan" }, "backup policy", doctor.Unknown, []string{"it takes backup:GetBackupPlan"}, 0},
	"no right: vault":  {"", func(b *backedUp) { b.forbid = "DescribeBackupVault" }, "backup policy", doctor.Unknown, []string{"it takes backup:DescribeBackupVault"}, 2},
	"no right: policy": {"", func(b *backedUp) { b.forbid = "GetBackupVaultAccessPolicy" }, "backup policy", doctor.Unknown, []string{"it takes backup:GetBackupVaultAccessPolicy"}, 2},
	"no right: told":   {"", func(b *backedUp) { b.forbid = "GetBackupVaultNotifications" }, "backup policy", doctor.Unknown, []string{"it takes backup:GetBackupVaultNotifications"}, 2},
	"no right: instance": {"", func(b *backedUp) { b.forbid = "DescribeDBInstances" },
		"automated backups", doctor.Unknown, []string{"it takes rds:DescribeDBInstances"}, 0},
	"no right: replication": {"", func(b *backedUp) { b.forbid = "DescribeDBInstanceAutomatedBackups" },
		"automated backups", doctor.Unknown, []string{"it takes rds:DescribeDBInstanceAutomatedBackups"}, 0},
	"no right: lock": {"", func(b *backedUp) { b.forbid = "GetObjectLockConfiguration" }, "buckets", doctor.Unknown, []string{"it takes s3:GetBucketObjectLockConfiguration"}, 0},
}

// changed changes the rule of the plan.
func (b *backedUp) changed(change func(*simbackup.Rule)) {
	r := hourly()
	change(&r)
	b.setPlan("lifeboat-prod", r)
}

func TestFindsEachTroubleOfBackups(t *testing.T) {
	for name, c := range backupTroubles {
		t.Run(name, func(t *testing.T) {
			b := newBackedUp(t)
			c.plant(b)
			r := b.examine()
			n, said := 0, false
			for _, l := range r.Lines {
				if l.State == doctor.OK {
					continue
				}
				n++
				text := strings.Join([]string{l.Subject, l.What, l.Command}, " ")
				said = said || l.Area == c.area && l.State == c.state && !slices.ContainsFunc(c.texts, func(part string) bool { return !strings.Contains(text, part) })
				if l.Command == "" {
					t.Errorf("nothing to do about it: %s", text)
				}
			}
			if !said || n != max(c.lines, 1) {
				t.Errorf("%s: %d lines are not ok, want %d; found %t:\n%s", c.reason, n, max(c.lines, 1), said, textOf(r))
			}
		})
	}
}

// lines of an area that are not ok.
func (b *backedUp) troubles(area string) (lines []doctor.Line) {
	for _, l := range b.examine().Lines {
		if l.Area == area && l.State != doctor.OK {
			lines = append(lines, l)
		}
	}
	return lines
}

// crossed is a plan whose databases are another account's than the deployment: owner's
// they are, other's is the recovery.
func crossed(t *testing.T) *backedUp {
	b := newBackedUp(t)
	b.plan.Accounts = &plan.Accounts{Primary: owner, Recovery: other}
	b.caller = other
	b.backup.OptIn(other, region, "RDS", true)
	b.backup.Crossing(true)
	b.backup.SetVault(other, region, simbackup.Vault{Name: "lifeboat-prod-copies", Key: b.keyIn(other, region, false), Lock: &simbackup.Lock{MinDays: 7, MaxDays: 90, Date: b.clock.Now().Add(-day)}, Policy: json.RawMessage(
		strings.Replace(nobodyDeletes, `"Statement":[`, `"Statement":[{"Sid":"CopiesOfTheOwner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Resource":"*","Action":["backup:CopyIntoBackupVault"]},`, 1))})
	return b
}

// What lies in another account is not wrong: nobody here can ask. The command signs in
// there.
func TestBackupsOfAnotherAccount(t *testing.T) {
	b := crossed(t)
	r := b.examine()
	elsewhere := map[string]bool{}
	for _, l := range r.Lines {
		if l.State == doctor.OK || l.Area == "buckets" { // which lie in the owner's account here
			continue
		}
		elsewhere[l.Area+", "+l.Subject] = true
		want := "aws login --profile account-111122223333 && AWS_PROFILE=account-111122223333 lifeboat doctor --aws --plan lifeboat.yaml --only '" + l.Area + "'"
		if l.State != doctor.Unknown || l.Command != want {
			t.Errorf("%+v", l)
		}
	}
	want := map[string]bool{
		"backup settings, opt-in in eu-west-1": true, "backup policy, plans in eu-west-1": true, "backup policy, vault lifeboat-prod": true, "automated backups, orders/orders-db": true,
	}
	if diff := cmp.Diff(want, elsewhere); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(textOf(r), "the organization lets its accounts copy backups into each other") {
		t.Error(textOf(r))
	}
}

func TestCopiesIntoAnotherAccount(t *testing.T) {
	for name, c := range map[string]struct {
		plant func(*backedUp)
		area  string
		text  string
		want  string // of the command
	}{
		"not let by the organization": {func(b *backedUp) { b.backup.Crossing(false) }, "backup settings", "does not let its accounts copy backups into each other", "aws backup update-global-settings --global-settings isCrossAccountBackupEnabled=true --region eu-central-1"},
		"not let in": {func(b *backedUp) {
			v := *b.backup.Vault(other, region, "lifeboat-prod-copies")
			v.Policy = json.RawMessage(nobodyDeletes)
			b.backup.SetVault(other, region, v)
		}, "backup policy", "does not let account 111122223333 copy into it", "create-change-set"},
		"no right": {func(b *backedUp) { b.forbid = "DescribeGlobalSettings" }, "backup settings", "it takes backup:DescribeGlobalSettings", "aws backup describe-global-settings --region eu-central-1"},
	} {
		t.Run(name, func(t *testing.T) {
			b := crossed(t)
			c.plant(b)
			if !slices.ContainsFunc(b.troubles(c.area), func(l doctor.Line) bool {
				return strings.Contains(l.What, c.text) && strings.Contains(l.Command, c.want)
			}) {
				t.Error(textOf(b.examine()))
			}
		})
	}
}

// adopted is a plan that lifeboat did not make and only compares.
func adopted(t *testing.T) *backedUp {
	b := newBackedUp(t)
	no := false
	b.plan.Backup.Manage, b.plan.Backup.Plan, b.plan.Backup.Vault, b.plan.Backup.RecoveryVault = &no, b.planID, "lifeboat-prod", "lifeboat-prod-copies"
	b.vault(primary, "lifeboat-prod", func(v *simbackup.Vault) {
		v.Notify = simbackup.Notifications{Topic: "arn:aws:sns:eu-west-1:111122223333:team", Events: []string{"BACKUP_JOB_FAILED", "BACKUP_JOB_EXPIRED", "COPY_JOB_FAILED"}}
	})
	return b
}

func TestAdoptedBackups(t *testing.T) {
	if r := adopted(t).examine(); !r.Healthy() {
		t.Error(textOf(r))
	}
	for name, c := range map[string]struct {
		plant func(*backedUp)
		state doctor.State
		text  string
		want  string // of the command
	}{
		"deleted": {func(b *backedUp) { b.plan.Backup.Plan = "gone" }, doctor.Wrong, "there is no backup plan of this id", "aws backup list-backup-plans --region eu-west-1"},
		"schedule": {func(b *backedUp) { b.changed(func(r *simbackup.Rule) { r.Schedule = "cron(0 5 * * ? *)" }) }, doctor.Wrong, "runs by cron(0 5 * * ? *)",
			"aws backup get-backup-plan --backup-plan-id "},
		"not selected": {func(b *backedUp) {
			b.backup.RemoveSelection(owner, primary, b.planID, b.backup.Plans(owner, primary)[0].Selections()[0].ID)
			b.selects(b.planID, simbackup.Selection{Name: "n", Resources: []string{ordersDB}})
		}, doctor.Wrong, "no selection of 1 backup plan matches it", "aws backup create-backup-selection --backup-plan-id "},
		"not locked": {func(b *backedUp) { b.vault(primary, "lifeboat-prod", func(v *simbackup.Vault) { v.Lock = nil }) }, doctor.Wrong, "it is not locked",
			"aws backup put-backup-vault-lock-configuration --backup-vault-name lifeboat-prod --min-retention-days 7 --max-retention-days 90 --region eu-west-1 --changeable-for-days 3"},
		"no policy": {func(b *backedUp) { b.vault(primary, "lifeboat-prod", func(v *simbackup.Vault) { v.Policy = nil }) }, doctor.Wrong, "does not deny everybody",
			`aws backup put-backup-vault-access-policy --backup-vault-name lifeboat-prod --policy '{"Version":"2012-10-17","Statement":[{"Action":["backup:DeleteRecoveryPoint","backup:UpdateRecoveryPointLifecycle"],"Effect":"Deny"`},
		"vault": {func(b *backedUp) { b.plan.Backup.Vault = "team-vault" }, doctor.Wrong, "there is no such vault", "aws backup create-backup-vault --backup-vault-name team-vault --region eu-west-1"},
		"told by other means": {func(b *backedUp) {
			b.vault(primary, "lifeboat-prod", func(v *simbackup.Vault) { v.Notify = simbackup.Notifications{} })
		}, doctor.Unknown, "whether somebody is told by other means is not known", "aws backup get-backup-vault-notifications --backup-vault-name lifeboat-prod --region eu-west-1"},
	} {
		t.Run(name, func(t *testing.T) {
			b := adopted(t)
			c.plant(b)
			if !slices.ContainsFunc(b.troubles("backup policy"), func(l doctor.Line) bool {
				return l.State == c.state && strings.Contains(l.What, c.text) && strings.Contains(l.Command, c.want)
			}) {
				t.Error(textOf(b.examine()))
			}
		})
	}
}

// With no plan named, and none made, all that select a database are those that were
// reckoned with; with one named the others are not.
func TestAdoptedBackupsBesideAnother(t *testing.T) {
	b := adopted(t)
	b.besides("nightly-all", nil, simbackup.Selection{Resources: []string{"*"}})
	lines := b.troubles("backup policy")
	if len(lines) != 1 || lines[0].State != doctor.Wrong || !strings.Contains(lines[0].What, "plan nightly-all selects it too") || !strings.Contains(lines[0].What, "or leave out backup.plan") {
		t.Errorf("%+v", lines)
	}
	b.plan.Backup.Plan = ""
	if lines := b.troubles("backup policy"); len(lines) != 1 || !strings.Contains(lines[0].What, "plan nightly-all has a rule n (cron(0 2 * * ? *)) that the plan does not") {
		t.Errorf("%+v", lines)
	}
	b = adopted(t)
	b.forbid = "ListBackupPlans"
	lines = b.troubles("backup policy")
	if len(lines) != 1 || lines[0].State != doctor.Unknown || !strings.Contains(lines[0].What, "select a database of the plan is not known: may not read") || !strings.Contains(textOf(b.examine()), "has 1 rule, as the plan was reckoned with") {
		t.Errorf("%+v", lines)
	}
	b = adopted(t) // a vault that is another's and names no key is as its owner made it
	b.vault(primary, "lifeboat-prod", func(v *simbackup.Vault) { v.Key = "" })
	if lines := b.troubles("backup policy"); len(lines) > 0 {
		t.Errorf("%+v", lines)
	}
}

// Another's plan that leaves the databases out is well, and said to be.
func TestOtherPlansThatSelectNoneOfThePlans(t *testing.T) {
	b := newBackedUp(t)
	b.besides("empty", nil)
	b.besides("careful", nil, simbackup.Selection{Resources: []string{"*"}, NotResources: []string{ordersDB, ledgerDB}},
		simbackup.Selection{Resources: []string{"arn:aws:rds:*:*:db:*"}, Conditions: simbackup.Conditions{StringEquals: []simbackup.Tag{{Key: "aws:ResourceTag/team", Value: "b"}}}})
	if r := b.examine(); !r.Healthy() || !strings.Contains(textOf(r), "none of 2 other backup plans selects a database whose rules the plan declares") {
		t.Error(textOf(r))
	}
}

// Where selections go by tags, the instance's are asked for.
func TestSelectionsByTags(t *testing.T) {
	b := adopted(t)
	b.backup.RemoveSelection(owner, primary, b.planID, b.backup.Plans(owner, primary)[0].Selections()[0].ID)
	b.selects(b.planID, simbackup.Selection{Name: "n", Resources: []string{ledgerDB}, Tags: []simbackup.Tag{{Key: "backup", Value: "yes"}}})
	if r := b.examine(); !r.Healthy() {
		t.Error(textOf(r))
	}
	b.forbid = "DescribeDBInstances"
	lines := b.troubles("backup policy")
	if len(lines) != 2 || lines[0].State != doctor.Unknown || !strings.Contains(lines[0].What, "goes by its tags: may not read instance orders-prod: it takes rds:DescribeDBInstances") {
		t.Errorf("%+v", lines)
	}
}

// AWS reads a schedule otherwise than it was simulated: nobody would notice by the text.
func TestSchedulesAsAWSReadsThem(t *testing.T) {
	b := newBackedUp(t)
	b.clock.Advance(13*time.Minute + 30*time.Second) // 03:30:30
	if lines := b.troubles("backup policy"); len(lines) > 0 {
		t.Errorf("%+v", lines)
	}
	b.next = func(rules []plan.BackupRule, from time.Time, n int) []time.Time {
		times := budget.Preview(rules, from, n)
		times[2] = times[2].Add(time.Hour)
		return times
	}
	lines := b.troubles("backup policy")
	if len(lines) != 1 || !strings.Contains(lines[0].What, "runs next at 2026-11-02T06:00:00Z by AWS, and the plan was reckoned with 2026-11-02T07:00:00Z") {
		t.Errorf("%+v", lines)
	}
}

// AWS tells ten runs of a plan, of all its rules together: a rule that runs less often
// than others is not in them, and must not be missed before their end.
func TestRulesThatAWSTellsNoRunOf(t *testing.T) {
	weekly := plan.BackupRule{Name: "weekly", Schedule: "cron(0 5 ? * SUN *)", Retention: daysOf(35)}
	no := false
	weekly.Copy = &no
	made := hourly()
	made.Name, made.Schedule, made.Copies = weekly.Name, weekly.Schedule, nil
	b := newBackedUp(t)
	b.plan.Backup.Rules = append(b.plan.Backup.Rules, weekly)
	b.setPlan("lifeboat-prod", hourly(), made)
	if lines := b.troubles("backup policy"); len(lines) > 0 || !strings.Contains(textOf(b.examine()), "AWS tells its next 10 runs, and weekly comes after them in both") {
		t.Error(textOf(b.examine()))
	}
	b.next = func(rules []plan.BackupRule, from time.Time, n int) []time.Time {
		if rules[0].Name == weekly.Name {
			rules[0].Schedule = "cron(30 5 * * ? *)"
		}
		return budget.Preview(rules, from, n)
	}
	if lines := b.troubles("backup policy"); len(lines) != 1 || lines[0].State != doctor.Wrong || !strings.Contains(lines[0].What, "rule weekly of plan lifeboat-prod does not run at 2026-11-02T05:30:00Z by AWS") {
		t.Errorf("%+v", lines)
	}
}

// A bucket of us-east-1 is made without its name, which S3 refuses.
func TestABucketToBeMade(t *testing.T) {
	for in, want := range map[string]string{
		region:      "aws s3api create-bucket --bucket dumps-old --object-lock-enabled-for-bucket --create-bucket-configuration LocationConstraint=eu-central-1 --region eu-central-1",
		"us-east-1": "aws s3api create-bucket --bucket dumps-old --object-lock-enabled-for-bucket --region us-east-1",
	} {
		b := newBackedUp(t)
		b.plan.Regions.Recovery = in
		*b.plan.Workloads[0].Databases[2].Backup.Bucket = plan.DumpBucket{Name: "dumps-old"}
		if lines := b.troubles("buckets"); len(lines) != 1 || lines[0].Command != want {
			t.Errorf("%+v", lines)
		}
	}
}

// Who may read nothing knows nothing, and is told what it takes.
func TestBackupsWithoutPermissions(t *testing.T) {
	b := newBackedUp(t)
	b.forbid = "*"
	r := b.examine()
	for _, l := range r.Lines {
		if l.State != doctor.Unknown || !strings.Contains(l.What, "it takes ") || l.Command == "" {
			t.Errorf("%+v", l)
		}
	}
	if len(r.Lines) != 8 {
		t.Errorf("%d lines", len(r.Lines))
	}
}

// A fleet that is backed up alike has one line of its plan.
func TestBackupsOfAFleet(t *testing.T) {
	b := newBackedUp(t)
	w := &b.plan.Workloads[0]
	for i := range 30 {
		d := w.Databases[1]
		d.Name, d.Source = fmt.Sprintf("db-%02d", i), fmt.Sprintf("db-%02d", i)
		w.Databases = append(w.Databases, d)
	}
	b.selects(b.planID, simbackup.Selection{Name: "rest", Resources: []string{"arn:aws:rds:eu-west-1:111122223333:db:db-*"}})
	r := b.examine()
	if !r.Healthy() || len(r.Lines) != 9 || !strings.Contains(textOf(r), "and 26 more") {
		t.Error(textOf(r))
	}
}

// The page shows what it takes to look at backups: every action, and no other.
func TestPermissionsForBackups(t *testing.T) {
	page, err := os.ReadFile("../../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown struct {
		Statement []struct {
			Sid    string
			Action []string
		}
	}
	if _, rest, found := strings.Cut(string(page), "```json\n"); !found || json.NewDecoder(strings.NewReader(rest)).Decode(&shown) != nil {
		t.Fatal("the page shows no policy")
	}
	called := map[string]bool{}
	alone := newBackedUp(t)
	alone.others(simbackup.Selection{Resources: []string{"*"}})
	for _, b := range []*backedUp{alone, crossed(t)} {
		b.examine()
		for _, call := range b.cloud.Calls() {
			// The action of this one is called otherwise than the operation.
			// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
			called[strings.Replace(call.Service+":"+call.Operation, "s3:GetObjectLock", "s3:GetBucketObjectLock", 1)] = true
		}
	}
	want := map[string]bool{}
	for _, s := range shown.Statement {
		for _, action := range s.Action {
			if s.Sid == "LookAtBackups" {
				want[action] = true
			}
		}
	}
	if diff := cmp.Diff(want, called); diff != "" {
		t.Errorf("(-shown +called):\n%s", diff)
	}
}
