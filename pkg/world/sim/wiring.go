package sim

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/evidence"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	"github.com/lifeboat-dr/lifeboat/pkg/validation"
)

// role is one function's way to AWS: the real SDK clients, with its own
// credentials, so that every call shows who made it.
type role struct {
	world *World
	name  string
}

func (r role) config(region string) aws.Config {
	return awsconfig.New(awsconfig.Options{
		Region: region, Version: r.world.options.Version, HTTPClient: &http.Client{Transport: r.world.cloud}, Pause: r.world.clock.Sleep,
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(r.world.names.account, r.name), "secret", ""),
	})
}

func (r role) home() aws.Config { return r.config(r.world.names.region) }

func (r role) table() *dynamodb.Table {
	return dynamodb.New(r.home(), r.world.names.table, sfn.New(r.home()).Closed)
}

func (r role) instances() *rds.Adapter {
	return rds.New(rds.Options{Config: r.config, Clock: r.world.clock, Account: r.world.names.account, LookUpEvents: true})
}

// handlers are the functions, each wired as its main does it.
func (w *World) handlers() map[string]step.Handler {
	handlers := map[string]step.Handler{}
	for _, function := range step.Functions() {
		handlers[function] = step.Handlers(w.steps(role{w, function}))[function]
	}
	listener := role{w, "event-listener"}
	handlers["event-listener"] = step.JSON(step.EventListener{
		Deployment: w.names.deployment, Tokens: listener.table(), Waker: sfn.New(listener.home()), Cleaner: step.MachineCleaner{Machines: sfn.New(listener.home()), Machine: w.names.machine},
	}.Handle)
	return handlers
}

func (w *World) steps(r role) step.Steps {
	table, instances := r.table(), r.instances()
	return step.Steps{
		ClaimSlot: step.ClaimSlot{
			Plans: step.FixedPlan{Plan: w.options.Plan, Places: places(w.options.Plan)}, Slots: table, Executions: sfn.New(r.home()), History: table,
			Journal: table, Clock: w.clock, Version: w.options.Version,
		},
		SelectBackup:      step.SelectBackup{Backups: instances, Journal: table, Clock: w.clock},
		StartRestore:      step.StartRestore{Restorer: instances, Journal: table, Clock: w.clock},
		CheckAvailability: step.CheckAvailability{Watcher: instances, Journal: table, Clock: w.clock},
		AwaitEvent:        step.AwaitEvent{Tokens: table, Clock: w.clock},
		ValidateData:      step.ValidateData{OpenChecks: w.openChecks(instances), Journal: table, Clock: w.clock},
		Cleanup:           step.Cleanup{Remover: instances, Journal: table, Clock: w.clock},
		ConfirmRemoval:    step.ConfirmRemoval{Inventory: instances, Journal: table, Clock: w.clock},
		RecordEvidence:    step.RecordEvidence{Evidence: w.recorder(r, table), Journal: table, Clock: w.clock},
		PublishMetrics:    step.PublishMetrics{Metrics: cloudwatch.New(r.home(), w.clock), Journal: table, Clock: w.clock},
		ReleaseSlot:       step.ReleaseSlot{Slots: table, Journal: table, Clock: w.clock},
	}
}

func (w *World) recorder(r role, table *dynamodb.Table) evidence.Recorder {
	bucket := s3.New(r.home(), s3.Options{
		Bucket: w.names.bucket, Retention: w.options.Plan.EvidenceRetention(), Clock: w.clock,
		KMSKey: w.names.of().ARN("kms", "key/lifeboat"),
	})
	return evidence.Recorder{Documents: bucket, Index: table, States: sfn.New(r.home()).States, Versions: evidence.Versions{Lifeboat: w.options.Version}}
}

// openChecks gets a login as on AWS, and then asks the model, or the real
// database behind the copy.
func (w *World) openChecks(instances *rds.Adapter) step.OpenChecks {
	if backing := w.options.Backing; backing != nil {
		opener := validation.Opener{Login: instances.Login, Roots: backing.Roots, Clock: w.clock}
		return func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (step.CheckSession, error) {
			return opener.Open(ctx, run, spec, res)
		}
	}
	return func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (step.CheckSession, error) {
		endpoint, _, _, err := instances.Login(ctx, run, spec, res)
		if err != nil {
			return nil, err
		}
		w.clock.Sleep(connectTakes)
		return modelledSession{
			answers: w.options.Scenario.Checks, endpoint: endpoint, now: w.clock.Now, sleep: w.clock.Sleep, started: run.StartedAt,
		}, nil
	}
}

// connectTakes is for TLS and the login.
const connectTakes = 80 * time.Millisecond

// remember writes the past drills of the database.
func (w *World) remember() error {
	table := role{w, "history"}.table()
	took := w.options.Scenario.history(w.land.restoreTakes())
	_, version, _ := w.land.engine()
	saw := drill.Identity{SystemIdentifier: w.land.resourceID(), ServerVersion: version}
	if w.options.Scenario.Source.Replaced {
		saw.SystemIdentifier = "db-THEONEBEFORE"
	}
	for i, seconds := range took {
		recorded := w.started.AddDate(0, -i-1, 0)
		entry := drill.HistoryEntry{Database: w.land.spec.Name(), RunID: fmt.Sprintf("past-%d", i+1), EvidenceID: fmt.Sprintf("past-%d", i+1), RecordedAt: recorded, Ending: drill.Passed, RestoreSeconds: &seconds, Saw: &saw}
		if err := table.AddHistory(context.Background(), entry); err != nil {
			return fmt.Errorf("the history of the scenario: %w", err)
		}
	}
	return nil
}

func documentKey(id string) string { return "evidence/" + id + ".json" }

func keyID(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
