package rds

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

const secretARN = "arn:aws:secretsmanager:eu-central-1:111111111111:secret:rds!db-1"

func withSecret(state string) func(*types.DBInstance) {
	return func(i *types.DBInstance) {
		i.MasterUserSecret = &types.MasterUserSecret{SecretArn: aws.String(secretARN), SecretStatus: &state}
	}
}

func login(f fakeAWS, spec drill.Spec) (drill.Access, error) {
	return f.PrepareLogin(context.Background(), run, spec, copyResource)
}

func TestManagedPasswordIsAskedForAfterTheRestoreAndAwaited(t *testing.T) {
	f, spec := newFake(t), specOf(plan.ScenarioRegionLoss)
	step := func(what string, change ...func(*types.DBInstance)) {
		t.Helper()
		f.refuge.instances[run.Throwaway] = copyInstance(change...)
		access, err := login(f, spec)
		if wantError(t, err, drill.NotReady); access.Secret != "" {
			t.Errorf("%s: a secret", what)
		}
	}
	f.refuge.fail["ModifyDBInstance"] = []error{failure("InvalidDBInstanceState")}
	step("available is not stable: the change is refused")
	step("the change is asked for")
	step("it is made", inState("modifying"))
	step("the password is made", inState("resetting-master-credentials"), withSecret("creating"))
	step("the secret is not active yet", withSecret("creating"))
	if len(f.refuge.modified) != 2 {
		t.Errorf("%d changes", len(f.refuge.modified))
	}
	if in := f.refuge.modified[1]; !aws.ToBool(in.ManageMasterUserPassword) || !aws.ToBool(in.ApplyImmediately) || *in.DBInstanceIdentifier != run.Throwaway {
		t.Errorf("%+v", in)
	}
	for _, readable := range []string{"active", "impaired"} { // impaired: it can still be read
		f.refuge.instances[run.Throwaway] = copyInstance(withSecret(readable))
		access, err := login(f, spec)
		want := drill.Access{
			Endpoint: drill.Endpoint{Engine: "postgres", Host: "copy.eu-central-1.rds.amazonaws.com", Port: 5432, Database: "orders"}, Secret: secretARN,
		}
		if diff := cmp.Diff(want, access); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", readable, err, diff)
		}
	}
}

func TestPostureIsAssertedBeforeAndAfterTheChange(t *testing.T) {
	for name, change := range map[string]func(*types.DBInstance){"before": func(*types.DBInstance) {}, "after": withSecret("active")} {
		f := newFake(t)
		f.refuge.instances[run.Throwaway] = copyInstance(change, func(i *types.DBInstance) { i.PubliclyAccessible = aws.Bool(true) })
		access, err := login(f, specOf(plan.ScenarioRegionLoss))
		if wantError(t, err, drill.RestoreFailed); access.Secret != "" || len(f.refuge.modified) > 0 {
			t.Errorf("%s: it was logged in to, or changed", name)
		}
	}
}

func TestMasterPasswordOfNobodyElseIsChanged(t *testing.T) {
	f, spec := newFake(t), specOf(plan.ScenarioRegionLoss)
	f.refuge.instances["orders-prod"] = sourceInstance()
	f.refuge.instances["orders-prod"].Endpoint = copyInstance().Endpoint
	_, err := f.PrepareLogin(context.Background(), run, spec, drill.Resource{Kind: ResourceKind, ID: "orders-prod"})
	wantError(t, err, drill.RestoreFailed)
	mistaken := run // even with all tags: the name is none of ours
	mistaken.Throwaway = "orders-prod"
	f.refuge.instances["orders-prod"] = copyInstance(func(i *types.DBInstance) { i.DBInstanceIdentifier = aws.String("orders-prod") })
	_, err = f.PrepareLogin(context.Background(), mistaken, spec, drill.Resource{Kind: ResourceKind, ID: "orders-prod"})
	if wantError(t, err, drill.RestoreFailed); len(f.refuge.modified) > 0 {
		t.Error("production was changed")
	}
}

func TestIAMLoginHasNoPassword(t *testing.T) {
	f, spec := newFake(t), specOf(plan.ScenarioRegionLoss)
	spec.RDS.Login, spec.RDS.User, spec.RDS.Database = drill.LoginIAM, "checker", "sales"
	f.refuge.instances[run.Throwaway] = copyInstance(func(i *types.DBInstance) { i.IAMDatabaseAuthenticationEnabled = aws.Bool(true) })
	access, err := login(f, spec)
	if err != nil || access.User != "checker" || access.Secret != "" || access.Endpoint.Database != "sales" || len(f.refuge.modified) > 0 {
		t.Errorf("%+v, %v", access, err)
	}
	f.refuge.instances[run.Throwaway].IAMDatabaseAuthenticationEnabled = nil // off unless passed
	_, err = login(f, spec)
	wantError(t, err, drill.RestoreFailed)
}

func TestEndpointFollowsTheEngine(t *testing.T) {
	cases := map[string]struct {
		reason, engine, database, wantEngine, wantDatabase string
		name                                               drill.ErrorName
	}{
		"postgres": {"its default", "postgres", "", "postgres", "postgres", drill.NotReady},
		"mysql":    {"the instance's own", "mysql", "shop", "mysql", "shop", drill.NotReady},
		"mariadb":  {"its default", "mariadb", "", "mariadb", "mysql", drill.NotReady},
		"oracle":   {"no driver", "oracle-ee", "", "", "", drill.ValidationImpossible},
		"aurora":   {"a kind of its own", "aurora-postgresql", "", "", "", drill.ValidationImpossible},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			i := copyInstance(func(i *types.DBInstance) { i.Engine, i.DBName = &c.engine, optional(c.database) })
			f.refuge.instances[run.Throwaway] = i
			_, err := login(f, specOf(plan.ScenarioRegionLoss))
			e := wantError(t, err, c.name)
			if c.name == drill.ValidationImpossible {
				if e.Hint == "" {
					t.Errorf("%s: no hint", c.reason)
				}
				return
			}
			got, err := endpointOf(*i, target{RDSSource: *specOf(plan.ScenarioRegionLoss).RDS})
			if err != nil || got.Engine != c.wantEngine || got.Database != c.wantDatabase {
				t.Errorf("%s: %+v, %v", c.reason, got, err)
			}
		})
	}
}
