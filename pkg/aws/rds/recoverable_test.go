package rds_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simkms "github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

func codes(list []drill.Finding) []string {
	found := []string{}
	for _, f := range list {
		found = append(found, f.Code)
	}
	return found
}

func denied(operations ...string) (faults []simaws.Fault) {
	for _, o := range operations {
		faults = append(faults, simaws.Fault{On: o, Error: "AccessDenied", Status: 403, Times: -1})
	}
	return faults
}

// Each cause once, over the wire: what is said, how badly, with which figures and
// which command, and whether the simulated AWS refuses that restore today.
func TestWhatWouldHaveARestoreRefused(t *testing.T) {
	const days = 24 * time.Hour
	inGroup := func(s *simulated, group string, options ...simrds.Option) {
		s.rds.Instances(account, home)[0].OptionGroup = group
		s.rds.AddGroups(account, home, nil, nil, []simrds.OptionGroup{{Name: group, Engine: "postgres", Version: "16", Options: options}})
	}
	ends := func(s *simulated, standard, extended time.Duration) {
		support := simrds.Support{Engine: "postgres", Major: "16", Standard: s.clock.Now().Add(standard + time.Hour)}
		if extended != 0 {
			support.Extended = s.clock.Now().Add(extended + time.Hour)
		}
		s.rds.EndSupport(support)
	}
	tests := map[string]struct {
		reason   string
		faults   []simaws.Fault
		change   func(*simulated)
		code     string
		severity drill.Severity // "": Failed
		figure   any
		words    []string // of what and hint
		unknown  int
		refused  bool // StartRestore, today
	}{
		"nothing": {"all is well", nil, func(*simulated) {}, "", "", nil, nil, 0, false},

		"support ended":          {"neither standard nor extended", nil, func(s *simulated) { ends(s, -400*days, -2*days) }, drill.EngineUnsupported, "", "2026-10-31", []string{"extended support of postgres 16 ended on 2026-10-31", "--allow-major-version-upgrade --region eu-west-1", "modify-db-snapshot"}, 0, false},
		"support ends soon":      {"within the notice", nil, func(s *simulated) { ends(s, -400*days, 89*days) }, drill.EngineSupportEnds, drill.Warning, 89, []string{"in 89 days"}, 0, false},
		"support ends in a year": {"beyond the notice", nil, func(s *simulated) { ends(s, -400*days, 365*days) }, "", "", nil, nil, 0, false},
		"the notice to the day":  {"one day more is silent", nil, func(s *simulated) { ends(s, -400*days, 91*days) }, "", "", nil, nil, 0, false},
		"no extended support": {"the source opted out, so the standard end counts", nil, func(s *simulated) {
			s.rds.Instances(account, home)[0].LifecycleSupport = "open-source-rds-extended-support-disabled"
			ends(s, 30*days, 900*days)
		}, drill.EngineSupportEnds, drill.Warning, 30, []string{"support of postgres 16 ends", "in 30 days"}, 0, false},
		"an engine without extended": {"one date is all there is", nil, func(s *simulated) { ends(s, -days, 0) }, drill.EngineUnsupported, "", nil, []string{"AWS's support of postgres 16 ended"}, 0, false},

		"an end that nobody says": {"AWS says it of every version of these engines", nil, func(s *simulated) { s.rds.Untold("DBMajorEngineVersions") },
			"", "", nil, []string{"eu-central-1 does not say how long postgres 16 is supported", "describe-db-major-engine-versions --engine postgres --major-engine-version 16 --region eu-central-1"}, 1, false},
		"quotas that nobody says": {"nothing was compared with them", nil, func(s *simulated) { s.rds.Untold("AccountQuotas") },
			"", "", nil, []string{"does not say its quota DBInstances", "its quota AllocatedStorage"}, 2, false},
		"zones that nobody says": {"whether two offer the class is not known", nil, func(s *simulated) { s.rds.Untold("AvailabilityZones") },
			"", "", nil, []string{"does not say which zones offer class db.t4g.medium", "describe-orderable-db-instance-options"}, 1, false},
		"group of the backup gone": {"its options are not known", nil, func(s *simulated) { s.newest().OptionGroup = "vanished" },
			"", "", nil, []string{"the backup is of option group vanished, which eu-central-1 does not have", "describe-option-groups --option-group-name vanished --region eu-central-1"}, 1, false},
		"source gone": {"nobody knows its class, and the plan names none", nil, func(s *simulated) {
			s.newest()
			s.spec.RDS.InstanceClass = ""
			s.rds.Instances(account, home)[0].Identifier = "orders-old"
		}, "", "", nil, []string{"the plan names no class for a copy of orders-prod", "drill.instanceClass"}, 1, false},
		"source gone, class named": {"the newest backup is looked at all the same", nil, func(s *simulated) {
			s.newest()
			s.rds.Instances(account, home)[0].Identifier = "orders-old"
		}, "", "", nil, nil, 0, false},

		"version withdrawn": {"one finding, not one of the class as well", nil, func(s *simulated) { s.rds.Withdraw(refuge, simrds.Offer{Engine: "postgres", Version: "16.4"}) },
			drill.VersionNotOffered, "", nil, []string{"postgres 16.4 is no longer offered in eu-central-1", "describe-db-engine-versions --engine postgres"}, 0, true},
		"withdrawn elsewhere": {"only where the restore is made counts", nil, func(s *simulated) { s.rds.Withdraw(home, simrds.Offer{Engine: "postgres"}) }, "", "", nil, nil, 0, false},
		"class not there": {"of the plan", nil, func(s *simulated) { s.rds.Withdraw(refuge, simrds.Offer{Class: "db.t4g.medium"}) },
			drill.ClassNotOffered, "", "db.t4g.medium", []string{"class db.t4g.medium is not offered for postgres 16.4 in eu-central-1", "describe-orderable-db-instance-options"}, 0, true},
		"the source's class": {"where the plan names none", nil, func(s *simulated) {
			s.spec.RDS.InstanceClass = ""
			s.rds.Withdraw(refuge, simrds.Offer{Class: "db.m6g.large"})
		}, drill.ClassNotOffered, "", "db.m6g.large", []string{"db.m6g.large"}, 0, false},
		"storage not there": {"for the class", nil, func(s *simulated) { s.rds.Withdraw(refuge, simrds.Offer{Class: "db.t4g.medium", Storage: "gp3"}) },
			drill.StorageNotOffered, "", "gp3", []string{"storage gp3 is not offered for class db.t4g.medium", "gp2, io1, io2"}, 0, true},
		"one zone": {"a restore wants two that offer the class", nil, func(s *simulated) {
			s.rds.RemoveSubnetGroup(account, refuge, "lifeboat-prod")
			s.rds.AddGroups(account, refuge, []simrds.SubnetGroup{{Name: "lifeboat-prod", Zones: []string{refuge + "a", refuge + "x"}}}, nil, nil)
		}, drill.ZonesTooFew, "", 1, []string{"regions.zones"}, 0, false},
		"magnetic": {"AWS ended it", nil, func(s *simulated) { s.newest().StorageType = "standard" },
			drill.MagneticStorage, drill.Warning, "standard", []string{"2026-04-30", "modify-db-instance --db-instance-identifier orders-prod --storage-type gp3"}, 0, false},

		"persistent option of the backup": {"its group lies where it lies", nil, func(s *simulated) {
			s.newest().OptionGroup = "encrypting"
			s.rds.AddGroups(account, refuge, nil, nil, []simrds.OptionGroup{{Name: "encrypting", Engine: "postgres", Version: "16", Options: []simrds.Option{{Name: "TDE", Persistent: true}, {Name: "AUDIT"}}}})
		}, drill.PersistentOption, "", "TDE", []string{"the backup has the persistent options TDE of option group encrypting", "default:postgres-16 lacks", "--options OptionName=TDE --apply-immediately --region eu-central-1", "optionGroup: encrypting"}, 0, true},
		"persistent option of the source": {"no copy of it arrives", nil, func(s *simulated) { inGroup(s, "encrypting", simrds.Option{Name: "TDE", Permanent: true}) },
			drill.PersistentOption, "", "TDE", []string{"the source has"}, 0, false},
		"persistent option, seen to": {"the plan names a group that has it", nil, func(s *simulated) {
			inGroup(s, "encrypting", simrds.Option{Name: "TDE", Permanent: true})
			s.rds.AddGroups(account, refuge, nil, nil, []simrds.OptionGroup{{Name: "recovery", Engine: "postgres", Version: "16", Options: []simrds.Option{{Name: "TDE", Permanent: true}}}})
			s.spec.RDS.OptionGroup = "recovery"
		}, "", "", nil, nil, 0, false},
		"option group of the source": {"it does not travel", nil, func(s *simulated) { inGroup(s, "auditing", simrds.Option{Name: "AUDIT"}) },
			drill.GroupMissing, drill.Warning, "auditing", []string{"the source's option group auditing is not in eu-central-1", "OptionName=AUDIT"}, 0, false},
		"parameter group of the source": {"nor does that", nil, func(s *simulated) { s.rds.Instances(account, home)[0].ParameterGroup = "tuned" },
			drill.GroupMissing, drill.Warning, "tuned", []string{"parameter group tuned is not in eu-central-1", "--db-parameter-group-family postgres16", "parameterGroup: tuned"}, 0, false},
		"parameter group there": {"somebody made it", nil, func(s *simulated) {
			s.rds.Instances(account, home)[0].ParameterGroup = "tuned"
			s.rds.AddGroups(account, refuge, nil, []simrds.ParameterGroup{{Name: "tuned", Family: "postgres16"}}, nil)
		}, "", "", nil, nil, 0, false},
		"parameter group of the plan": {"a restore is refused", nil, func(s *simulated) { s.spec.RDS.ParameterGroup = "tuned" }, drill.GroupMissing, "", nil, []string{"parameter group tuned does not exist"}, 0, true},
		"option group of the plan":    {"likewise", nil, func(s *simulated) { s.spec.RDS.OptionGroup = "auditing" }, drill.GroupMissing, "", nil, []string{"option group auditing does not exist"}, 0, true},
		"subnet group":                {"lifeboat's own was removed", nil, func(s *simulated) { s.rds.RemoveSubnetGroup(account, refuge, "lifeboat-prod") }, drill.GroupMissing, "", nil, []string{"subnet group lifeboat-prod does not exist", "create-db-subnet-group"}, 0, true},

		"key disabled": {"the copy's own", nil, func(s *simulated) { s.cloud.KMS.SetState(s.refugeKey, simkms.Disabled) }, drill.KeyUnusable, "", nil, []string{"is Disabled", "aws kms enable-key"}, 0, true},
		"key pending deletion": {"with its day", nil, func(s *simulated) { s.cloud.KMS.SetState(s.refugeKey, simkms.PendingDeletion) },
			drill.KeyUnusable, "", nil, []string{"is PendingDeletion and will be gone on 2026-12-02", "aws kms cancel-key-deletion"}, 0, true},
		"instances": {"no place for one copy", nil, func(s *simulated) { s.rds.SetQuota(account, refuge, simrds.Quota{Instances: 0, StorageGiB: 1000}) },
			drill.QuotaShort, "", int64(1), []string{"0 of 0 DB instances are in use, and the copy needs 1", "L-7B6409FD --desired-value 1 --region eu-central-1"}, 0, true},
		"storage": {"nor for its disk", nil, func(s *simulated) { s.rds.SetQuota(account, refuge, simrds.Quota{Instances: 40, StorageGiB: 199}) },
			drill.QuotaShort, "", int64(200), []string{"0 of 199 GiB of storage", "L-7ADDB58A"}, 0, true},

		"nobody may ask for offers": {"a missing permission is unknown, one for each question", denied("rds:DescribeDBMajorEngineVersions", "rds:DescribeDBEngineVersions", "rds:DescribeOrderableDBInstanceOptions"),
			func(*simulated) {}, "", "", nil, []string{"postgres 16", "AccessDenied"}, 3, false},
		"nobody may look at the key": {"likewise, and no verdict on it", denied("kms:DescribeKey"), func(*simulated) {}, "", "", nil, []string{"may not be used"}, 1, true},
		"nobody may read quotas":     {"likewise", denied("rds:DescribeAccountAttributes"), func(*simulated) {}, "", "", nil, []string{"quotas"}, 1, true},
		"nobody may look at the role": {"it may well be there", []simaws.Fault{{On: "iam:GetRole", Error: "AccessDenied", Status: 403, Times: -1}},
			func(*simulated) {}, "", "", nil, nil, 1, false},
		"the region is deaf": {"nothing is known then", denied("rds:DescribeDBInstances"), func(*simulated) {}, "", "", nil, nil, 1, false},
		"no backup at all":   {"there is nothing to look at, but for the source", nil, func(s *simulated) { s.spec.RDS.From = drill.FromCopy; s.newest().Status = "creating" }, "", "", nil, []string{"no recovery point"}, 1, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, simrds.Behaviour{}, tc.faults...)
			tc.change(s)
			got := s.Recoverable(context.Background(), []drill.Spec{s.spec})["orders/orders-db"]
			if want := []string{tc.code}; tc.code == "" && len(got.Findings) > 0 || tc.code != "" && !slices.Equal(codes(got.Findings), want) {
				t.Fatalf("%s: %+v", tc.reason, got.Findings)
			}
			if len(got.Unknown) != tc.unknown {
				t.Errorf("%s: %d unknown: %+v", tc.reason, len(got.Unknown), got.Unknown)
			}
			said := ""
			for _, f := range slices.Concat(got.Findings, got.Unknown) {
				if said += f.What + " " + f.Hint + "\n"; f.Hint == "" || f.What == "" {
					t.Errorf("%+v says nothing", f)
				}
			}
			for _, word := range tc.words {
				if !strings.Contains(said, word) {
					t.Errorf("%s: no %q in %s", tc.reason, word, said)
				}
			}
			if tc.code != "" {
				f := got.Findings[0]
				if f.Severity != cmp.Or(tc.severity, drill.Failed) || tc.figure != nil && f.Figure != tc.figure {
					t.Errorf("%s: %s, figure %#v", tc.reason, f.Severity, f.Figure)
				}
			}
			if len(tc.faults) > 0 {
				return
			}
			points, err := s.RecoveryPoints(context.Background(), s.spec)
			if chosen := drill.Choose(points).Point; err == nil && chosen != nil {
				_, err := s.StartRestore(context.Background(), s.run, s.spec, *chosen)
				if (err != nil) != tc.refused {
					t.Errorf("%s: today's restore: %v", tc.reason, err)
				}
			}
		})
	}
}

// A drill asks in a few calls, only where the copy is made, and only what its
// restore does not ask anyway; whatever happens, it is warned and goes on.
func TestADrillLooksAheadInAFewCalls(t *testing.T) {
	s := simulate(t, simrds.Behaviour{})
	s.rds.Withdraw(refuge, simrds.Offer{Engine: "postgres", Version: "16.4"})
	s.rds.SetQuota(account, refuge, simrds.Quota{})
	s.newest().StorageType = "standard"
	points, err := s.RecoveryPoints(context.Background(), s.spec)
	if err != nil {
		t.Fatal(err)
	}
	before := len(s.cloud.Calls())
	got := s.RecoverableFrom(context.Background(), s.spec, *drill.Choose(points).Point)
	if want := []string{drill.VersionNotOffered, drill.MagneticStorage}; !slices.Equal(codes(got.Findings), want) || len(got.Unknown) > 0 {
		t.Errorf("%+v", got)
	}
	calls := s.cloud.Calls()[before:]
	for _, c := range calls {
		if c.Region != refuge {
			t.Errorf("%s was asked in %s", c.Operation, c.Region)
		}
	}
	if len(calls) > 4 {
		t.Errorf("%d calls", len(calls))
	}
	for _, f := range got.Cautions() {
		if f.Severity != drill.Warning {
			t.Errorf("%+v", f)
		}
	}
}

// The most that it asks: beside the source, with option groups on both sides.
func TestADrillInItsOwnRegionLooksAheadInAFewCallsMore(t *testing.T) {
	s := simulate(t, simrds.Behaviour{})
	s.rds.Instances(account, home)[0].OptionGroup = "auditing"
	option := []simrds.Option{{Name: "AUDIT", Persistent: true}}
	s.rds.AddGroups(account, home, nil, nil, []simrds.OptionGroup{{Name: "auditing", Engine: "postgres", Version: "16", Options: option}, {Name: "recovery", Engine: "postgres", Version: "16", Options: option}})
	s.spec.Place.RecoveryRegion, s.spec.Scenario, s.spec.RDS.OptionGroup = "", plan.ScenarioOperatorError, "recovery"
	points, err := s.RecoveryPoints(context.Background(), s.spec)
	if err != nil {
		t.Fatal(err)
	}
	before := len(s.cloud.Calls())
	for _, p := range points {
		if got := s.RecoverableFrom(context.Background(), s.spec, p); len(got.Findings) > 0 || len(got.Unknown) > 0 {
			t.Errorf("%s: %+v", p.ID, got)
		}
	}
	if calls := len(s.cloud.Calls()) - before; len(points) == 0 || calls > 7*len(points) {
		t.Errorf("%d calls for %d points", calls, len(points))
	}
}

// A region that is lost has place for one copy and not for all: everybody hears
// it, in the same words.
func TestAllDatabasesOfARegionTogether(t *testing.T) {
	s := simulate(t, simrds.Behaviour{})
	s.rds.SetQuota(account, refuge, simrds.Quota{Instances: 2, StorageGiB: 450})
	var specs []drill.Spec
	for _, name := range []string{"a", "b", "c"} {
		spec := s.spec
		spec.Database = name
		specs = append(specs, spec)
	}
	alone := s.spec // an operator's error in its own region hits one
	alone.Database, alone.Place.RecoveryRegion, alone.Scenario = "d", "", plan.ScenarioOperatorError
	found := s.Recoverable(context.Background(), append(specs, alone))
	for _, name := range []string{"orders/a", "orders/b", "orders/c"} {
		list := found[name].Findings
		if !slices.Equal(codes(list), []string{drill.QuotaShort, drill.QuotaShort}) || list[0].Severity != drill.Warning || !strings.Contains(list[0].What, "all 3 databases of the plan together needs 3") || !strings.Contains(list[1].What, "needs 600") {
			t.Errorf("%s: %+v", name, list)
		}
	}
	if list := found["orders/d"].Findings; len(list) > 0 {
		t.Errorf("%+v", list)
	}
}

// What databases share is asked once: calls grow with pages and with the kinds of
// databases, not with their number.
func TestLookingAheadForAFleet(t *testing.T) {
	const databases = 2_000
	s := simulate(t, simrds.Behaviour{})
	s.rds.SetQuota(account, refuge, simrds.Quota{Instances: 100_000, StorageGiB: 100_000_000})
	s.rds.EndSupport(simrds.Support{Engine: "postgres", Major: "15", Standard: s.clock.Now().Add(24 * time.Hour)})
	var specs []drill.Spec
	for i := range databases {
		name := fmt.Sprintf("db-%05d", i)
		version := []string{"16.4", "15.7"}[i%2]
		source := s.rds.AddInstance(account, home, simrds.Instance{Identifier: name, Engine: "postgres", EngineVersion: version, RetentionDays: 7})
		s.rds.AddBackup(account, refuge, simrds.AutomatedBackup{
			Instance: name, InstanceARN: source.ARN, ResourceID: source.ResourceID, Engine: "postgres", EngineVersion: version, Status: "active",
			StorageGiB: 100, KMSKey: s.refugeKey, RetentionDays: 7, SourceRegion: home, Earliest: s.clock.Now().Add(-48 * time.Hour), Lag: 10 * time.Minute,
		})
		spec := s.spec
		spec.Database, spec.RDS = name, &drill.RDSSource{Instance: name}
		specs = append(specs, spec)
	}
	found := s.Recoverable(context.Background(), specs)
	warned := 0
	for _, r := range found {
		if len(r.Unknown) > 0 {
			t.Fatalf("%+v", r.Unknown)
		}
		warned += len(r.Findings)
	}
	if len(found) != databases || warned != databases/2 {
		t.Errorf("%d databases, %d findings", len(found), warned)
	}
	if calls, most := len(s.cloud.Calls()), 4*databases/100+30; calls > most {
		t.Errorf("%d calls, at most %d", calls, most)
	}
}

// newest is the copy that a recovery would take, in the recovery region.
func (s *simulated) newest() *simrds.Snapshot {
	s.spec.RDS.From = drill.FromCopy
	return s.rds.Snapshots(account, refuge)[0]
}

// Whatever is asked, in either region: where it is denied, throttled without end, or
// answered by a service in trouble, something is unknown, and nothing is well.
func TestEachQuestionThatIsNotAnsweredIsUnknown(t *testing.T) {
	look := func(faults ...simaws.Fault) (*simulated, drill.Recoverability) {
		s := simulate(t, simrds.Behaviour{}, faults...)
		s.newest()
		option := []simrds.Option{{Name: "AUDIT", Persistent: true}}
		s.rds.Instances(account, home)[0].OptionGroup, s.rds.Instances(account, home)[0].ParameterGroup = "auditing", "tuned"
		s.rds.AddGroups(account, home, nil, nil, []simrds.OptionGroup{{Name: "auditing", Engine: "postgres", Version: "16", Options: option}})
		s.rds.AddGroups(account, refuge, nil, []simrds.ParameterGroup{{Name: "tuned", Family: "postgres16"}}, []simrds.OptionGroup{{Name: "recovery", Engine: "postgres", Version: "16", Options: option}})
		s.spec.RDS.OptionGroup, s.spec.Place.KMSKey = "recovery", s.refugeKey
		return s, s.Recoverable(context.Background(), []drill.Spec{s.spec})["orders/orders-db"]
	}
	s, well := look()
	if len(well.Findings)+len(well.Unknown) > 0 {
		t.Fatalf("%+v", well)
	}
	asked := map[string]bool{}
	for _, c := range s.cloud.Calls() {
		asked[c.Service+":"+c.Operation] = true
	}
	if len(asked) < 11 {
		t.Errorf("only %d questions: %v", len(asked), asked)
	}
	for operation := range asked {
		for name, fault := range map[string]simaws.Fault{
			"denied":    {On: operation, Error: "AccessDenied", Status: 403, Times: -1},
			"throttled": {On: operation, Error: "Throttling", Status: 400, Times: -1},
			"broken":    {On: operation, Error: "InternalFailure", Status: 500, Times: -1},
		} {
			if _, got := look(fault); len(got.Unknown) == 0 || len(got.Findings) > 0 {
				t.Errorf("%s %s: %+v", operation, name, got)
			}
		}
	}
}
