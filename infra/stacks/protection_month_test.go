package stacks_test

import (
	"context"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	simbackup "github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// guarded is the example whose database is copied hourly, and whose tags have a
// bucket backed up continuously.
func guarded(t *testing.T) plan.Plan {
	p, yes, no := managed(t), true, false
	p.Backup.Tagged = map[string]string{"Backup": "yes"}
	p.Backup.Rules = []plan.BackupRule{{Name: "continuous", Schedule: "cron(0 1 * * ? *)", Continuous: true, Copy: &no}}
	p.Workloads[0].Databases[0].Backup = &plan.DatabaseBackup{
		MaintenanceWindow: "sun:04:00-sun:04:30", Rules: []plan.BackupRule{{Name: "every-2h", Schedule: "cron(0 0/2 * * ? *)", Copy: &yes}},
	}
	return p
}

// guardedMonth is the deployment of a plan, with what its protection monitor says.
type guardedMonth struct {
	*template.World
	t                *testing.T
	instance, bucket string
	vault            deployed.Vault
}

// findings are the codes that a monitor with the rights of an operator finds now. The
// deployed one looks with its own, and is what the alarm listens to.
func (m guardedMonth) findings() (codes []string) {
	m.t.Helper()
	where, p := m.Where(), guarded(m.t)
	there := backup.New(m.SDK(p.Regions.Primary))
	out, err := rounds.ProtectionMonitor{
		Names: deployed.Names{Deployment: p.Deployment, Account: where.Account, Region: where.Region}, Plan: p.Normalised(), Jobs: there, Primary: there, Home: backup.New(m.SDK(where.Region)),
		Automated: rds.New(rds.Options{Config: m.SDK, Account: where.Account}), Buckets: s3.NewNotifications(m.SDK(p.Regions.Primary)), Metrics: nowhere{}, Clock: m,
	}.Handle(m.t.Context(), rounds.ProtectionMonitorIn{})
	if err != nil {
		m.t.Fatal(err)
	}
	for _, f := range out.Findings {
		codes = append(codes, f.Code)
	}
	return codes
}

// nowhere takes figures and publishes none.
type nowhere struct{}

func (nowhere) Publish(context.Context, []drill.Metric) error { return nil }

// until lets time pass until something is so, for as long as it may take.
func (m guardedMonth) until(within, every time.Duration, is func() bool) bool {
	m.t.Helper()
	for since := time.Duration(0); since < within; since += every {
		if is() {
			return true
		}
		if err := m.Pass(every); err != nil {
			m.t.Fatal(err)
		}
	}
	return is()
}

// told are the messages about an alarm since a moment.
func (m guardedMonth) told(alarm string, since time.Time) (n int) {
	for _, address := range m.Addresses() {
		for _, mail := range m.Inbox(address) {
			if mail.At.After(since) && strings.Contains(mail.Subject, alarm) {
				n++
			}
		}
	}
	return n
}

var aMonth = flag.Bool("month", false, "let a month of silent successes pass")

// A month in which everything that AWS reports as done and is not happens once.
// Each is found by its code, shows in the figure, and somebody is told of it.
func TestAMonthOfSilentSuccesses(t *testing.T) {
	if !*aMonth {
		t.Skip("a month passes, in minutes: make soak, or go test ./infra/stacks -run TestAMonthOfSilentSuccesses -month; TestEachSilentSuccessIsFound has it without the deployment")
	}
	a, err := synthesize(t, guarded(t), false, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := open(t, a.folder, nil)
	backups, _ := deployed.Names{Deployment: "prod", Account: account, Region: w.Where().Region}.Vaults(guarded(t))
	m := guardedMonth{World: w, t: t, bucket: "arn:aws:s3:::dumps", vault: backups, instance: "arn:aws:rds:eu-west-1:" + account + ":db:" + guarded(t).Workloads[0].Databases[0].Source}
	w.Cloud().S3.CreateBucket(account, "eu-west-1", "dumps")
	w.Cloud().S3.SendEvents("dumps", true)
	w.Cloud().Backup.AddResource(account, "eu-west-1", simbackup.Resource{ARN: m.bucket, Type: "S3", Name: "dumps", Tags: map[string]string{"Backup": "yes"}, Key: "arn:aws:kms:eu-west-1:" + account + ":key/dumps"})
	if !m.until(3*24*time.Hour, 2*time.Hour, func() bool {
		return w.Now().Sub(w.Now().Truncate(24*time.Hour)) > 0 && len(m.findings()) == 0 && len(w.Cloud().Backup.Arrived(account, "eu-west-1", backups.Name)) > 3
	}) {
		t.Fatalf("all is well, and it says %v", m.findings())
	}
	for _, s := range protection.SilentSuccesses() {
		t.Run(s.Code, func(t *testing.T) {
			m.t = t
			m.once(simbackup.Code(s.Code))
		})
	}
	for _, trouble := range w.Troubles() {
		t.Logf("%s", trouble)
	}
}

// ofBuckets are the codes that happen to the bucket; the others do to the database.
var ofBuckets = []simbackup.Code{simbackup.FallbackSnapshot, simbackup.ContinuousStopped, simbackup.ContinuousNeverBegan, simbackup.NotificationsOff, simbackup.ObjectsMissing}

// once lets it happen, and all be well again.
func (m guardedMonth) once(code simbackup.Code) {
	cloud, of := m.Cloud(), m.instance
	switch {
	case slices.Contains(ofBuckets, code):
		of = m.bucket
	case code == simbackup.LockWeaker:
		of = m.vault.ARN()
	case code == simbackup.NotInAirGappedVault:
		m.t.Skip("no plan with databases of today's kinds can ask for it: TestNotInTheAirGappedVault of pkg/rounds has it over the simulated AWS Backup")
	}
	began := m.Now()
	lock := *cloud.Backup.Vault(account, m.vault.Region, m.vault.Name).Lock
	if err := cloud.Backup.Upset(code, of); err != nil {
		m.t.Fatal(err)
	}
	cloud.S3.SendEvents("dumps", code != simbackup.NotificationsOff)
	calm := func() {
		cloud.Backup.Calm(code, of)
		cloud.S3.SendEvents("dumps", true)
		cloud.Backup.Vault(account, m.vault.Region, m.vault.Name).Lock = &lock
	}
	defer calm()
	if !m.until(12*24*time.Hour, 40*time.Minute, func() bool { return slices.Contains(m.findings(), string(code)) }) {
		m.t.Fatalf("it was not found: %v", m.findings())
	}
	found := m.Now().Sub(began)
	if !m.until(2*time.Hour, protection.Period, func() bool { return m.told("lifeboat-prod-protection-findings", began) > 0 }) {
		m.t.Errorf("nobody was told: %v", m.findings())
	}
	m.t.Logf("found after %s, told after %s", found, m.Now().Sub(began))
	calm()
	if !m.until(4*24*time.Hour, 2*time.Hour, func() bool { return len(m.findings()) == 0 }) {
		m.t.Errorf("it is mended, and it says %v", m.findings())
	}
	if err := m.Pass(time.Hour); err != nil { // the alarm is over
		m.t.Fatal(err)
	}
}
