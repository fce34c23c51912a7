package functions_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/tlstest"
)

// amazon is the simulated AWS in real time, with a restored instance that is a
// real PostgreSQL and lives through its states in seconds.
type amazon struct {
	cloud     *lab.Cloud
	source    *pgtest.Source
	authority tlstest.Authority
	bucket    string

	mu      sync.Mutex
	running map[string]*asl.Execution
	history map[string][]asl.Event
}

// newAmazon has the names that the deployment gives to its functions.
func newAmazon(t *testing.T, stack cfn.Template) *amazon {
	t.Helper()
	a := &amazon{bucket: setting(t, stack, deployed.EnvBucket), running: map[string]*asl.Execution{}, history: map[string][]asl.Event{}}
	a.source, a.authority = pgtest.Encrypted(t)
	a.source.Exec("postgres", "create role app login createdb; grant pg_read_all_data to app")
	a.source.Exec("postgres", "create database app")
	a.source.Exec("app", `create table customers (id int primary key); insert into customers select generate_series(1, 100);
		create table orders as select i as id, 1 + i % 100 as customer_id, now() as created_at from generate_series(1, 2000) i`)

	a.cloud = lab.New(lab.Options{
		Options:    simaws.Options{Clock: clock.Real{}, Latency: time.Nanosecond},
		Deliver:    func(events.Event) events.Delivery { return events.Delivery{100 * time.Millisecond} },
		Executions: machines{a},
		RDS: rds.Options{Backing: a, Behaviour: rds.Behaviour{
			Creating: 2 * time.Second, Modifying: time.Second, Rotation: time.Second, Deleting: time.Second, Hydrating: time.Second,
			UnseenFor: 100 * time.Millisecond, StaleFor: 100 * time.Millisecond,
		}},
	})
	a.cloud.IAM.AddLinkedRoleRDS(account)
	key := a.cloud.KMS.AddKey(account, home, kms.Key{ID: "backups"})
	a.cloud.RDS.AddGroups(account, home, []rds.SubnetGroup{{Name: setting(t, stack, deployed.EnvSubnetGroup), VPC: "vpc-lifeboat"}},
		[]rds.ParameterGroup{{Name: "default.postgres15", Family: "postgres15"}}, []rds.OptionGroup{{Name: "default:postgres-15", Engine: "postgres", Version: "15"}})
	a.cloud.RDS.AddBackup(account, home, rds.AutomatedBackup{
		Instance: "orders-prod", InstanceARN: "arn:aws:rds:eu-west-1:" + account + ":db:orders-prod", ResourceID: "db-SOURCE", Engine: "postgres", EngineVersion: "15.7",
		MasterUser: "app", Status: "replicating", StorageGiB: 100, KMSKey: key, RetentionDays: 7, SourceRegion: "eu-west-1",
	})
	a.cloud.S3.CreateBucket(account, home, a.bucket)
	a.cloud.DynamoDB.CreateTable(account, home, setting(t, stack, deployed.EnvTable), "pk", "sk")
	return a
}

// Start implements rds.Backing.
func (a *amazon) Start(string, string) (string, int, error) { return "localhost", a.source.Port(), nil }

// SetPassword implements rds.Backing.
func (a *amazon) SetPassword(_, user, password string) error {
	a.source.Exec("postgres", "alter role "+user+" password '"+password+"'")
	return nil
}

// Stop implements rds.Backing.
func (a *amazon) Stop(string) {}

func (a *amazon) runs(arn string, x *asl.Execution) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running[arn] = x
}

func (a *amazon) observe(arn string, e asl.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.history[arn] = append(a.history[arn], e)
}

func (a *amazon) leftBehind() []string {
	var left []string
	for _, i := range a.cloud.RDS.Instances(account, home) {
		if drill.IsThrowawayName("prod", i.Identifier) {
			left = append(left, i.Identifier)
		}
	}
	return left
}

func (a *amazon) evidence(t *testing.T, id string) drillevidence.Document {
	t.Helper()
	for _, object := range a.cloud.S3.Objects(a.bucket) {
		if strings.HasSuffix(object.Key, "/"+id+".json") {
			document, err := drillevidence.Decode(object.Body)
			if err != nil {
				t.Fatal(err)
			}
			return document
		}
	}
	t.Fatalf("no evidence of %s", id)
	return drillevidence.Document{}
}

// stepFunctions is what the functions ask of Step Functions.

// Machine implements sfn.Backend.
func (a *amazon) Machine(string) (sfn.Machine, bool) { return sfn.Machine{}, false }

// Execution implements sfn.Backend.
func (a *amazon) Execution(arn string) (sfn.Execution, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running[arn] == nil {
		return sfn.Execution{}, false
	}
	return sfn.Execution{Start: sfn.Start{ARN: arn, MachineARN: machineARN, Name: drill.RunID(arn), Input: json.RawMessage("{}")}, Status: sfn.Running}, true
}

// Executions implements sfn.Backend.
func (a *amazon) Executions(string) []sfn.Execution { return nil }

// History implements sfn.Backend.
func (a *amazon) History(arn string) ([]json.RawMessage, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []json.RawMessage
	for _, e := range a.history[arn] {
		text, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, nil
}

// SendTaskSuccess implements sfn.Backend.
func (a *amazon) SendTaskSuccess(token string, output json.RawMessage) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, x := range a.running {
		if x.SendTaskSuccess(token, output) == nil {
			return nil
		}
	}
	return sfn.ErrTaskTimedOut
}

var errUnused = errors.New("no function does that")

// SendTaskFailure implements sfn.Backend.
func (a *amazon) SendTaskFailure(string, string, string) error { return errUnused }

// SendTaskHeartbeat implements sfn.Backend.
func (a *amazon) SendTaskHeartbeat(string) error { return errUnused }

// Stop of an execution; Start is that of instances.
type machines struct{ *amazon }

// Start implements sfn.Backend.
func (machines) Start(sfn.Start) error { return errUnused }

// Stop implements sfn.Backend.
func (machines) Stop(string, string, string) error { return errUnused }
