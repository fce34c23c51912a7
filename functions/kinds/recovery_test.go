package kinds_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lifeboat-dr/lifeboat/functions/kinds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simbackup "github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	simecr "github.com/lifeboat-dr/lifeboat/pkg/simaws/ecr"
	simkms "github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	simsecrets "github.com/lifeboat-dr/lifeboat/pkg/simaws/secretsmanager"
	simssm "github.com/lifeboat-dr/lifeboat/pkg/simaws/ssm"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

const (
	account      = "111122223333"
	home, refuge = "eu-west-1", "eu-central-1"
	orders       = "shop/orders"
)

// backups is the deployment's vault at home.
var backups = deployed.Vault{Name: "lifeboat-prod", Account: account, Region: home, Ours: true}

// bench has the works on the real SDK clients against the simulated AWS: an instance
// at home, its replicated backups, a copy of a snapshot and a read replica in the
// recovery region.
type bench struct {
	t     *testing.T
	clock *clock.Virtual
	cloud *lab.Cloud
	works recoverystep.Works
	// copying are the works where the plan has backups of what was recovered copied home.
	copying recoverystep.Works
	gone    recoverystep.Throwaways
	names   deployed.Names
	run     recovery.Run
	steps   []recovery.Record
	db      recoverystep.Database
}

func newBench(t *testing.T, mode recovery.Mode, behaviour simrds.Behaviour, faults ...simaws.Fault) *bench {
	t.Helper()
	b := &bench{t: t, clock: clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)), names: deployed.Names{Deployment: "prod", Account: account, Region: refuge}}
	now := b.clock.Now()
	b.cloud = lab.New(lab.Options{
		Options: simaws.Options{Clock: b.clock, Pause: b.clock.Advance, Faults: faults},
		RDS:     simrds.Options{Behaviour: behaviour}, Secrets: simsecrets.Options{NoValueFor: 5 * time.Second},
	})
	b.cloud.IAM.AddLinkedRoleRDS(account)
	homeKey, refugeKey := b.cloud.KMS.AddKey(account, home, simkms.Key{}), b.cloud.KMS.AddKey(account, refuge, simkms.Key{})
	b.cloud.RDS.AddGroups(account, refuge,
		[]simrds.SubnetGroup{{Name: "default", VPC: "vpc-default", Public: true}, {Name: "lifeboat-prod", VPC: "vpc-isolated"}, {Name: "shop", VPC: "vpc-shop"}},
		[]simrds.ParameterGroup{{Name: "default.postgres16", Family: "postgres16"}, {Name: "shop-pg16", Family: "postgres16"}},
		[]simrds.OptionGroup{{Name: "default:postgres-16", Engine: "postgres", Version: "16"}})
	b.cloud.RDS.AddGroups(account, home, []simrds.SubnetGroup{{Name: "default"}}, nil, nil)
	source := b.cloud.RDS.AddInstance(account, home, simrds.Instance{
		Identifier: "orders-prod", Engine: "postgres", EngineVersion: "16.4", StorageGiB: 200, Class: "db.m6g.large", KMSKey: homeKey, MasterUser: "app", Database: "orders", RetentionDays: 7,
	})
	b.cloud.RDS.AddBackup(account, refuge, simrds.AutomatedBackup{
		Instance: "orders-prod", InstanceARN: source.ARN, ResourceID: source.ResourceID, Engine: "postgres", EngineVersion: "16.4", MasterUser: "app", Status: "active",
		StorageGiB: 200, KMSKey: refugeKey, OptionGroup: "default:postgres-16", RetentionDays: 7, SourceRegion: home, Earliest: now.Add(-48 * time.Hour), Lag: 10 * time.Minute,
	})
	b.cloud.RDS.AddInstance(account, refuge, simrds.Instance{
		Identifier: "orders-replica", Engine: "postgres", EngineVersion: "16.4", StorageGiB: 200, Class: "db.m6g.large", KMSKey: refugeKey, MasterUser: "app", Database: "orders",
		ReplicaOf: source.ARN, ReplicaLag: 42 * time.Second, SubnetGroup: "shop", SecurityGroups: []string{"sg-shop"},
	})
	b.cloud.SNS.AddTopic(account, refuge, b.names.PagesTopic())
	b.cloud.Backup.AddVault(account, refuge, "lifeboat-prod-copies")
	if _, err := b.cloud.Backup.SetPlan(account, refuge, simbackup.Plan{Name: b.names.ProtectPlan(), Rules: []simbackup.Rule{{Name: "daily", Vault: "lifeboat-prod-copies", Schedule: "cron(0 5 ? * * *)"}}}); err != nil {
		t.Fatal(err)
	}
	b.cloud.ECR.AddRepository(account, refuge, "shop", simecr.Image{Digest: "sha256:0", Tags: []string{"1.2"}})
	b.cloud.Secrets.Add(account, refuge, simsecrets.Secret{Name: "shop/api", Value: "x"})

	as := func(region string) aws.Config {
		return awsconfig.New(awsconfig.Options{
			Region: region, HTTPClient: &http.Client{Transport: b.cloud}, Pause: b.clock.Advance,
			Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "recovers"), "secret", ""),
		})
	}
	settings := &lambdafn.Settings{Env: lambdafn.Env{Config: as, Clock: b.clock, Getenv: func(string) string { return "" }}, Region: refuge, Account: account}
	b.works = kinds.RecoveryWorks(settings, as, b.names, kinds.Rules{Ruled: map[string]bool{orders: true}, Vault: "lifeboat-prod-copies"})
	b.copying = kinds.RecoveryWorks(settings, as, b.names, kinds.Rules{
		Ruled: map[string]bool{orders: true}, Vault: "lifeboat-prod-copies", Copied: map[string]deployed.Vault{orders: backups},
	})
	b.gone = kinds.RecoveryThrowaways(settings, as, b.names)
	b.run = recovery.Run{ID: "first", Deployment: "prod", Mode: mode, StartedAt: now, First: "arn:aws:states:eu-central-1:111122223333:execution:lifeboat-prod-recovery:first"}
	b.db = recoverystep.Database{
		Name: orders, Replica: "orders-replica",
		Drill: drill.Spec{
			Deployment: "prod", Workload: "shop", Database: "orders", Kind: plan.KindRDSInstance, Scenario: plan.ScenarioRegionLoss,
			Objectives: drill.Objectives{RTOSeconds: 3600, RPOSeconds: 3600}, Limits: drill.CloudLimits(drill.Objectives{RTOSeconds: 3600}),
			Place: drill.Place{PrimaryRegion: home, RecoveryRegion: refuge, PrimaryAccount: account, SubnetGroup: "lifeboat-prod", SecurityGroups: []string{"sg-isolated"}},
			RDS:   &drill.RDSSource{Instance: "orders-prod", Login: drill.LoginManagedPassword, InstanceClass: "db.t4g.medium"},
		},
		Target: &recoverystep.Target{
			Identifier: "shop-orders", InstanceClass: "db.m6g.large", MultiAZ: true, SubnetGroup: "shop", SecurityGroups: []string{"sg-shop"}, ParameterGroup: "shop-pg16",
			BackupDays: 14, DeletionProtection: true, Port: 5433, Tags: map[string]string{"team": "shop"},
		},
	}
	return b
}

// step adds one to the run; it is running.
func (b *bench) step(kind recovery.Kind, change ...func(*recovery.Spec)) int {
	spec := recovery.Spec{Workload: "shop", Database: orders, TimeoutSeconds: 6 * 3600}
	for _, c := range change {
		c(&spec)
	}
	now := b.clock.Now()
	b.steps = append(b.steps, recovery.Record{
		Number: len(b.steps) + 1, Node: recovery.Node{ID: "shop/" + string(kind) + "-" + string(rune('a'+len(b.steps))), Kind: kind}, Spec: spec,
		Status: recovery.Status{State: recovery.Running, Attempt: 1, StartedAt: &now},
	})
	return len(b.steps) - 1
}

// do is the child machine: every call is made twice, as after a lost answer, and only
// what the second answers is kept.
func (b *bench) do(i int) (recovery.Result, error) {
	b.t.Helper()
	s := &b.steps[i]
	job := recoverystep.Job{Run: b.run, Step: *s, Steps: b.steps, Database: &b.db}
	if s.Node.Kind == recovery.Validate {
		job.Database, job.Databases = nil, []recoverystep.Database{b.db}
	}
	var so *recovery.Result
	for range 500 {
		job.Now = b.clock.Now()
		_, _ = b.works[s.Node.Kind].Do(context.Background(), job)
		job.Now = b.clock.Now()
		p, err := b.works[s.Node.Kind].Do(context.Background(), job)
		if name := drill.NameOf(err); name == drill.Transient || name == drill.Throttled {
			b.clock.Advance(20 * time.Second)
			continue
		}
		if p.Result != nil {
			so = p.Result
		}
		if err != nil {
			s.Status.State, s.Status.Result = recovery.Failed, so
			return recovery.Result{}, err
		}
		if p.Next == recoverystep.Done {
			s.Status.State, s.Status.Result = recovery.Succeeded, p.Result
			return *p.Result, nil
		}
		if p.NextAt == nil || p.Next != recoverystep.Again {
			b.t.Fatalf("%s: %+v", s.Node.ID, p)
		}
		job.State = p.State
		if wait := p.NextAt.Sub(b.clock.Now()); wait > 0 {
			b.clock.Advance(wait)
		}
	}
	b.t.Fatalf("%s never ended: %s", s.Node.ID, job.State)
	return recovery.Result{}, nil
}

func (b *bench) must(i int) recovery.Result {
	b.t.Helper()
	result, err := b.do(i)
	if err != nil {
		b.t.Fatalf("%s: %v", b.steps[i].Node.ID, err)
	}
	return result
}

func (b *bench) instance(name string) *simrds.Instance {
	for _, i := range b.cloud.RDS.Instances(account, refuge) {
		if i.Identifier == name {
			return i
		}
	}
	return nil
}

// announced is what an application finds.
func (b *bench) announced(text string) recoverystep.Announced {
	b.t.Helper()
	var a recoverystep.Announced
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		b.t.Fatalf("%q: %v", text, err)
	}
	return a
}

func inSecret(s *recovery.Spec) { s.Store = recoverystep.StoreSecret }
func inSSM(s *recovery.Spec)    { s.Store = recoverystep.StoreParameter }

func TestAnExerciseLeavesNothing(t *testing.T) {
	b := newBench(t, recovery.Exercise, simrds.Behaviour{})
	result := b.must(b.step(recovery.Restore))
	name := recoverystep.ThrowawayOf(b.run, b.steps[0].Node.ID)
	copied := b.instance(name)
	if copied == nil || copied.Tag(deployed.TagExecution) != b.run.First || copied.Tag(deployed.TagPurpose) != "" || copied.SubnetGroup != "lifeboat-prod" {
		t.Fatalf("%s: %+v", name, copied)
	}
	if result.LossSeconds == nil || *result.LossSeconds < 590 || *result.LossSeconds > 660 || result.PointTime == nil || !result.Resources[0].Throwaway {
		t.Errorf("10 minutes of the log are not there yet: %+v", result)
	}
	if e := result.Endpoint; e == nil || e.Host == "" || e.Port != 5432 || !strings.Contains(e.Secret, ":secret:rds!db-") {
		t.Errorf("%+v", e)
	}
	b.must(b.step(recovery.Endpoint, inSSM))
	b.must(b.step(recovery.Endpoint, inSecret))
	parameters, secrets := b.cloud.SSM.Parameters(account, refuge), b.cloud.Secrets.Secrets(account, refuge, "lifeboat-prod/exercise/")
	if len(parameters) != 1 || len(secrets) != 1 || b.announced(parameters[0].Value).Host != result.Endpoint.Host || !strings.HasPrefix(parameters[0].Name, "/lifeboat-prod/exercise/lifeboat-prod-") {
		t.Errorf("%+v, %v", parameters, secrets)
	}
	for _, kind := range []recovery.Kind{recovery.PromoteReplica, recovery.Protect} {
		if r := b.must(b.step(kind)); r.Unproven == "" {
			t.Errorf("%s in an exercise shows nothing: %+v", kind, r)
		}
	}
	if replica := b.instance("orders-replica"); replica.ReplicaOf == "" || len(replica.Tags) > 0 || len(b.cloud.Metrics.Alarms()) > 0 || len(b.cloud.Backup.Jobs(account, refuge)) > 0 {
		t.Errorf("an exercise changed something: %+v", replica)
	}
	ctx := context.Background()
	for range 20 {
		if err := b.gone.Remove(ctx, b.run, b.steps); err != nil {
			t.Fatal(err)
		}
		b.clock.Advance(time.Minute)
	}
	if left, err := b.gone.Remaining(ctx, b.run, b.steps); err != nil || len(left) > 0 {
		t.Errorf("%+v, %v", left, err)
	}
	if b.instance(name) != nil || len(b.cloud.SSM.Parameters(account, refuge)) > 0 || len(b.cloud.Secrets.Secrets(account, refuge, "lifeboat-")) > 0 {
		t.Error("something is left")
	}
	for _, call := range b.cloud.Calls() {
		if call.Region == home && call.Service != "iam" {
			t.Errorf("the lost region was asked: %s", call.Operation)
		}
	}
}

func TestAFailoverMakesTheTargetAsThePlanHasIt(t *testing.T) {
	b := newBench(t, recovery.Failover, simrds.Behaviour{})
	b.steps = nil
	restore := b.step(recovery.Restore)
	protect := b.step(recovery.Protect)
	result := b.must(restore)
	made := b.instance("shop-orders")
	if made == nil || made.Class != "db.m6g.large" || !made.MultiAZ || made.SubnetGroup != "shop" || made.ParameterGroup != "shop-pg16" || !made.DeletionProtection || made.Port() != 5433 || made.Public {
		t.Fatalf("%+v", made)
	}
	if made.Tag(deployed.TagPurpose) != deployed.PurposeRecovered || made.Tag(deployed.TagRecovery) != "first" || made.Tag(deployed.TagExecution) != "" || made.Tag("team") != "shop" {
		t.Errorf("%+v", made.Tags)
	}
	if made.RetentionDays != 0 {
		t.Error("its backups are the next step's: the first one would keep it from serving")
	}
	if result.Resources[0].Throwaway || result.Endpoint.Secret == "" {
		t.Errorf("%+v", result)
	}
	if took := b.clock.Now().Sub(b.run.StartedAt); took > 35*time.Minute {
		t.Errorf("it took %s", took)
	}
	b.must(b.step(recovery.Endpoint, inSSM))
	b.must(b.step(recovery.Endpoint, inSecret))
	if p := b.cloud.SSM.Parameters(account, refuge); len(p) != 1 || p[0].Name != "/lifeboat-prod/endpoint/shop/orders" || b.announced(p[0].Value).Port != 5433 || b.announced(p[0].Value).Recovery != "first" {
		t.Errorf("%+v", p)
	}
	if s := b.cloud.Secrets.Secrets(account, refuge, "lifeboat-prod/endpoint/shop/orders"); len(s) != 1 {
		t.Errorf("%+v", s)
	}
	protected := b.must(protect)
	if made.RetentionDays != 14 || made.Tag(deployed.TagProtect) != "prod" || !strings.Contains(protected.Unproven, "first backup") || !strings.Contains(protected.Deviation, "no copies") {
		t.Errorf("%d days, %+v, %+v", made.RetentionDays, made.Tags, protected)
	}
	if jobs := b.cloud.Backup.Jobs(account, refuge); len(jobs) != 1 || jobs[0].Resource != made.ARN || jobs[0].Vault != "lifeboat-prod-copies" || jobs[0].Lifecycle.DeleteAfterDays != 14 {
		t.Errorf("one job was asked for, and not %d", len(jobs))
	}
	if alarms := b.cloud.Metrics.Alarms(); len(alarms) != 2 || !alarms[0].ActionsEnabled || alarms[0].Actions[0] != b.names.PagesARN() {
		t.Errorf("%+v", alarms)
	}
	if err := b.gone.Remove(context.Background(), b.run, b.steps); err != nil || b.instance("shop-orders") == nil {
		t.Error("a failover has no throwaways", err)
	}
	if left, err := b.gone.Remaining(context.Background(), b.run, b.steps); err != nil || len(left) > 0 {
		t.Errorf("%+v, %v", left, err)
	}
}

// Without a step that protects it, what was recovered has its automated backups all
// the same.
func TestAFailoverWithoutProtectionIsBackedUpByItself(t *testing.T) {
	for _, login := range []drill.Login{drill.LoginManagedPassword, drill.LoginIAM} {
		b := newBench(t, recovery.Failover, simrds.Behaviour{})
		b.db.Drill.RDS.Login, b.db.Drill.RDS.User = login, "app"
		result := b.must(b.step(recovery.Restore))
		made := b.instance("shop-orders")
		if made.RetentionDays != 14 || made.IAMAuthentication != (login == drill.LoginIAM) {
			t.Errorf("%s: %d days, %+v", login, made.RetentionDays, made)
		}
		if e := result.Endpoint; e.User != "app" || (e.Secret == "") != (login == drill.LoginIAM) {
			t.Errorf("%s: %+v", login, e)
		}
		if took := b.clock.Now().Sub(b.run.StartedAt); took > 35*time.Minute {
			t.Errorf("%s: nobody waits for the first backup: %s", login, took)
		}
	}
}

func TestTargetOfSomebodyElseIsNotTouched(t *testing.T) {
	for name, tags := range map[string][]simrds.Tag{
		"a stranger's":        nil,
		"an earlier recovery": {{Key: deployed.TagDeployment, Value: "prod"}, {Key: deployed.TagPurpose, Value: "recovered"}, {Key: deployed.TagRecovery, Value: "last year"}},
		"another deployment":  {{Key: deployed.TagDeployment, Value: "test"}, {Key: deployed.TagPurpose, Value: "recovered"}, {Key: deployed.TagRecovery, Value: "first"}},
	} {
		b := newBench(t, recovery.Failover, simrds.Behaviour{})
		b.cloud.RDS.AddInstance(account, refuge, simrds.Instance{Identifier: "shop-orders", Tags: tags})
		before := *b.instance("shop-orders")
		step := b.step(recovery.Restore)
		_, err := b.do(step)
		if drill.NameOf(err) != drill.RestoreRefused || drill.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
		b.steps[step].Status.Attempt, b.steps[step].Status.State = 2, recovery.Running
		if _, err := b.do(step); drill.NameOf(err) != drill.RestoreRefused {
			t.Errorf("%s, again: %v", name, err)
		}
		if after := b.instance("shop-orders"); after == nil || after.Status() != "available" || after.RetentionDays != before.RetentionDays || len(after.Tags) != len(before.Tags) {
			t.Errorf("%s was touched: %+v", name, after)
		}
	}
}

// What somebody else made where a failover writes is not written over; an exercise
// finds it beforehand, and says so.
func TestEndpointOfSomebodyElseIsNotTouched(t *testing.T) {
	for _, mode := range []recovery.Mode{recovery.Exercise, recovery.Failover} {
		b := newBench(t, mode, simrds.Behaviour{})
		b.cloud.SSM.Add(account, refuge, simssm.Parameter{Name: "/lifeboat-prod/endpoint/shop/orders", Value: "their own", Tags: map[string]string{"team": "shop"}})
		b.cloud.Secrets.Add(account, refuge, simsecrets.Secret{Name: "lifeboat-prod/endpoint/shop/orders", Value: "their own"})
		b.must(b.step(recovery.Restore))
		for _, where := range []func(*recovery.Spec){inSSM, inSecret} {
			result, err := b.do(b.step(recovery.Endpoint, where))
			if mode == recovery.Failover && (drill.NameOf(err) != drill.EndpointFailed || !strings.Contains(drill.HintOf(err), "Key=lifeboat:purpose,Value=recovered")) {
				t.Errorf("%v", err)
			}
			if mode == recovery.Exercise && (err != nil || !strings.Contains(result.Deviation, "/endpoint/shop/orders") && !strings.Contains(result.Deviation, "somebody else")) {
				t.Errorf("%+v, %v", result, err)
			}
		}
		for _, p := range b.cloud.SSM.Parameters(account, refuge) {
			if p.Name == "/lifeboat-prod/endpoint/shop/orders" && p.Value != "their own" {
				t.Errorf("%s: %s", mode, p.Value)
			}
		}
		if s := b.cloud.Secrets.Secrets(account, refuge, "lifeboat-prod/endpoint/"); len(s) != 1 {
			t.Errorf("%s: %+v", mode, s)
		}
	}
}

// A restore that ended dead is removed by the next attempt, which makes it again.
func TestASecondAttemptRemovesWhatEndedDead(t *testing.T) {
	for _, mode := range []recovery.Mode{recovery.Exercise, recovery.Failover} {
		b := newBench(t, mode, simrds.Behaviour{EndsIn: "incompatible-restore"})
		step := b.step(recovery.Restore)
		if _, err := b.do(step); drill.NameOf(err) != drill.RestoreFailed {
			t.Fatalf("%s: %v", mode, err)
		}
		b.cloud.RDS.SetBehaviour(simrds.Behaviour{})
		b.steps[step].Status.Attempt, b.steps[step].Status.State = 2, recovery.Running
		if result := b.must(step); result.Endpoint == nil || result.PointID == "" {
			t.Errorf("%s: %+v", mode, result)
		}
	}
}

// What an earlier attempt made, and what lives, is gone on with: it is of the point
// that the earlier attempt told.
func TestASecondAttemptGoesOnWithWhatLives(t *testing.T) {
	b := newBench(t, recovery.Failover, simrds.Behaviour{})
	step := b.step(recovery.Restore)
	first := b.must(step)
	made := b.instance("shop-orders")
	b.clock.Advance(time.Hour)
	b.steps[step].Status.Attempt, b.steps[step].Status.State = 2, recovery.Running
	second := b.must(step)
	if b.instance("shop-orders") != made || second.PointID != first.PointID || *second.LossSeconds != *first.LossSeconds {
		t.Errorf("%+v, then %+v", first, second)
	}
}

func TestRestoreWithoutAnAnswer(t *testing.T) {
	for _, mode := range []recovery.Mode{recovery.Exercise, recovery.Failover} {
		b := newBench(t, mode, simrds.Behaviour{AppearsIn: 3 * time.Minute}, simaws.Fault{On: "rds:RestoreDBInstanceToPointInTime", Effective: true})
		b.must(b.step(recovery.Restore))
		if unused := b.cloud.UnusedFaults(); len(unused) > 0 {
			t.Errorf("%+v", unused)
		}
		if n := len(b.cloud.RDS.Instances(account, refuge)); n != 2 {
			t.Errorf("%s: %d instances: the replica, and what was recovered", mode, n)
		}
	}
}

func TestPromotion(t *testing.T) {
	b := newBench(t, recovery.Failover, simrds.Behaviour{})
	promote := b.step(recovery.PromoteReplica)
	result := b.must(promote)
	replica := b.instance("orders-replica")
	if replica.ReplicaOf != "" || replica.RetentionDays != 14 || !replica.DeletionProtection || replica.Tag(deployed.TagPurpose) != "recovered" || replica.Tag(deployed.TagExecution) != "" {
		t.Errorf("%+v", replica)
	}
	// The lag, and up to a minute until it was measured, which was after the start.
	if result.LossSeconds == nil || *result.LossSeconds < 40 || *result.LossSeconds > 105 || !strings.Contains(result.Deviation, "one zone") || strings.Contains(result.Deviation, "lost") {
		t.Errorf("%+v", result)
	}
	if result.Endpoint == nil || result.Endpoint.Secret == "" || result.Resources[0].ID != "orders-replica" {
		t.Errorf("%+v", result)
	}
	b.must(b.step(recovery.Endpoint, inSSM))
	b.must(b.step(recovery.Protect))
}

// Where its source is lost a replica replicates no more: it is what there is. What is
// lost is not known then, and said.
func TestPromotionOfAReplicaWhoseSourceIsLost(t *testing.T) {
	b := newBench(t, recovery.Failover, simrds.Behaviour{})
	b.instance("orders-replica").Replication = "error"
	result := b.must(b.step(recovery.PromoteReplica))
	if result.LossSeconds != nil || !strings.Contains(result.Deviation, "what is lost is not known") || b.instance("orders-replica").ReplicaOf != "" {
		t.Errorf("%+v", result)
	}
	b = newBench(t, recovery.Exercise, simrds.Behaviour{})
	b.instance("orders-replica").Replication = "error"
	if _, err := b.do(b.step(recovery.PromoteReplica)); drill.NameOf(err) != drill.PromotionRefused {
		t.Errorf("an exercise finds it: %v", err)
	}
}

// A promoted replica keeps its class, groups, port and address: what the plan wants
// otherwise is said, before a failover and after it, and nothing where it is so.
func TestPromotionSaysWhatIsNotAsThePlanHasIt(t *testing.T) {
	for _, mode := range []recovery.Mode{recovery.Exercise, recovery.Failover} {
		b := newBench(t, mode, simrds.Behaviour{})
		replica := b.instance("orders-replica")
		replica.Class, replica.SubnetGroup, replica.SecurityGroups, replica.Public = "db.t4g.small", "default", []string{"sg-open"}, true
		b.db.Target.OptionGroup, b.db.Target.KMSKey = "shop-og", "arn:aws:kms:eu-central-1:111122223333:key/another"
		result := b.must(b.step(recovery.PromoteReplica))
		for _, part := range []string{
			"class is db.t4g.small", "wants db.m6g.large", "subnet group is default", "security groups is sg-open", "wants shop-pg16", "wants shop-og",
			"port is 5432, and the plan wants 5433", "key/another", "public address", "one zone", "modify-db-instance",
		} {
			if !strings.Contains(result.Deviation, part) {
				t.Errorf("%s: nothing of %q in %q", mode, part, result.Deviation)
			}
		}
		b = newBench(t, mode, simrds.Behaviour{})
		replica = b.instance("orders-replica")
		replica.ParameterGroup, replica.MultiAZ, b.db.Target.Port, b.db.Target.KMSKey = "shop-pg16", true, 0, replica.KMSKey
		if result := b.must(b.step(recovery.PromoteReplica)); result.Deviation != "" {
			t.Errorf("%s: all is as the plan has it: %s", mode, result.Deviation)
		}
	}
}

// A first backup that fails fails the step, and the next attempt asks for another: AWS
// Backup answers a token that it knows with the job that it made.
func TestProtectLooksAtTheFirstBackup(t *testing.T) {
	b := newBench(t, recovery.Failover, simrds.Behaviour{})
	restore, protect := b.step(recovery.Restore), b.step(recovery.Protect)
	b.must(restore)
	made := b.instance("shop-orders")
	made.RetentionDays = 14 // RDS is not busy with the first backup of its own
	made.MaintenanceWindow = "mon:00:00-mon:23:30"
	_, err := b.do(protect)
	jobs := b.cloud.Backup.Jobs(account, refuge)
	if drill.NameOf(err) != drill.ProtectionFailed || len(jobs) != 1 || !strings.Contains(err.Error(), jobs[0].ID) || !strings.Contains(err.Error(), "maintenance window") {
		t.Fatalf("%v, %d jobs", err, len(jobs))
	}
	made.MaintenanceWindow = "sat:22:00-sat:22:30"
	b.steps[protect].Status.Attempt, b.steps[protect].Status.State = 2, recovery.Running
	result := b.must(protect)
	if jobs = b.cloud.Backup.Jobs(account, refuge); len(jobs) != 2 || !strings.Contains(result.Unproven, jobs[1].ID) || !strings.Contains(result.Unproven, string(jobs[1].State)) {
		t.Errorf("%+v, %d jobs", result, len(jobs))
	}
	if len(result.Resources) != 3 {
		t.Errorf("the database and two alarms: %+v", result.Resources)
	}
}

// A database that the plan has no backup rules of is backed up by nobody here either,
// whatever others have: there is no job, and it is said.
func TestProtectWithoutRules(t *testing.T) {
	for _, mode := range []recovery.Mode{recovery.Exercise, recovery.Failover} {
		b := newBench(t, mode, simrds.Behaviour{})
		b.db.Name = "shop/carts"
		of := func(s *recovery.Spec) { s.Database = b.db.Name }
		b.must(b.step(recovery.Restore, of))
		result := b.must(b.step(recovery.Protect, of))
		if !strings.Contains(result.Deviation, "no backups of shop/carts") || len(b.cloud.Backup.Jobs(account, refuge)) > 0 {
			t.Errorf("%s: %+v", mode, result)
		}
	}
}

// What the deployed rules copy back is said with where to, and that no copy was seen
// yet; what they do not copy, although they should, deviates. Neither takes the region
// that was left, nor keeps a failover from its end.
func TestProtectSaysWhetherBackupsAreCopied(t *testing.T) {
	const target = "arn:aws:rds:" + refuge + ":" + account + ":db:shop-orders"
	copies := []simbackup.CopyAction{{Vault: backups.ARN()}}
	for name, c := range map[string]struct {
		copies             []simbackup.CopyAction
		resource           string
		forbidden          bool
		unproven, deviates string
		reason             string
	}{
		"copied":      {copies: copies, resource: target, unproven: "vault lifeboat-prod in eu-west-1"},
		"not copied":  {resource: target, deviates: "no copies", reason: "a plan that was deployed by an older version"},
		"elsewhere":   {copies: []simbackup.CopyAction{{Vault: backups.ARN() + "-other"}}, resource: target, deviates: "no copies"},
		"another's":   {copies: copies, resource: target + "-2", deviates: "no copies", reason: "the rules that copy are of another database"},
		"not allowed": {copies: copies, resource: target, forbidden: true, deviates: "is not known"},
	} {
		for _, mode := range []recovery.Mode{recovery.Exercise, recovery.Failover} {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				var faults []simaws.Fault
				if c.forbidden {
					faults = append(faults, simaws.Fault{On: "backup:GetBackupPlan", Error: "AccessDeniedException", Status: 403, Times: -1})
				}
				b := newBench(t, mode, simrds.Behaviour{}, faults...)
				id, err := b.cloud.Backup.SetPlan(account, refuge, simbackup.Plan{Name: b.names.ProtectPlan(), Rules: []simbackup.Rule{{Name: "daily", Vault: "lifeboat-prod-copies", Schedule: "cron(0 5 ? * * *)", Copies: c.copies}}})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := b.cloud.Backup.SetSelection(account, refuge, id, simbackup.Selection{Name: "recovered", Role: b.names.RoleARN(b.names.ProtectRole()), Resources: []string{c.resource}}); err != nil {
					t.Fatal(err)
				}
				b.works = b.copying
				b.must(b.step(recovery.Restore))
				result := b.must(b.step(recovery.Protect))
				if got := strings.Contains(result.Unproven, "vault lifeboat-prod in eu-west-1"); got != (c.unproven != "") {
					t.Errorf("unproven: %s", result.Unproven)
				}
				if (c.deviates == "") != (result.Deviation == "") || !strings.Contains(result.Deviation, c.deviates) {
					t.Errorf("deviates: %s", result.Deviation)
				}
				for _, call := range b.cloud.Calls() {
					if call.Region == home && call.Service == "backup" {
						t.Errorf("the lost region was asked: %s", call.Operation)
					}
				}
			})
		}
	}
}

// Copies go where the backups of the source lie: into the deployment's own vault in the
// region that was left, in one account, where the plan has these copied.
func TestWhereBackupsOfTheRecoveredAreCopied(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*plan.Plan)
		want   map[string]deployed.Vault
	}{
		"ours":             {func(*plan.Plan) {}, map[string]deployed.Vault{"shop/customers-db": backups, "shop/orders-db": backups}},
		"the team's":       {func(p *plan.Plan) { p.Backup.Vault = "team" }, nil},
		"of another owner": {func(p *plan.Plan) { p.Accounts = &plan.Accounts{Primary: "444455556666", Recovery: account} }, nil},
		"in one region":    {func(p *plan.Plan) { p.Regions.Primary = refuge }, nil},
		"nothing is copied": {func(p *plan.Plan) {
			no := false
			p.Backup.Rules = []plan.BackupRule{{Name: "daily", Schedule: "cron(0 5 * * ? *)", Copy: &no}}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			loaded, err := planfile.Load("../../examples/recovery/lifeboat.yaml")
			if err != nil {
				t.Fatal(err)
			}
			p, yes := loaded.Plan, true
			p.Backup = &plan.Backup{Manage: &yes}
			c.change(&p)
			rules := kinds.RecoveryRules(deployed.Names{Deployment: "prod", Account: account, Region: refuge}, p.Normalised())
			if diff := cmp.Diff(c.want, rules.Copied, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhichDatabasesHaveRules(t *testing.T) {
	names := deployed.Names{Deployment: "prod", Account: account, Region: refuge}
	if rules := kinds.RecoveryRules(names, plan.Plan{}); len(rules.Ruled) > 0 || len(rules.Copied) > 0 {
		t.Error(rules)
	}
}

// What somebody switched off meanwhile is not said to be on.
func TestProtectSaysOnlyWhatItSees(t *testing.T) {
	b := newBench(t, recovery.Failover, simrds.Behaviour{})
	b.must(b.step(recovery.Restore))
	protect := b.step(recovery.Protect)
	b.instance("shop-orders").RetentionDays = 35
	if result := b.must(protect); !strings.Contains(result.Says, "35 days") {
		t.Errorf("%+v", result)
	}
}

// What replicates another database is not promoted: it is no replica any more then,
// and the application would be sent to data that are not its own.
func TestPromotionOfAReplicaOfAnotherDatabase(t *testing.T) {
	for name, of := range map[string]string{
		"another instance": "arn:aws:rds:eu-west-1:111122223333:db:carts-prod",
		"another region":   "arn:aws:rds:eu-west-3:111122223333:db:orders-prod",
		"one of here":      "orders-prod",
	} {
		for _, mode := range []recovery.Mode{recovery.Exercise, recovery.Failover} {
			b := newBench(t, mode, simrds.Behaviour{})
			b.instance("orders-replica").ReplicaOf = of
			_, err := b.do(b.step(recovery.PromoteReplica))
			if r := b.instance("orders-replica"); drill.NameOf(err) != drill.PromotionRefused || drill.HintOf(err) == "" || r.ReplicaOf != of || len(r.Tags) > 0 {
				t.Errorf("%s, %s: %v, %+v", name, mode, err, r)
			}
		}
	}
}

func TestPromotionOfWhatIsNoReplica(t *testing.T) {
	b := newBench(t, recovery.Failover, simrds.Behaviour{})
	b.instance("orders-replica").ReplicaOf = ""
	if _, err := b.do(b.step(recovery.PromoteReplica)); drill.NameOf(err) != drill.PromotionRefused || len(b.instance("orders-replica").Tags) > 0 {
		t.Errorf("%v, %+v", err, b.instance("orders-replica").Tags)
	}
	b.db.Replica = "nobody"
	if _, err := b.do(b.step(recovery.PromoteReplica)); drill.NameOf(err) != drill.PromotionRefused {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	all := func(s *recovery.Spec) {
		s.Database, s.Databases, s.Secrets, s.Images = "", []string{orders}, []string{"shop/api"}, []string{"shop:1.2", account + ".dkr.ecr." + refuge + ".amazonaws.com/shop@sha256:0"}
	}
	for _, mode := range []recovery.Mode{recovery.Exercise, recovery.Failover} {
		b := newBench(t, mode, simrds.Behaviour{})
		b.step(recovery.Restore)
		if r := b.must(b.step(recovery.Validate, all)); len(r.Checks) != 5 || r.Unproven != "" {
			t.Errorf("%s: %+v", mode, r)
		}
	}
	for name, c := range map[string]struct {
		reason string
		spoil  func(*bench, *recovery.Spec)
		says   string
	}{
		"secret": {"not replicated", func(_ *bench, s *recovery.Spec) { s.Secrets = []string{"shop/other"} }, "secret shop/other"},
		"image":  {"not replicated", func(_ *bench, s *recovery.Spec) { s.Images = []string{"shop:1.3"} }, "image shop:1.3"},
		"stack":  {"not deployed", func(_ *bench, s *recovery.Spec) { s.Stacks = []string{"shop-app"} }, "stack shop-app"},
		"quota": {"full", func(b *bench, _ *recovery.Spec) {
			b.cloud.RDS.SetQuota(account, refuge, simrds.Quota{Instances: 1, StorageGiB: 9999})
		}, "DB instances are in use"},
		"subnet": {"gone", func(b *bench, _ *recovery.Spec) { b.cloud.RDS.RemoveSubnetGroup(account, refuge, "shop") }, "subnet group shop"},
		"taken": {"somebody has the name", func(b *bench, _ *recovery.Spec) {
			b.cloud.RDS.AddInstance(account, refuge, simrds.Instance{Identifier: "shop-orders"})
		}, "shop-orders exists"},
		"target": {"none declared", func(b *bench, _ *recovery.Spec) { b.db.Target = nil }, "recovery.target"},
	} {
		b := newBench(t, recovery.Failover, simrds.Behaviour{})
		b.step(recovery.Restore)
		step := b.step(recovery.Validate, all)
		c.spoil(b, &b.steps[step].Spec)
		_, err := b.do(step)
		if drill.NameOf(err) != drill.NotPrepared || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %s: %v", name, c.reason, err)
		}
	}
}

// A parameter that somebody else made under an exercise's name is left alone, and
// said.
func TestWhatAnExerciseDidNotMakeStays(t *testing.T) {
	b := newBench(t, recovery.Exercise, simrds.Behaviour{})
	b.step(recovery.Endpoint, inSSM)
	name, _ := recoverystep.EndpointOf(b.names, b.run, b.steps[0])
	b.must(func() int { i := b.step(recovery.Restore); return i }())
	b.must(0)
	b.cloud.SSM.Parameters(account, refuge)[0].Tags[deployed.TagExecution] = "another"
	if err := b.gone.Remove(context.Background(), b.run, b.steps[:1]); drill.NameOf(err) != drill.CleanupFailed || !strings.Contains(err.Error(), name) {
		t.Error(err)
	}
	if left, err := b.gone.Remaining(context.Background(), b.run, b.steps[:1]); err != nil || len(left) != 1 || left[0].ID != name {
		t.Errorf("%+v, %v", left, err)
	}
}
