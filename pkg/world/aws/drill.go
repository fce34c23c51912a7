// Package aws is the world in which lifeboat is deployed: it starts executions
// of the deployed drill machine and follows them. The drill runs in AWS, so
// whoever follows it may go away at any time.
package aws

import (
	"context"
	"encoding/json"
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
)

// Options of a world.
type Options struct {
	// Config of the region where lifeboat is deployed.
	Config     aws.Config
	Deployment string
	Account    string // 12 digits
	Clock      clock.Clock
	// Pause waits between two looks at the execution; it returns early, with
	// the context's error, when that ends.
	Pause func(ctx context.Context, d time.Duration) error
}

// World is one deployment of lifeboat.
type World struct {
	o        Options
	machines *sfn.Machines
}

// Open makes a world. It makes no call.
func Open(o Options) *World { return &World{o: o, machines: sfn.New(o.Config)} }

// followEvery is how often an execution is looked at: GetExecutionHistory
// costs nothing, and its quota is 20 calls a second.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const followEvery = 2 * time.Second

// Outcome is what became of a drill.
type Outcome struct {
	ExecutionARN string
	// Ending is "" where no drill took place, and Duplicate says so: the
	// scheduled time had been claimed before.
	Ending    drill.Ending
	Duplicate bool
	Error     string // of the execution
	Cause     string
	// Refused is the error of ClaimSlot where the drill was refused at once:
	// UnknownDatabase, PlanMismatch, SlotBusy.
	Refused drill.ErrorName
	// Document is nil where no evidence was recorded.
	Document *drillevidence.Document
	Location string // of the evidence
}

// Start begins a drill and returns its execution's ARN. The name is unique
// because it holds the time and random, which the caller makes.
func (w *World) Start(ctx context.Context, request drillstep.Request, random string) (string, error) {
	input, err := json.Marshal(request)
	if err != nil {
		return "", fmt.Errorf("start the drill: %w", err)
	}
	arn, _, _, err := w.machines.Start(ctx, w.names().MachineARN(), executionName(request.Database, w.o.Clock.Now(), random), input)
	return arn, err
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

// Follow shows every event until the execution has ended, and then says what
// became of the drill. When ctx ends first the drill goes on without us.
func (w *World) Follow(ctx context.Context, arn string, observe func(sfn.Event)) (*Outcome, error) {
	outcome := &Outcome{ExecutionARN: arn}
	seen := int64(0)
	for {
		ended := false
		for event, err := range w.machines.Follow(ctx, arn, seen) {
			if err != nil {
				return nil, err
			}
			seen = event.ID
			observe(event)
			outcome.note(event)
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

func isEnd(e sfn.Event) bool {
	switch e.Type {
	case "ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut":
		return true
	}
	return false
}

// note picks from the history what the execution's own result does not hold.
func (o *Outcome) note(e sfn.Event) {
	if strings.HasSuffix(e.Type, "Exited") && e.State == "RecordEvidence" {
		var recorded drillstep.RecordEvidenceOut
		if json.Unmarshal(e.Output, &recorded) == nil {
			o.Location = recorded.Evidence
		}
	}
	if e.Type == "LambdaFunctionFailed" || e.Type == "TaskFailed" {
		switch name := drill.ErrorName(e.Error); name {
		case drill.UnknownDatabase, drill.PlanMismatch, drill.SlotBusy:
			o.Refused = name
		}
	}
}

func (w *World) finish(ctx context.Context, o *Outcome) (*Outcome, error) {
	execution, err := w.machines.Describe(ctx, o.ExecutionARN)
	if err != nil {
		return nil, err
	}
	o.Error, o.Cause = execution.Error, execution.Cause
	o.Ending, o.Duplicate = endingOf(execution)
	if o.Location == "" {
		return o, nil
	}
	o.Document, err = w.document(ctx, o.Location)
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
	document, err := drillevidence.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", location, err)
	}
	return &document, nil
}
