package aws

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

var _ world.Recoverer = (*World)(nil)

// Recover starts a recovery where the plan is deployed and follows it to its end.
// When ctx ends first it goes on without us, and the error is world.NotFollowed.
func (w *World) Recover(ctx context.Context, q world.RecoverRequest) (*world.RecoveryOutcome, error) {
	request := recovery.Request{
		Mode: cmp.Or(q.Mode, recovery.Exercise), Confirm: q.Confirm, Workload: q.Workload,
		StartedBy: cmp.Or(q.StartedBy, w.o.Caller), Trigger: cmp.Or(q.Trigger, "manual"),
	}
	if request.Mode == recovery.Failover && request.Confirm != w.o.Deployment {
		return nil, &drill.Error{
			Name: drill.InvalidInput, What: fmt.Sprintf("a failover makes real databases in %s: it is confirmed by the name of the deployment", w.o.Config.Region),
			Hint: "say --confirm " + w.o.Deployment,
		}
	}
	if !q.DeployedPlan {
		request.PlanHash = w.o.PlanHash
	}
	return w.runParent(ctx, executionName("recovery", w.o.Clock.Now(), randomHex()), request, "", q.Observe)
}

// Resume has another parent take a run on. The one that it had, if it still runs, ends
// as superseded.
func (w *World) Resume(ctx context.Context, q world.ResumeRequest) (*world.RecoveryOutcome, error) {
	run, err := w.runOf(ctx, q.Run)
	if err != nil {
		return nil, err
	}
	request := recovery.Request{Resume: run.ID, Abort: q.Abort, StartedBy: w.o.Caller, Trigger: "manual"}
	return w.runParent(ctx, executionName(run.ID, w.o.Clock.Now(), randomHex()), request, run.ID, q.Observe)
}

// Decide has the deployed function take a decision: its role, and not the caller's,
// writes the record and starts steps.
func (w *World) Decide(ctx context.Context, run string, d recovery.Decision) error {
	in := recoverystep.DecideStepIn{Run: run, Choice: d.Choice, Step: d.Step, Try: d.Try, By: cmp.Or(d.By, w.o.Caller), Reason: d.Reason}
	_, err := lambda.Invoke[recoverystep.DecideStepOut](ctx, lambda.New(w.o.Config), w.names().Function(deployed.DecideStep), in)
	return err
}

// Recoveries are the newest, by the deployment's record.
func (w *World) Recoveries(ctx context.Context, atMost int) ([]recovery.Run, error) {
	if atMost <= 0 {
		atMost = 1000
	}
	return w.recoveries().Runs(ctx, atMost)
}

// Recovery is how one stands; "": the newest.
func (w *World) Recovery(ctx context.Context, run string) (world.Recovery, error) {
	if run == "" {
		runs, err := w.Recoveries(ctx, 1)
		if err != nil {
			return world.Recovery{}, err
		}
		if len(runs) == 0 {
			return world.Recovery{}, w.noRun("", recovery.ErrNoRun)
		}
		run = runs[0].ID
	}
	return w.lookAt(ctx, run)
}

// Typing writes commands of lifeboat recover as the caller types them; nil: with no flag
// but that of the world.
func (w *World) Typing(command func(words ...string) string) *World {
	w.o.RecoverCommand = command
	return w
}

func (w *World) command(words ...string) string {
	if w.o.RecoverCommand != nil {
		return w.o.RecoverCommand(words...)
	}
	return recovery.Command(recovery.OnAWS, words...)
}

func (w *World) lookAt(ctx context.Context, id string) (world.Recovery, error) {
	run, err := w.runOf(ctx, id)
	if err != nil {
		return world.Recovery{}, err
	}
	steps, err := w.recoveries().Steps(ctx, id)
	return world.Recovery{Run: run, Steps: steps, Seen: w.o.Clock.Now()}, err
}

func (w *World) runOf(ctx context.Context, id string) (recovery.Run, error) {
	run, err := w.recoveries().Run(ctx, id)
	return run, w.noRun(id, err)
}

func (w *World) noRun(id string, err error) error {
	if !errors.Is(err, recovery.ErrNoRun) {
		return err
	}
	what := "there is no recovery " + id
	if id == "" {
		what = "there was no recovery yet"
	}
	return &drill.Error{Name: drill.InvalidInput, What: what, Err: err, Hint: w.command("status", "--list") + " shows the newest"}
}

func (w *World) recoveries() dynamodb.Recoveries {
	return dynamodb.New(w.o.Config, w.names().Table(), nil).Recoveries()
}

// runParent starts a parent and follows its run. resumed is that run's id; "": the
// parent begins one, which has its name.
func (w *World) runParent(ctx context.Context, name string, request recovery.Request, resumed string, observe func(world.Recovery)) (*world.RecoveryOutcome, error) {
	input, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("start the recovery: %w", err)
	}
	arn, _, _, err := w.machines.Start(ctx, w.names().RecoveryMachineARN(), name, input)
	if err != nil {
		return nil, err
	}
	run := cmp.Or(resumed, drill.RunID(arn))
	outcome, err := w.followRun(ctx, arn, run, observe)
	if err != nil { // it goes on, whatever keeps us from looking
		return nil, &world.NotFollowed{
			ExecutionID: arn, Err: err,
			Hint: "watch it with: " + w.command("status", run, "--watch") + "; end it with: " + w.command(recovery.AbortWords(run)...),
		}
	}
	return outcome, nil
}

// takenOverWithin is how long after the end of a parent that came to no ending another
// may take its run: one that hands over has started the next, and the event listener
// hears within seconds of one that was cut off.
const takenOverWithin = time.Minute

// followRun tells how the run stands until its parent has ended, and the ones that
// took it over from that one. The execution is looked at before the record: what the
// record says of a parent that has ended is then never older than its end.
func (w *World) followRun(ctx context.Context, arn, run string, observe func(world.Recovery)) (*world.RecoveryOutcome, error) {
	var closed time.Time // when the parent was first seen to have ended
	for {
		execution, err := w.machines.Describe(ctx, arn)
		if err != nil {
			return nil, err
		}
		now, err := w.lookAt(ctx, run)
		if err != nil && !errors.Is(err, recovery.ErrNoRun) { // it is not there before it was prepared
			return nil, err
		}
		if err == nil && observe != nil {
			observe(now)
		}
		if execution.Closed() {
			outcome, next := endOfParent(execution), now.Run.Execution
			if outcome.Ending != "" || outcome.Error == notConfirmed || next == "" || now.Run.ReportedAt != nil {
				return w.finishRun(ctx, run, outcome, observe)
			}
			if next != arn { // another parent has it
				arn, closed = next, time.Time{}
				continue
			}
			if closed.IsZero() {
				closed = w.o.Clock.Now()
			}
			if w.o.Clock.Now().Sub(closed) >= takenOverWithin {
				return w.finishRun(ctx, run, w.leftAlone(outcome, execution, run), observe)
			}
		}
		if err := w.o.Pause(ctx, followEvery); err != nil {
			return nil, err
		}
	}
}

// notConfirmed is the error of a parent that began nothing.
const notConfirmed = "NotConfirmed"

// leftAlone is a run that nobody goes on with: that is no end, whatever became of its
// last parent.
func (w *World) leftAlone(o *world.RecoveryOutcome, last sfn.Execution, run string) *world.RecoveryOutcome {
	o.Cause = cmp.Or(o.Cause, "its execution ended as "+cmp.Or(o.Other, last.Status))
	o.Cause += "; it is not over, and nobody goes on with it"
	o.Hint = "go on with it: " + w.command("resume", run) + "; or begin nothing any more, and report: the same with --abort"
	o.Other = ""
	return o
}

// endOfParent reads how a parent ended.
func endOfParent(e sfn.Execution) *world.RecoveryOutcome {
	o := &world.RecoveryOutcome{Error: e.Error, Cause: e.Cause, Hint: "look at the execution in the console of Step Functions"}
	switch ending := drill.Ending(e.Error); ending {
	case drill.ObjectivesMissed, drill.FailureClean, drill.FailureDirty:
		o.Ending = ending
	case drill.Passed: // is no error
	}
	var output struct {
		Ending   drill.Ending `json:"ending"`
		Outcome  string       `json:"outcome"`
		Says     string       `json:"says"`
		Evidence string       `json:"evidence"`
	}
	if json.Unmarshal(e.Output, &output) == nil {
		o.Ending, o.Other, o.Evidence = cmp.Or(o.Ending, output.Ending), output.Outcome, output.Evidence
		o.Cause = cmp.Or(o.Cause, output.Says)
	}
	return o
}

// finishRun looks at the record for the last time, and reads the evidence.
func (w *World) finishRun(ctx context.Context, run string, o *world.RecoveryOutcome, observe func(world.Recovery)) (*world.RecoveryOutcome, error) {
	now, err := w.lookAt(ctx, run)
	if errors.Is(err, recovery.ErrNoRun) {
		return o, nil // nothing was begun: the cause says why
	}
	if err != nil {
		return o, err
	}
	o.Recovery = &now
	if observe != nil {
		observe(now)
	}
	if now.Run.ReportedAt == nil || o.Error == notConfirmed { // a failover that gave way to another has no evidence
		return o, nil
	}
	text, err := s3.New(w.o.Config, s3.Options{Bucket: w.names().Bucket(), Clock: w.o.Clock}).Get(ctx, recoveryevidence.Key(run))
	if awsconfig.Code(err) == "NoSuchKey" { // it gave way to another, or its evidence could not be recorded
		return o, nil
	}
	if err != nil {
		return o, err
	}
	document, err := recoveryevidence.DecodeAs(run, text)
	if err != nil {
		return o, fmt.Errorf("%s: %w", recoveryevidence.Key(run), err)
	}
	o.Document, o.Evidence = &document, "s3://"+w.names().Bucket()+"/"+recoveryevidence.Key(run)
	o.Report = strings.TrimSuffix(o.Evidence, ".json") + ".html"
	return o, nil
}
