package sfn_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account    = "111122223333"
	machineARN = "arn:aws:states:eu-central-1:111122223333:stateMachine:drill"
	prefix     = "arn:aws:states:eu-central-1:111122223333:execution:drill:"
)

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

// backend keeps what it is told.
type backend struct {
	executions []sfn.Execution
	events     []json.RawMessage
	tokens     []string
	tokenError error
	now        func() time.Time
}

func (b *backend) Machine(arn string) (sfn.Machine, bool) {
	if arn != machineARN {
		return sfn.Machine{}, false
	}
	return sfn.Machine{
		ARN: arn, Definition: `{"StartAt":"B"}`, RoleARN: "arn:aws:iam::111122223333:role/drill", RevisionID: "r2", Created: start,
		Versions: []sfn.Version{{Number: 7, Definition: `{"StartAt":"A"}`, Created: start.Add(time.Hour)}},
	}, true
}

func (b *backend) Start(s sfn.Start) error {
	b.executions = append(b.executions, sfn.Execution{Start: s, Status: sfn.Running})
	return nil
}

func (b *backend) find(arn string) *sfn.Execution {
	for i := range b.executions {
		if b.executions[i].ARN == arn {
			return &b.executions[i]
		}
	}
	return nil
}

func (b *backend) Execution(arn string) (sfn.Execution, bool) {
	if x := b.find(arn); x != nil {
		return *x, true
	}
	return sfn.Execution{}, false
}

func (b *backend) Executions(string) []sfn.Execution         { return b.executions }
func (b *backend) History(string) ([]json.RawMessage, error) { return b.events, nil }
func (b *backend) SendTaskSuccess(t string, o json.RawMessage) error {
	return b.token("success", t, string(o))
}
func (b *backend) SendTaskFailure(t, e, c string) error { return b.token("failure", t, e, c) }
func (b *backend) SendTaskHeartbeat(t string) error     { return b.token("heartbeat", t) }

func (b *backend) token(what ...string) error {
	b.tokens = append(b.tokens, strings.Join(what, " "))
	return b.tokenError
}

func (b *backend) Stop(arn, failure, cause string) error {
	x := b.find(arn)
	x.Status, x.Error, x.Cause, x.Stopped = sfn.Aborted, failure, cause, b.now()
	return nil
}

type lab struct {
	*sdk.Client
	clock   *clock.Virtual
	cloud   *simaws.Cloud
	backend *backend
}

func newLab() lab { return newLabOf(account, "eu-central-1") }

func newLabOf(account, region string) lab {
	l := lab{clock: clock.NewVirtual(start), backend: &backend{}}
	l.backend.now = l.clock.Now
	l.cloud = simaws.New(simaws.Options{Clock: l.clock}, map[string]wire.Handler{"states": sfn.New(l.backend)})
	l.Client = sdk.NewFromConfig(aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: l.cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	return l
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return fmt.Sprint(err)
}

func (l lab) start(t *testing.T, name, input string) *sdk.StartExecutionOutput {
	t.Helper()
	out, err := l.StartExecution(context.Background(), &sdk.StartExecutionInput{
		StateMachineArn: aws.String(machineARN), Name: aws.String(name), Input: aws.String(input),
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStartIsIdempotentWhileItRuns(t *testing.T) {
	l := newLab()
	ctx := context.Background()
	first := l.start(t, "orders", `{"a": 1}`)
	l.clock.Advance(time.Minute)
	again := l.start(t, "orders", `{"a": 1}`)
	if *again.ExecutionArn != prefix+"orders" || !again.StartDate.Equal(start) || *first.ExecutionArn != *again.ExecutionArn {
		t.Errorf("the second start answered %s at %s", *again.ExecutionArn, again.StartDate)
	}
	if len(l.backend.executions) != 1 {
		t.Errorf("%d executions were begun", len(l.backend.executions))
	}
	in := &sdk.StartExecutionInput{StateMachineArn: aws.String(machineARN), Name: aws.String("orders"), Input: aws.String(`{"a":1}`)}
	if _, err := l.StartExecution(ctx, in); code(err) != "ExecutionAlreadyExists" {
		t.Errorf("another input: %v", err)
	}
	if _, err := l.StopExecution(ctx, &sdk.StopExecutionInput{ExecutionArn: first.ExecutionArn}); err != nil {
		t.Fatal(err)
	}
	in.Input = aws.String(`{"a": 1}`)
	if _, err := l.StartExecution(ctx, in); code(err) != "ExecutionAlreadyExists" {
		t.Errorf("the execution is closed: %v", err)
	}
}

func TestStartWithoutNameAndInput(t *testing.T) {
	l := newLab()
	names := map[string]bool{}
	for range 2 {
		out, err := l.StartExecution(context.Background(), &sdk.StartExecutionInput{StateMachineArn: aws.String(machineARN + ":7")})
		if err != nil {
			t.Fatal(err)
		}
		names[*out.ExecutionArn] = true
	}
	if len(names) != 2 {
		t.Errorf("names %v", names)
	}
	if got := l.backend.executions[0]; string(got.Input) != "{}" || got.Version != 7 || got.MachineARN != machineARN {
		t.Errorf("begun: %+v", got)
	}
	out, err := l.DescribeExecution(context.Background(), &sdk.DescribeExecutionInput{ExecutionArn: &l.backend.executions[0].ARN})
	if err != nil || aws.ToString(out.StateMachineVersionArn) != machineARN+":7" || *out.StateMachineArn != machineARN {
		t.Errorf("%v: version %s of %s", err, aws.ToString(out.StateMachineVersionArn), aws.ToString(out.StateMachineArn))
	}
}

func TestRefusals(t *testing.T) {
	foreign := strings.Replace(machineARN, account, "444455556666", 1)
	execute := func(machine, name, input string) func(lab) error {
		return func(l lab) error {
			_, err := l.StartExecution(context.Background(), &sdk.StartExecutionInput{StateMachineArn: &machine, Name: &name, Input: &input})
			return err
		}
	}
	for name, test := range map[string]struct {
		call   func(lab) error
		want   string
		reason string
	}{
		"colon":           {execute(machineARN, "2026-11-02T03:00:00Z", "{}"), "InvalidName", "a scheduled time is no name"},
		"space":           {execute(machineARN, "a b", "{}"), "InvalidName", "white space"},
		"slash":           {execute(machineARN, "orders/orders-db", "{}"), "InvalidName", "a special character"},
		"control":         {execute(machineARN, "a\x07", "{}"), "InvalidName", "a control character"},
		"long name":       {execute(machineARN, strings.Repeat("x", 81), "{}"), "ValidationException", "80 at most, by the model"},
		"empty name":      {execute(machineARN, "", "{}"), "ValidationException", "1 at least"},
		"no JSON":         {execute(machineARN, "x", "{"), "InvalidExecutionInput", "the input is a document"},
		"big input":       {execute(machineARN, "x", `"`+strings.Repeat("x", 256<<10)+`"`), "ValidationException", "256 KiB"},
		"no machine":      {execute(machineARN+"x", "x", "{}"), "StateMachineDoesNotExist", ""},
		"no version":      {execute(machineARN+":8", "x", "{}"), "StateMachineDoesNotExist", "only 7 was published"},
		"alias":           {execute(machineARN+":live", "x", "{}"), "NotSimulated", "aliases are not"},
		"no ARN":          {execute("drill", "x", "{}"), "InvalidArn", ""},
		"other kind":      {execute(prefix+"x", "x", "{}"), "InvalidArn", "an execution is no state machine"},
		"other account":   {execute(foreign, "x", "{}"), "AccessDeniedException", "there are no resource policies"},
		"other region":    {execute(strings.Replace(machineARN, "eu-central-1", "eu-west-1", 1), "x", "{}"), "StateMachineDoesNotExist", ""},
		"other operation": {func(l lab) error { _, err := l.ListStateMachines(context.Background(), nil); return err }, "NotSimulated", "unknown operations fail loudly"},
		"other parameter": {func(l lab) error {
			_, err := l.StartExecution(context.Background(), &sdk.StartExecutionInput{StateMachineArn: aws.String(machineARN), TraceHeader: aws.String("x")})
			return err
		}, "NotSimulated", "unknown parameters fail loudly"},
		"describe": {func(l lab) error {
			_, err := l.DescribeExecution(context.Background(), &sdk.DescribeExecutionInput{ExecutionArn: aws.String(prefix + "x")})
			return err
		}, "ExecutionDoesNotExist", ""},
		"history": {func(l lab) error {
			_, err := l.GetExecutionHistory(context.Background(), &sdk.GetExecutionHistoryInput{ExecutionArn: aws.String(prefix + "x")})
			return err
		}, "ExecutionDoesNotExist", ""},
		"stop": {func(l lab) error {
			_, err := l.StopExecution(context.Background(), &sdk.StopExecutionInput{ExecutionArn: aws.String(prefix + "x")})
			return err
		}, "ExecutionDoesNotExist", ""},
		"status": {func(l lab) error {
			_, err := l.ListExecutions(context.Background(), &sdk.ListExecutionsInput{StateMachineArn: aws.String(machineARN), StatusFilter: "DONE"})
			return err
		}, "ValidationException", "no such status"},
		"page token": {func(l lab) error {
			_, err := l.ListExecutions(context.Background(), &sdk.ListExecutionsInput{StateMachineArn: aws.String(machineARN), NextToken: aws.String("x")})
			return err
		}, "InvalidToken", ""},
		"page size": {func(l lab) error {
			_, err := l.ListExecutions(context.Background(), &sdk.ListExecutionsInput{StateMachineArn: aws.String(machineARN), MaxResults: 1001})
			return err
		}, "ValidationException", "1000 at most"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab()
			if err := test.call(l); code(err) != test.want {
				t.Errorf("%s: got %v, want %s", test.reason, err, test.want)
			}
			if len(l.backend.executions) != 0 {
				t.Error("it began an execution")
			}
		})
	}
}

func TestDescribeShowsHowItEnded(t *testing.T) {
	l := newLab()
	ctx := context.Background()
	arn := l.start(t, "orders", `{"database":"orders"}`).ExecutionArn
	running, err := l.DescribeExecution(ctx, &sdk.DescribeExecutionInput{ExecutionArn: arn})
	if err != nil || running.Status != "RUNNING" || running.StopDate != nil || running.Output != nil || *running.Input != `{"database":"orders"}` {
		t.Errorf("%v: %+v", err, running)
	}
	l.clock.Advance(90 * time.Minute)
	x := l.backend.find(*arn)
	x.Status, x.Output, x.Stopped = sfn.Succeeded, json.RawMessage(`{"ok":true}`), l.clock.Now()
	done, err := l.DescribeExecution(ctx, &sdk.DescribeExecutionInput{ExecutionArn: arn})
	if err != nil || done.Status != "SUCCEEDED" || *done.Output != `{"ok":true}` || !done.StopDate.Equal(start.Add(90*time.Minute)) || done.Error != nil {
		t.Errorf("%v: %+v", err, done)
	}
	l.clock.Advance(time.Minute)
	stopped, err := l.StopExecution(ctx, &sdk.StopExecutionInput{ExecutionArn: arn, Error: aws.String("Late")})
	if err != nil || !stopped.StopDate.Equal(*done.StopDate) || l.backend.find(*arn).Error != "" {
		t.Errorf("stopping what has ended changes nothing: %v, %v", err, stopped)
	}
}

func TestStop(t *testing.T) {
	l := newLab()
	arn := l.start(t, "orders", "{}").ExecutionArn
	l.clock.Advance(time.Minute)
	out, err := l.StopExecution(context.Background(), &sdk.StopExecutionInput{ExecutionArn: arn, Error: aws.String("Wrong"), Cause: aws.String("the wrong one")})
	if err != nil || !out.StopDate.Equal(start.Add(time.Minute)) {
		t.Fatalf("%v: %v", err, out)
	}
	x, err := l.DescribeExecution(context.Background(), &sdk.DescribeExecutionInput{ExecutionArn: arn})
	if err != nil || x.Status != "ABORTED" || *x.Error != "Wrong" || *x.Cause != "the wrong one" {
		t.Errorf("%v: %+v", err, x)
	}
}

func TestListPagesNewestFirst(t *testing.T) {
	l := newLab()
	for i := range 7 {
		l.clock.Advance(time.Second)
		l.start(t, fmt.Sprint("x", i), "{}")
	}
	l.backend.executions[3].Status = sfn.Failed
	var got []string
	pages := sdk.NewListExecutionsPaginator(l, &sdk.ListExecutionsInput{StateMachineArn: aws.String(machineARN), MaxResults: 3, StatusFilter: "RUNNING"})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range page.Executions {
			got = append(got, *x.Name)
		}
		l.start(t, "later"+*page.Executions[0].Name, "{}") // does not shift the pages
	}
	if diff := cmp.Diff([]string{"x6", "x5", "x4", "x2", "x1", "x0"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTaskTokens(t *testing.T) {
	l := newLab()
	ctx := context.Background()
	token := aws.String("token")
	if _, err := l.SendTaskSuccess(ctx, &sdk.SendTaskSuccessInput{TaskToken: token, Output: aws.String(`{"event":1}`)}); err != nil {
		t.Error(err)
	}
	if _, err := l.SendTaskFailure(ctx, &sdk.SendTaskFailureInput{TaskToken: token, Error: aws.String("No"), Cause: aws.String("because")}); err != nil {
		t.Error(err)
	}
	if _, err := l.SendTaskHeartbeat(ctx, &sdk.SendTaskHeartbeatInput{TaskToken: token}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{`success token {"event":1}`, "failure token No because", "heartbeat token"}, l.backend.tokens); diff != "" {
		t.Error(diff)
	}
	if _, err := l.SendTaskSuccess(ctx, &sdk.SendTaskSuccessInput{TaskToken: token, Output: aws.String("no")}); code(err) != "InvalidOutput" {
		t.Errorf("an output is a document: %v", err)
	}
	if _, err := l.SendTaskHeartbeat(ctx, &sdk.SendTaskHeartbeatInput{TaskToken: aws.String("")}); code(err) != "ValidationException" {
		t.Errorf("an empty token: %v", err)
	}
	for failure, want := range map[error]string{
		sfn.ErrTaskTimedOut: "TaskTimedOut", sfn.ErrInvalidToken: "InvalidToken", sfn.ErrTaskDoesNotExist: "TaskDoesNotExist",
	} {
		l.backend.tokenError = fmt.Errorf("the engine: %w", failure)
		if _, err := l.SendTaskSuccess(ctx, &sdk.SendTaskSuccessInput{TaskToken: token, Output: aws.String("{}")}); code(err) != want {
			t.Errorf("success: %v, want %s", err, want)
		}
		if _, err := l.SendTaskFailure(ctx, &sdk.SendTaskFailureInput{TaskToken: token}); code(err) != want {
			t.Errorf("failure: %v, want %s", err, want)
		}
		if _, err := l.SendTaskHeartbeat(ctx, &sdk.SendTaskHeartbeatInput{TaskToken: token}); code(err) != want {
			t.Errorf("heartbeat: %v, want %s", err, want)
		}
	}
}

func TestDescribeStateMachine(t *testing.T) {
	l := newLab()
	newest, err := l.DescribeStateMachine(context.Background(), &sdk.DescribeStateMachineInput{StateMachineArn: aws.String(machineARN)})
	if err != nil || *newest.Definition != `{"StartAt":"B"}` || *newest.Name != "drill" || *newest.RevisionId != "r2" || newest.Type != "STANDARD" {
		t.Errorf("%v: %+v", err, newest)
	}
	published, err := l.DescribeStateMachine(context.Background(), &sdk.DescribeStateMachineInput{StateMachineArn: aws.String(machineARN + ":7")})
	if err != nil || *published.Definition != `{"StartAt":"A"}` || *published.StateMachineArn != machineARN+":7" || !published.CreationDate.Equal(start.Add(time.Hour)) {
		t.Errorf("%v: %+v", err, published)
	}
}

func TestCallsNameTheirResource(t *testing.T) {
	l := newLab()
	arn := l.start(t, "orders", "{}").ExecutionArn
	_, _ = l.DescribeExecution(context.Background(), &sdk.DescribeExecutionInput{ExecutionArn: arn})
	_, _ = l.SendTaskHeartbeat(context.Background(), &sdk.SendTaskHeartbeatInput{TaskToken: aws.String("x")})
	var got [][]string
	for _, call := range l.cloud.Calls() {
		got = append(got, call.Resources)
	}
	if diff := cmp.Diff([][]string{{machineARN}, {*arn}, {"*"}}, got); diff != "" {
		t.Error(diff)
	}
}
