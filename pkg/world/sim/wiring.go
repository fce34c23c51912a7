package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	awaitend "github.com/lifeboat-dr/lifeboat/functions/await-end/wire"
	awaitevent "github.com/lifeboat-dr/lifeboat/functions/await-event/wire"
	backupmonitor "github.com/lifeboat-dr/lifeboat/functions/backup-monitor/wire"
	checkavailability "github.com/lifeboat-dr/lifeboat/functions/check-availability/wire"
	claimslot "github.com/lifeboat-dr/lifeboat/functions/claim-slot/wire"
	claimstep "github.com/lifeboat-dr/lifeboat/functions/claim-step/wire"
	cleanup "github.com/lifeboat-dr/lifeboat/functions/cleanup/wire"
	confirmremoval "github.com/lifeboat-dr/lifeboat/functions/confirm-removal/wire"
	decidestep "github.com/lifeboat-dr/lifeboat/functions/decide-step/wire"
	dispatcher "github.com/lifeboat-dr/lifeboat/functions/dispatcher/wire"
	eventlistener "github.com/lifeboat-dr/lifeboat/functions/event-listener/wire"
	notifier "github.com/lifeboat-dr/lifeboat/functions/notifier/wire"
	preflight "github.com/lifeboat-dr/lifeboat/functions/preflight/wire"
	preparelogin "github.com/lifeboat-dr/lifeboat/functions/prepare-login/wire"
	preparerecovery "github.com/lifeboat-dr/lifeboat/functions/prepare-recovery/wire"
	protectionmonitor "github.com/lifeboat-dr/lifeboat/functions/protection-monitor/wire"
	publishmetrics "github.com/lifeboat-dr/lifeboat/functions/publish-metrics/wire"
	querycopy "github.com/lifeboat-dr/lifeboat/functions/query-copy/wire"
	queryrecovered "github.com/lifeboat-dr/lifeboat/functions/query-recovered/wire"
	recordevidence "github.com/lifeboat-dr/lifeboat/functions/record-evidence/wire"
	releaseslot "github.com/lifeboat-dr/lifeboat/functions/release-slot/wire"
	releasestep "github.com/lifeboat-dr/lifeboat/functions/release-step/wire"
	removethrowaways "github.com/lifeboat-dr/lifeboat/functions/remove-throwaways/wire"
	reportrecovery "github.com/lifeboat-dr/lifeboat/functions/report-recovery/wire"
	runstep "github.com/lifeboat-dr/lifeboat/functions/run-step/wire"
	selectbackup "github.com/lifeboat-dr/lifeboat/functions/select-backup/wire"
	startready "github.com/lifeboat-dr/lifeboat/functions/start-ready/wire"
	startrestore "github.com/lifeboat-dr/lifeboat/functions/start-restore/wire"
	sweeper "github.com/lifeboat-dr/lifeboat/functions/sweeper/wire"
	validatedata "github.com/lifeboat-dr/lifeboat/functions/validate-data/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
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
	return dynamodb.New(r.home(), r.world.names.table, nil)
}

// Wires are the functions by name, wired as they are deployed. Only the way to a
// copy is a world's own.
func Wires(openers validatedata.Openers) map[string]func(lambdafn.Env) (lambdafn.Handler, error) {
	return map[string]func(lambdafn.Env) (lambdafn.Handler, error){
		deployed.ClaimSlot:         claimslot.Handler,
		deployed.SelectBackup:      selectbackup.Handler,
		deployed.StartRestore:      startrestore.Handler,
		deployed.CheckAvailability: checkavailability.Handler,
		deployed.AwaitEvent:        awaitevent.Handler,
		deployed.PrepareLogin:      preparelogin.Handler,
		deployed.ValidateData:      validatedata.WithOpeners(openers),
		deployed.Cleanup:           cleanup.Handler,
		deployed.ConfirmRemoval:    confirmremoval.Handler,
		deployed.RecordEvidence:    recordevidence.Handler,
		deployed.PublishMetrics:    publishmetrics.Handler,
		deployed.ReleaseSlot:       releaseslot.Handler,
		deployed.EventListener:     eventlistener.Handler,
		deployed.Notifier:          notifier.Handler,
		deployed.BackupMonitor:     backupmonitor.Handler,
		deployed.Preflight:         preflight.Handler,
		deployed.Sweeper:           sweeper.Handler,
		deployed.Dispatcher:        dispatcher.Handler,
		deployed.ProtectionMonitor: protectionmonitor.Handler,
		deployed.PrepareRecovery:   preparerecovery.Handler,
		deployed.StartReady:        startready.Handler,
		deployed.AwaitEnd:          awaitend.Handler,
		deployed.RemoveThrowaways:  removethrowaways.Handler,
		deployed.ReportRecovery:    reportrecovery.Handler,
		deployed.ClaimStep:         claimstep.Handler,
		deployed.RunStep:           runstep.Handler,
		deployed.QueryCopy:         querycopy.WithOpeners(openers),
		deployed.QueryRecovered:    queryrecovered.WithOpeners(openers),
		deployed.ReleaseStep:       releasestep.Handler,
		deployed.DecideStep:        decidestep.Handler,
	}
}

// handlers are all functions by name.
func (w *World) handlers() (map[string]step.Handler, error) {
	var problems []error
	handlers := map[string]step.Handler{}
	plan := packagedPlan(w)
	for name, wire := range Wires(w.openers) {
		handler, err := wire(w.env(name, plan))
		if err != nil {
			problems = append(problems, fmt.Errorf("start %s: %w", name, err))
		}
		handlers[name] = handler
	}
	return handlers, errors.Join(problems...)
}

// packagedPlan is the plan as the deployment puts it beside functions.
func packagedPlan(w *World) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) { return json.Marshal(w.options.Plan.Normalised()) })
}

// env is what a deployment of the plan puts around a function.
func (w *World) env(function string, plan func() ([]byte, error)) lambdafn.Env {
	variables := w.names.of().Environment(deployed.Settings{
		Version: w.options.Version, RetentionDays: int(w.options.Plan.EvidenceRetention().Hours() / 24),
		Key: w.names.of().ARN("kms", "key/lifeboat"), SecurityGroups: places(w.options.Plan).SecurityGroups,
		Recovers: w.options.Plan.RecoversOnAWS(),
	})
	variables["AWS_REGION"] = w.names.region
	return lambdafn.Env{
		Getenv: func(name string) string { return variables[name] }, Config: role{w, function}.config, Clock: w.clock, HTTP: w.web,
		ReadFile: func(name string) ([]byte, error) {
			if name == deployed.PlanFile && slices.Contains(deployed.ReadPlan, function) {
				return plan()
			}
			return nil, fs.ErrNotExist
		},
	}
}

// remember writes the past drills of the database.
func (w *World) remember() error {
	table := role{w, "history"}.table()
	for _, entry := range (Estate{w.estate, w.land}).History(w.started) {
		if err := table.AddHistory(context.Background(), entry); err != nil {
			return fmt.Errorf("the history of the scenario: %w", err)
		}
	}
	return nil
}

// History is the past drills of the database, as the scenario has them.
func (e Estate) History(now time.Time) (list []drill.HistoryEntry) {
	saw := e.saw()
	for i, seconds := range e.land.scenario.history(e.restoreTakes()) {
		id := fmt.Sprintf("past-%d", i+1)
		list = append(list, drill.HistoryEntry{
			Database: e.Name(), RunID: id, EvidenceID: id, RecordedAt: now.AddDate(0, -i-1, 0), Ending: drill.Passed, RestoreSeconds: &seconds, Saw: &saw,
		})
	}
	return list
}

func documentKey(id string) string { return "evidence/" + id + ".json" }

func keyID(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
