package sfn_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"
)

func TestHistoryDecodesInTheSDK(t *testing.T) {
	l := newLab()
	arn := l.start(t, "orders", "{}").ExecutionArn
	for _, e := range []string{
		`{"id":1,"previousEventId":0,"type":"ExecutionStarted","timestamp":"2026-11-02T03:00:00.250Z","executionStartedEventDetails":{"input":{"a":[1,"<x>"]},"inputDetails":{"truncated":false},"roleArn":"r"}}`,
		`{"id":2,"previousEventId":0,"type":"TaskStateEntered","timestamp":1793588400.5,"stateEnteredEventDetails":{"name":"StartRestore","input":"[1]","inputDetails":{"truncated":false}}}`,
		`{"id":3,"previousEventId":2,"type":"TaskScheduled","timestamp":"2026-11-02T03:00:01.000Z","taskScheduledEventDetails":{"resourceType":"lambda","resource":"invoke","region":"eu-central-1","parameters":{"FunctionName":"f"},"timeoutInSeconds":60}}`,
		`{"id":4,"previousEventId":3,"type":"TaskFailed","timestamp":"2026-11-02T03:00:02.000Z","taskFailedEventDetails":{"resourceType":"lambda","resource":"invoke","error":"QuotaReached","cause":"40 of 40"}}`,
		`{"id":5,"previousEventId":4,"type":"TaskStateExited","timestamp":"2026-11-02T03:00:03.000Z","stateExitedEventDetails":{"name":"StartRestore","output":"\"text\"","outputDetails":{"truncated":false},"assignedVariables":{"run":{"id":"x"},"n":"7"},"assignedVariablesDetails":{"truncated":false}}}`,
	} {
		l.backend.events = append(l.backend.events, json.RawMessage(e))
	}
	var got []types.HistoryEvent
	pages := sdk.NewGetExecutionHistoryPaginator(l, &sdk.GetExecutionHistoryInput{ExecutionArn: arn, MaxResults: 2})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Events...)
	}
	if len(got) != 5 {
		t.Fatalf("%d events", len(got))
	}
	for i, want := range map[int][2]any{
		0: {`{"a":[1,"<x>"]}`, *got[0].ExecutionStartedEventDetails.Input},
		1: {"[1]", *got[1].StateEnteredEventDetails.Input},
		2: {`{"FunctionName":"f"}`, *got[2].TaskScheduledEventDetails.Parameters},
		3: {"QuotaReached", *got[3].TaskFailedEventDetails.Error},
		4: {`"text"`, *got[4].StateExitedEventDetails.Output},
		5: {map[string]string{"run": `{"id":"x"}`, "n": "7"}, got[4].StateExitedEventDetails.AssignedVariables},
		6: {start.Add(250 * time.Millisecond), *got[0].Timestamp},
		7: {time.Unix(1793588400, 500e6).UTC(), *got[1].Timestamp},
		8: {int64(2), got[2].PreviousEventId},
	} {
		if diff := cmp.Diff(want[0], want[1]); diff != "" {
			t.Errorf("%d: %s", i, diff)
		}
	}

	back, err := l.GetExecutionHistory(context.Background(), &sdk.GetExecutionHistoryInput{
		ExecutionArn: arn, ReverseOrder: true, MaxResults: 4, IncludeExecutionData: aws.Bool(false),
	})
	if err != nil {
		t.Fatal(err)
	}
	if back.Events[0].Id != 5 || len(back.Events) != 4 || back.NextToken == nil {
		t.Errorf("the latest first: %+v", back.Events)
	}
	if d := back.Events[0].StateExitedEventDetails; d.Output != nil || d.AssignedVariables != nil || *d.Name != "StartRestore" {
		t.Errorf("without data: %+v", d)
	}
}
