package stacks_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	worldaws "github.com/lifeboat-dr/lifeboat/pkg/world/aws"
)

// denied tells a refusal from everything else: the simulated Lambda runs functions
// for AWS's services alone, and knows none that a person calls.
func denied(err error) bool {
	var answer smithy.APIError
	return errors.As(err, &answer) && strings.Contains(answer.ErrorCode(), "AccessDenied")
}

// Each policy that docs/permissions.md shows suffices for what it is for, and for
// nothing of what the others are for.
func TestWhatPeopleMay(t *testing.T) {
	page, err := os.ReadFile("../../docs/permissions.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := policyRE.FindAllSubmatch(page, -1)
	if len(shown) != 4 { // the last is of recoveries: see operated
		t.Fatalf("it shows %d policies", len(shown))
	}
	p := admitted(t, synthesized(t).folder)
	sdk, ctx := p.SDK(home), context.Background()
	machine, err := p.DrillMachine()
	if err != nil {
		t.Fatal(err)
	}
	start := func() error {
		states := sfn.NewFromConfig(sdk)
		x, err := states.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &machine, Input: aws.String("{}")})
		if err != nil {
			return err
		}
		if _, err := states.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: x.ExecutionArn}); err != nil {
			return err
		}
		if _, err := states.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: x.ExecutionArn}); err != nil {
			return err
		}
		_, err = states.StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: x.ExecutionArn})
		return err
	}
	deployment := worldaws.Open(worldaws.Options{Config: sdk, Deployment: "prod", Account: account, Databases: p.needs.Plan.Names(), Clock: clock.Real{}})
	read := func() error {
		past, err := deployment.History(ctx, world.Query{})
		if err == nil && len(past.Drills) == 0 {
			t.Error("no drill is on record")
		}
		return err
	}
	// What verifying reads beside the documents: the heads of their chains.
	heads := func() error {
		_, err := deployment.Evidence().KeptHeads(ctx, nil)
		return err
	}
	queue := func() error {
		queues := sqs.NewFromConfig(sdk)
		url, err := queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("lifeboat-prod-undelivered")})
		if err != nil {
			return err
		}
		_, err = queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url.QueueUrl})
		return err
	}
	sweep := func() error {
		_, err := lambda.NewFromConfig(sdk).Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("lifeboat-prod-" + deployed.Sweeper), Payload: []byte(`{"dryRun": true}`)})
		return err
	}
	never := map[string]func() error{
		"delete a database": func() error {
			_, err := rds.NewFromConfig(sdk).DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("orders-prod"), SkipFinalSnapshot: aws.Bool(true)})
			return err
		},
		"write evidence": func() error {
			_, err := s3.NewFromConfig(sdk).PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(deployed.Names{Deployment: "prod", Account: account, Region: home}.Bucket()), Key: aws.String("evidence/x.json")})
			return err
		},
	}
	works := []struct {
		of   int // whose policy it is for, in the order of the page
		what string
		work func() error
	}{{0, "start a drill", start}, {1, "read the history", read}, {1, "read the heads", heads}, {2, "let the sweeper look", sweep}, {2, "read the queue", queue}}
	for i, of := range []string{"who starts drills", "who reads evidence", "who is on call"} {
		t.Run(of, func(t *testing.T) {
			p.Restrict(json.RawMessage(shown[i][1]))
			for _, w := range works {
				if err := w.work(); denied(err) == (w.of == i) {
					t.Errorf("%s: %v", w.what, err)
				}
			}
			for name, work := range never {
				if !denied(work()) {
					t.Errorf("may %s", name)
				}
			}
		})
	}
}
