package sfn

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Event is one entry of an execution's history.
type Event struct {
	ID   int64 // counts from 1, without gaps
	At   time.Time
	Type string // TaskStateEntered, ExecutionFailed, ...
	// State that was entered or exited; empty for other events.
	State string
	// Output of a state that was exited, or of the execution.
	Output json.RawMessage
	// Error and Cause of whatever failed or timed out.
	Error, Cause string
}

// Follow walks over the events of an execution that came after the one of the
// given id (zero: over all), in their order, up to the newest there is now, and
// ends there or at the first error. It reads from the newest backwards, so that
// asking again costs one request while little happens, whatever has happened
// before. The history is eventually consistent: what is not there yet comes the
// next time.
func (m *Machines) Follow(ctx context.Context, executionARN string, after int64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		events, err := m.newer(ctx, executionARN, after)
		if err != nil {
			yield(Event{}, err)
			return
		}
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (m *Machines) newer(ctx context.Context, executionARN string, after int64) ([]Event, error) {
	in := &sfn.GetExecutionHistoryInput{ExecutionArn: &executionARN, ReverseOrder: true}
	if after == 0 {
		in.MaxResults = 1000 // the most of one page: all of a drill in one request
	}
	var backwards []Event
	for {
		out, err := m.api.GetExecutionHistory(ctx, in)
		if err != nil {
			return nil, named(err, "read the history of execution "+executionARN)
		}
		for _, e := range out.Events {
			if e.Id > after {
				backwards = append(backwards, eventOf(e))
			}
		}
		reached := len(out.Events) > 0 && out.Events[len(out.Events)-1].Id <= after
		if reached || out.NextToken == nil {
			break
		}
		in.NextToken = out.NextToken
	}
	slices.SortFunc(backwards, func(a, b Event) int { return int(a.ID - b.ID) })
	return backwards, nil
}

func eventOf(e types.HistoryEvent) Event {
	v := Event{ID: e.Id, At: aws.ToTime(e.Timestamp).UTC(), Type: string(e.Type)}
	failed := func(name, cause *string) { v.Error, v.Cause = aws.ToString(name), aws.ToString(cause) }
	switch {
	case e.StateEnteredEventDetails != nil:
		v.State = aws.ToString(e.StateEnteredEventDetails.Name)
	case e.StateExitedEventDetails != nil:
		v.State, v.Output = aws.ToString(e.StateExitedEventDetails.Name), raw(e.StateExitedEventDetails.Output)
	case e.ExecutionSucceededEventDetails != nil:
		v.Output = raw(e.ExecutionSucceededEventDetails.Output)
	case e.ExecutionFailedEventDetails != nil:
		failed(e.ExecutionFailedEventDetails.Error, e.ExecutionFailedEventDetails.Cause)
	case e.ExecutionAbortedEventDetails != nil:
		failed(e.ExecutionAbortedEventDetails.Error, e.ExecutionAbortedEventDetails.Cause)
	case e.ExecutionTimedOutEventDetails != nil:
		failed(e.ExecutionTimedOutEventDetails.Error, e.ExecutionTimedOutEventDetails.Cause)
	case e.LambdaFunctionFailedEventDetails != nil:
		failed(e.LambdaFunctionFailedEventDetails.Error, e.LambdaFunctionFailedEventDetails.Cause)
	case e.LambdaFunctionTimedOutEventDetails != nil:
		failed(e.LambdaFunctionTimedOutEventDetails.Error, e.LambdaFunctionTimedOutEventDetails.Cause)
	case e.TaskFailedEventDetails != nil:
		failed(e.TaskFailedEventDetails.Error, e.TaskFailedEventDetails.Cause)
	case e.TaskTimedOutEventDetails != nil:
		failed(e.TaskTimedOutEventDetails.Error, e.TaskTimedOutEventDetails.Cause)
	case e.EvaluationFailedEventDetails != nil:
		failed(e.EvaluationFailedEventDetails.Error, e.EvaluationFailedEventDetails.Cause)
	}
	return v
}
