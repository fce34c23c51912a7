package rounds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// TokenFinder knows the task tokens that AwaitEvent has stored.
type TokenFinder interface {
	Tokens(ctx context.Context, throwaway string) ([]string, error)
	DeleteToken(ctx context.Context, throwaway, token string) error
}

// Waker finishes a task that waits with a token. That nobody waits any more is
// no error.
type Waker interface {
	SendTaskSuccess(ctx context.Context, token string, output json.RawMessage) error
}

// Cleaner starts the machine with CleanUpAfter. Starting it twice for the same
// execution does no harm.
type Cleaner interface {
	CleanUpAfter(ctx context.Context, executionID, status string) error
}

// RunRecords know what runs have done; see drillstep.FactsIn.
type RunRecords interface {
	Facts(ctx context.Context, runID string) ([]drill.Fact, error)
}

// EventListener gets EventBridge's events, which come late, twice or never.
// One about a throwaway of this deployment wakes whoever awaits it: looking
// decides, not the event. One about an execution of the drill machine that failed
// starts its clean-up, where its record says that there is something to clean up
// or to write; the machine's own endings are failures too, and leave nothing but
// for FailureDirty. One about a recovery goes on with it; see resume. No event at all
// is a round over the recoveries; see round.
type EventListener struct {
	Deployment string
	Tokens     TokenFinder
	Waker      Waker
	Records    RunRecords
	Cleaner    Cleaner
	// Recoveries and Parents; nil: the plan declares no recovery, and Standing and Clock
	// are not needed.
	Recoveries RecoveryRuns
	Parents    RecoveryParents
	Standing   RecoveryStanding
	Clock      step.Clock
}

// Event is EventBridge's envelope. Other members are of no interest, so this
// input is not decoded strictly.
type Event struct {
	Source     string          `json:"source"`
	DetailType string          `json:"detail-type"`
	Detail     json.RawMessage `json:"detail"`
}

// UnmarshalJSON takes any envelope.
func (e *Event) UnmarshalJSON(data []byte) error {
	type envelope Event
	return json.Unmarshal(data, (*envelope)(e))
}

type EventListenerOut struct {
	Woken     int    `json:"woken"`     // tasks
	CleanedUp string `json:"cleanedUp"` // execution
	// Resumed is the parent that goes on with a recovery; of a round all of them.
	Resumed string `json:"resumed,omitempty"`
	// Doubt is why the record of that execution could not be read, and its clean-up was
	// started all the same; or why a recovery is not resumed.
	Doubt string `json:"doubt,omitempty"`
}

func (s EventListener) Handle(ctx context.Context, in Event) (EventListenerOut, error) {
	switch in.Source {
	case "aws.rds", "aws.backup":
		woken, err := s.wake(ctx, subject(in))
		return EventListenerOut{Woken: woken}, err
	case "aws.states":
		return s.cleanUp(ctx, in.Detail)
	case "": // the schedule's
		if s.Recoveries != nil {
			return s.round(ctx)
		}
	}
	return EventListenerOut{}, &drill.Error{
		Name: drill.InvalidInput, What: fmt.Sprintf("an event of %q is not listened to", in.Source),
		Hint: "look at the rule that has this function as its target",
	}
}

// subject is the identifier of the instance that an event is about.
// RDS: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-cloud-watch-events.sample.html
// AWS Backup: https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
func subject(in Event) string {
	var detail struct {
		SourceIdentifier   string
		CreatedResourceArn string `json:"createdResourceArn"`
	}
	if json.Unmarshal(in.Detail, &detail) != nil {
		return ""
	}
	if detail.SourceIdentifier != "" {
		return detail.SourceIdentifier
	}
	return detail.CreatedResourceArn[strings.LastIndexByte(detail.CreatedResourceArn, ':')+1:]
}

func (s EventListener) wake(ctx context.Context, throwaway string) (woken int, err error) {
	if !drill.IsThrowawayName(s.Deployment, throwaway) {
		return 0, nil // of another deployment, or the team's own
	}
	tokens, err := s.Tokens.Tokens(ctx, throwaway)
	if err != nil {
		return 0, fmt.Errorf("looking for who awaits %s: %w", throwaway, err)
	}
	for _, token := range tokens {
		if failed := s.Waker.SendTaskSuccess(ctx, token, json.RawMessage("{}")); failed != nil {
			err = errors.Join(err, fmt.Errorf("waking who awaits %s: %w", throwaway, failed))
			continue
		}
		woken++
		if failed := s.Tokens.DeleteToken(ctx, throwaway, token); failed != nil {
			err = errors.Join(err, fmt.Errorf("forgetting a token of %s: %w", throwaway, failed))
		}
	}
	return woken, err
}

// cleanUp starts the removal of what an execution left. Its status alone says
// little: one that ended in an ending of the machine's has FAILED like one that
// Step Functions gave up on. So the record decides, by the same judgement with
// which a clean-up would find that it has nothing to do; where it cannot be read,
// that is left to the clean-up.
func (s EventListener) cleanUp(ctx context.Context, detail json.RawMessage) (out EventListenerOut, err error) {
	var change struct {
		ExecutionArn string `json:"executionArn"`
		Status       string `json:"status"`
		Input        string `json:"input"`
	}
	if err := json.Unmarshal(detail, &change); err != nil || change.ExecutionArn == "" {
		return out, &drill.Error{Name: drill.InvalidInput, What: "the event names no execution", Err: err}
	}
	switch change.Status {
	case "ABORTED", "TIMED_OUT", "FAILED":
	default:
		return out, nil
	}
	switch {
	case machineOf(change.ExecutionArn) == s.names().RecoveryStepMachine():
		return out, nil // the parent finds it
	case machineOf(change.ExecutionArn) == s.names().RecoveryMachine() && s.Recoveries != nil:
		return s.resume(ctx, change.ExecutionArn, change.Status, change.Input)
	case isCleanUp(change.Input):
		return out, nil
	}
	facts, err := s.Records.Facts(ctx, drill.RunID(change.ExecutionArn))
	switch {
	case err != nil:
		out.Doubt = err.Error()
	case !drillstep.LeavesWork(facts):
		return out, nil
	}
	if err := s.Cleaner.CleanUpAfter(ctx, change.ExecutionArn, change.Status); err != nil {
		return out, fmt.Errorf("starting the clean-up after %s: %w", change.ExecutionArn, err)
	}
	out.CleanedUp = change.ExecutionArn
	return out, nil
}

func (s EventListener) names() deployed.Names { return deployed.Names{Deployment: s.Deployment} }

// isCleanUp tells a clean-up by what it was asked for: its name says nothing, since
// a workload may be called cleanup. One that was itself cut off is not cleaned up
// after: the sweeper and a person are next. Where the event leaves the input out, as
// it does with a long one, the record decides: that of a clean-up has no claim.
func isCleanUp(input string) bool {
	var request drillstep.Request
	return json.Unmarshal([]byte(input), &request) == nil && request.CleanUpAfter != ""
}
