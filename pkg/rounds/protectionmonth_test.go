package rounds_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simbackup "github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const dumps = "arn:aws:s3:::dumps"

// bucketEvents of the one bucket there is.
type bucketEvents struct{ on bool }

func (b *bucketEvents) SendsEvents(context.Context, string) (bool, error) { return b.on, nil }

// silences is the simulated AWS Backup with a database that is copied every two hours
// and a bucket that is backed up continuously.
type silences struct {
	t       *testing.T
	clock   *clock.Virtual
	service *simbackup.Service
	plan    plan.Plan
	monitor rounds.ProtectionMonitor
	events  *bucketEvents
	sink    *published
}

func newSilences(t *testing.T, gapped bool) *silences {
	t.Helper()
	yes, no := true, false
	s := &silences{t: t, clock: clock.NewVirtual(time.Date(2026, 11, 2, 0, 30, 0, 0, time.UTC)), events: &bucketEvents{on: true}, sink: &published{}, plan: protectedPlan()}
	s.service = simbackup.NewWith(simbackup.Options{Clock: s.clock, Behaviour: simbackup.Default})
	days := plan.Duration(35 * 24 * time.Hour)
	s.plan.Workloads[0].Databases[0].Backup = &plan.DatabaseBackup{Rules: []plan.BackupRule{{Name: "every-2h", Schedule: "cron(0 0/2 * * ? *)", Copy: &yes, Retention: days, CopyRetention: days}}}
	s.plan.Backup.Rules = []plan.BackupRule{{Name: "continuous", Schedule: "cron(0 1 * * ? *)", Continuous: true, Copy: &no, Retention: days}}
	s.plan.Backup.Tagged = map[string]string{"Backup": "yes"}
	names := deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}
	backups, copies := names.Vaults(s.plan)
	lock := simbackup.Lock{MinDays: 35, MaxDays: 100}
	denies := []byte(`{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"], "Resource": "*"}]}`)
	for _, v := range []deployed.Vault{backups, copies} {
		own := lock
		s.service.SetVault(v.Account, v.Region, simbackup.Vault{Name: v.Name, Key: "arn:aws:kms:" + v.Region + ":111122223333:key/vault", Lock: &own, Policy: denies, AirGapped: gapped && v == copies})
	}
	s.service.AddResource("111122223333", "eu-west-1", simbackup.Resource{ARN: protected, Type: "RDS", Name: "orders-prod", Tags: map[string]string{"Stage": "prod"}, Key: "arn:aws:kms:eu-west-1:111122223333:key/orders"})
	s.service.AddResource("111122223333", "eu-west-1", simbackup.Resource{ARN: dumps, Type: "S3", Name: "dumps", Key: "arn:aws:kms:eu-west-1:111122223333:key/dumps"})
	s.service.OptIn("111122223333", "eu-west-1", "S3", true)
	kept := simbackup.Lifecycle{DeleteAfterDays: 35}
	hourly := simbackup.Rule{Name: "every-2h", Vault: backups.Name, Schedule: "cron(0 0/2 * * ? *)", StartWindow: time.Hour, Lifecycle: kept, Copies: []simbackup.CopyAction{{Vault: copies.ARN(), Lifecycle: kept}}}
	if gapped {
		s.plan.Backup.Immutability, hourly.Copies, hourly.AirGapped = plan.ImmutabilityAirGapped, nil, copies.ARN()
	}
	for resource, rule := range map[string]simbackup.Rule{
		protected: hourly,
		dumps:     {Name: "continuous", Vault: backups.Name, Schedule: "cron(0 1 * * ? *)", StartWindow: time.Hour, Lifecycle: kept, Continuous: true},
	} {
		id, err := s.service.SetPlan("111122223333", "eu-west-1", simbackup.Plan{Name: rule.Name, Rules: []simbackup.Rule{rule}})
		if selection := (simbackup.Selection{Name: "it", Role: "arn:aws:iam::111122223333:role/backup", Resources: []string{resource}}); err == nil {
			if resource == protected { // what is named by its ARN is backed up without an opt-in
				selection.Resources, selection.Tags = nil, []simbackup.Tag{{Key: "Stage", Value: "prod"}}
			}
			_, err = s.service.SetSelection("111122223333", "eu-west-1", id, selection)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cloud := simaws.New(simaws.Options{Clock: s.clock, Pause: func(time.Duration) {}}, map[string]wire.Handler{"backup": s.service})
	adapter := func(region string) *backup.Adapter {
		return backup.New(awsconfig.New(awsconfig.Options{
			Region: region, HTTPClient: &http.Client{Transport: cloud}, Pause: func(time.Duration) {},
			Credentials: aws.CredentialsProvider(credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "monitor"), "secret", "")),
		}))
	}
	s.monitor = rounds.ProtectionMonitor{
		Names: names, Plan: s.plan, Jobs: adapter("eu-west-1"), Primary: adapter("eu-west-1"), Home: adapter("eu-central-1"), Automated: &guarded{}, Buckets: s.events, Metrics: s.sink, Clock: s.clock,
	}
	s.clock.Advance(3 * 24 * time.Hour)
	return s
}

// look is one round: its codes, and the figure.
func (s *silences) look() (codes []string, figure float64) {
	s.t.Helper()
	s.sink.list = nil
	out, err := s.monitor.Handle(s.t.Context(), rounds.ProtectionMonitorIn{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range out.Findings {
		codes = append(codes, f.Code)
	}
	figure, _ = s.sink.figure(protection.Findings)
	for _, m := range s.sink.list { // of the deployment, also where databases have one
		if m.Name == protection.Findings && m.Dimensions["Workload"] == "" {
			figure = m.Value
		}
	}
	return codes, figure
}

// until something is so, looked at now and then.
func (s *silences) until(within, every time.Duration, is func(codes []string, figure float64) bool) bool {
	for since := time.Duration(0); since < within; since += every {
		if is(s.look()) {
			return true
		}
		s.clock.Advance(every)
	}
	return false
}

// A month in which everything that AWS Backup reports as done and is not happens
// once: each is found by its code, in two rounds in a row, which is what the alarm
// waits for, and is over when it is mended.
func TestEachSilentSuccessIsFound(t *testing.T) {
	s := newSilences(t, false)
	if codes, _ := s.look(); len(codes) > 0 {
		t.Fatalf("all is well, and it says %v", codes)
	}
	ofBuckets := []string{protection.FallbackSnapshot, protection.ContinuousStopped, protection.ContinuousNeverBegan, protection.NotificationsOff, protection.ObjectsMissing}
	for _, silent := range protection.SilentSuccesses() {
		if silent.Code == protection.NotInAirGappedVault {
			continue // see TestNotInTheAirGappedVault
		}
		t.Run(silent.Code, func(t *testing.T) {
			s.t = t
			of := protected
			if slices.Contains(ofBuckets, silent.Code) {
				of = dumps
			}
			vault := s.service.Vault("111122223333", "eu-west-1", "lifeboat-prod")
			if lock := *vault.Lock; silent.Code == protection.LockWeaker {
				of = "arn:aws:backup:eu-west-1:111122223333:backup-vault:lifeboat-prod"
				defer func() { vault.Lock = &lock }()
			}
			if err := s.service.Upset(simbackup.Code(silent.Code), of); err != nil {
				t.Fatal(err)
			}
			s.events.on = silent.Code != protection.NotificationsOff
			found := func(codes []string, figure float64) bool { return slices.Contains(codes, silent.Code) && figure >= 1 }
			if !s.until(12*24*time.Hour, 40*time.Minute, found) {
				codes, figure := s.look()
				t.Errorf("it was not found: %v, %g", codes, figure)
			}
			s.clock.Advance(protection.Period)
			if codes, figure := s.look(); !found(codes, figure) {
				t.Errorf("it was not found in two rounds: %v, %g", codes, figure)
			}
			s.service.Calm(simbackup.Code(silent.Code), of)
			s.events.on = true
			if silent.Code == protection.LockWeaker {
				return
			}
			if !s.until(4*24*time.Hour, 2*time.Hour, func(codes []string, _ float64) bool { return len(codes) == 0 }) {
				codes, _ := s.look()
				t.Errorf("it is mended, and it says %v", codes)
			}
		})
	}
}

// No plan with a database of today's kinds asks for an air-gapped vault, as none takes
// them: here is one that does all the same, and its jobs are COMPLETED.
func TestNotInTheAirGappedVault(t *testing.T) {
	s := newSilences(t, true)
	found := func(codes []string, figure float64) bool {
		return slices.Contains(codes, protection.NotInAirGappedVault) && figure >= 1
	}
	if codes, figure := s.look(); !found(codes, figure) {
		t.Errorf("it was not found: %v, %g", codes, figure)
	}
	for _, j := range s.service.Jobs("111122223333", "eu-west-1") {
		if j.State != simbackup.StateCompleted && j.Resource == protected && !j.Completed.IsZero() {
			t.Errorf("%+v", j)
		}
	}
}
