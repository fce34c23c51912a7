// Package aws is the world in which lifeboat is deployed: it starts executions
// of the deployed drill machine and follows them. The drill runs in AWS, so
// whoever follows it may go away at any time.
package aws

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// Options of a world.
type Options struct {
	// Config of the region where lifeboat is deployed.
	Config     aws.Config
	Deployment string
	Account    string // 12 digits
	// Databases are those of the plan, "workload/database": they may have
	// evidence, whatever lies in the bucket.
	Databases []string
	// PlanHash is that of the caller's plan; a drill is refused where another one
	// is deployed. "": whatever is deployed.
	PlanHash string
	// Caller is who starts drills: the ARN of a user or of an assumed role.
	Caller string
	Clock  clock.Clock
	// RecoverCommand writes commands of lifeboat recover as they are to be typed; nil:
	// with no flag but that of the world.
	RecoverCommand func(words ...string) string
	// Pause waits between two looks at the execution; it returns early, with
	// the context's error, when that ends.
	Pause func(ctx context.Context, d time.Duration) error
}

// World is one deployment of lifeboat.
type World struct {
	o        Options
	machines *sfn.Machines
}

var _ world.World = (*World)(nil)

// Open makes a world. It makes no call.
func Open(o Options) *World { return &World{o: o, machines: sfn.New(o.Config)} }

// followEvery is how often an execution is looked at: GetExecutionHistory
// costs nothing, and its quota is 20 calls a second.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const followEvery = 2 * time.Second

// Drill starts an execution and follows it to its end. When ctx ends first the
// drill goes on without us, and the error is world.NotFollowed.
func (w *World) Drill(ctx context.Context, r world.Request) (*world.Outcome, error) {
	arn, err := w.start(ctx, r)
	if err != nil {
		return nil, err
	}
	observe := r.Observe
	if observe == nil {
		observe = func(world.Event) {}
	}
	observe(world.Event{Kind: world.Started, At: w.o.Clock.Now(), Started: &world.Start{ExecutionID: arn, Region: w.o.Config.Region}})
	outcome, err := w.follow(ctx, arn, observe)
	if errors.Is(err, context.Canceled) {
		return nil, &world.NotFollowed{
			ExecutionID: arn, Err: err,
			Hint: "stop it with: aws stepfunctions stop-execution --region " + w.o.Config.Region + " --execution-arn " + arn,
		}
	}
	return outcome, err
}

// start begins a drill and returns its execution's ARN. The name is unique
// because it holds the time and something random.
func (w *World) start(ctx context.Context, r world.Request) (string, error) {
	request := drillstep.Request{
		Database: r.Database, StartedBy: cmp.Or(r.StartedBy, w.o.Caller), Trigger: r.Trigger, ScheduledTime: r.ScheduledTime, Keep: r.Keep,
	}
	if !r.DeployedPlan {
		request.PlanHash = w.o.PlanHash
	}
	input, err := json.Marshal(request)
	if err != nil {
		return "", fmt.Errorf("start the drill: %w", err)
	}
	arn, _, _, err := w.machines.Start(ctx, w.names().MachineARN(), executionName(request.Database, w.o.Clock.Now(), randomHex()), input)
	return arn, err
}

func randomHex() string {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails: https://pkg.go.dev/crypto/rand#Read
	return hex.EncodeToString(random[:])
}

func (w *World) names() deployed.Names {
	return deployed.Names{Deployment: w.o.Deployment, Account: w.o.Account, Region: w.o.Config.Region}
}

// executionName is at most 80 characters of those that names may have.
func executionName(database string, now time.Time, random string) string {
	safe := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, database)
	return safe[:min(len(safe), 50)] + "-" + now.Format("20060102T150405Z") + "-" + random
}

// follow shows every event until the execution has ended, and then says what
// became of the drill.
func (w *World) follow(ctx context.Context, arn string, observe func(world.Event)) (*world.Outcome, error) {
	outcome := &world.Outcome{ExecutionID: arn, Hint: "look at the execution in the console of Step Functions"}
	seen := int64(0)
	for {
		ended := false
		for event, err := range w.machines.Follow(ctx, arn, seen) {
			if err != nil {
				return nil, err
			}
			seen = event.ID
			if told, worth := eventOf(event); worth {
				observe(told)
			}
			note(outcome, event)
			ended = ended || isEnd(event)
		}
		if ended {
			return w.finish(ctx, outcome)
		}
		if err := w.o.Pause(ctx, followEvery); err != nil {
			return nil, err
		}
	}
}

// eventOf is what observers are told of an event; most are not worth it.
func eventOf(e sfn.Event) (world.Event, bool) {
	switch {
	case e.State != "" && strings.HasSuffix(e.Type, "Entered"):
		return world.Event{Kind: world.Entered, At: e.At, State: e.State}, true
	case e.State != "" && strings.HasSuffix(e.Type, "Exited"):
		return world.Event{Kind: world.Left, At: e.At, State: e.State}, true
	case e.Type == "TaskFailed", e.Type == "LambdaFunctionFailed":
		return world.Event{Kind: world.Failed, At: e.At, Error: e.Error}, true
	}
	return world.Event{}, false
}

func isEnd(e sfn.Event) bool {
	switch e.Type {
	case "ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut":
		return true
	}
	return false
}

// note picks from the history what the execution's own result does not hold.
func note(o *world.Outcome, e sfn.Event) {
	if strings.HasSuffix(e.Type, "Exited") && e.State == "RecordEvidence" {
		var recorded drillstep.RecordEvidenceOut
		if json.Unmarshal(e.Output, &recorded) == nil {
			o.Evidence = recorded.Evidence
		}
	}
	if e.Type == "LambdaFunctionFailed" || e.Type == "TaskFailed" {
		switch name := drill.ErrorName(e.Error); name {
		case drill.UnknownDatabase, drill.PlanMismatch, drill.SlotBusy:
			o.Refused = name
		}
	}
}

func (w *World) finish(ctx context.Context, o *world.Outcome) (*world.Outcome, error) {
	execution, err := w.machines.Describe(ctx, o.ExecutionID)
	if err != nil {
		return nil, err
	}
	o.Error, o.Cause = execution.Error, execution.Cause
	o.Ending, o.Duplicate = endingOf(execution)
	if o.Evidence == "" {
		return o, nil
	}
	o.Document, err = w.document(ctx, o.Evidence)
	return o, err
}

// endingOf an execution; "" where it ended in none of the four.
func endingOf(e sfn.Execution) (ending drill.Ending, duplicate bool) {
	switch ending := drill.Ending(e.Error); ending {
	case drill.ObjectivesMissed, drill.FailureClean, drill.FailureDirty:
		return ending, false
	case drill.Passed: // is no error
	}
	var output struct {
		Ending  drill.Ending `json:"ending"`
		Outcome string       `json:"outcome"`
	}
	if json.Unmarshal(e.Output, &output) == nil {
		return output.Ending, output.Outcome == drillstep.Duplicate
	}
	return "", false
}

func (w *World) document(ctx context.Context, location string) (*drillevidence.Document, error) {
	bucket, key, found := strings.Cut(strings.TrimPrefix(location, "s3://"), "/")
	if !found {
		return nil, fmt.Errorf("the evidence lies at %q, which is no place in S3", location)
	}
	text, err := s3.New(w.o.Config, s3.Options{Bucket: bucket, Clock: w.o.Clock}).Get(ctx, key)
	if err != nil {
		return nil, err
	}
	document, err := drillevidence.DecodeAs(idOf(key), text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", location, err)
	}
	return &document, nil
}
