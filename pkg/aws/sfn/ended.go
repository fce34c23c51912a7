package sfn

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// longestRun bounds how far back lists are read: they are sorted by the start, and
// what is looked for is an end. No drill within its limits takes so long.
const longestRun = 14 * 24 * time.Hour

// Ended lists the executions of a machine that failed, were aborted or timed out
// at since or later, without inputs and causes, in no order. It is eventually
// consistent.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
func (m *Machines) Ended(ctx context.Context, machineARN string, since time.Time) ([]drill.Ended, error) {
	var list []drill.Ended
	for _, status := range []types.ExecutionStatus{types.ExecutionStatusFailed, types.ExecutionStatusAborted, types.ExecutionStatusTimedOut} {
		found, err := m.endedWith(ctx, machineARN, status, since)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

func (m *Machines) endedWith(ctx context.Context, machineARN string, status types.ExecutionStatus, since time.Time) ([]drill.Ended, error) {
	var list []drill.Ended
	pages := sfn.NewListExecutionsPaginator(m.revisions, &sfn.ListExecutionsInput{StateMachineArn: &machineARN, StatusFilter: status, MaxResults: 1000})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, named(err, "list the executions of "+machineARN)
		}
		for _, e := range page.Executions { // the newest start first
			if aws.ToTime(e.StartDate).Before(since.Add(-longestRun)) {
				return list, nil
			}
			if stopped := aws.ToTime(e.StopDate).UTC(); !stopped.Before(since) {
				list = append(list, drill.Ended{Execution: aws.ToString(e.ExecutionArn), Status: string(e.Status), StartedAt: aws.ToTime(e.StartDate).UTC(), StoppedAt: stopped})
			}
		}
	}
	return list, nil
}

// Ending is how an execution ended, or that it runs; with an empty status where
// Step Functions knows of none.
func (m *Machines) Ending(ctx context.Context, executionARN string) (drill.Ended, error) {
	e, err := m.Describe(ctx, executionARN)
	var missing *types.ExecutionDoesNotExist
	if errors.As(err, &missing) {
		return drill.Ended{Execution: executionARN}, nil
	}
	if err != nil {
		return drill.Ended{}, err
	}
	return drill.Ended{
		Execution: executionARN, Status: e.Status, StartedAt: e.StartedAt, StoppedAt: e.StoppedAt, Input: e.Input, Error: e.Error, Cause: e.Cause,
	}, nil
}
