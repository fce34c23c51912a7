package rounds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// maxResumes in a row: a parent that is cut off again and again has a reason that the
// next one meets as well.
const maxResumes = 3

// resume goes on with a recovery whose parent was cut off from outside: as the machine
// failed, or ran out of time. One that somebody stopped is an exercise that is to be
// gone: it is resumed with abort, so that it removes what it made and reports. A
// failover that somebody stopped stays as it is: whoever did so may mean to go on by
// hand, and the notifier tells of it.
//
// The record decides, not the event: one that has reported has seen to everything,
// whatever Step Functions calls its end, and one that another parent has is not to be
// touched. The name of the new parent follows from the epoch, so an event that comes
// twice starts one.
func (s EventListener) resume(ctx context.Context, execution, status, input string) (out EventListenerOut, err error) {
	request := requestIn(input)
	id := request.Resume
	if id == "" {
		id = drill.RunID(execution)
	}
	run, err := s.Recoveries.Run(ctx, id)
	switch {
	case errors.Is(err, recovery.ErrNoRun):
		return out, nil // it began nothing
	case err != nil:
		return out, fmt.Errorf("reading the record of recovery %s: %w", id, err)
	case run.ReportedAt != nil, run.Execution != execution:
		return out, nil
	}
	return s.takeOn(ctx, run, drill.Ended{Execution: execution, Status: status, Input: json.RawMessage(input)})
}

// RecoveryStanding tells how a parent stands: with an empty status there is none.
type RecoveryStanding interface {
	Ending(ctx context.Context, executionARN string) (drill.Ended, error)
}

const (
	// ResumeEvery is how often rounds look for recoveries that nothing works on.
	ResumeEvery = 5 * time.Minute
	// settled is how long a parent is closed before a round goes on: the event comes
	// first, and a function that its execution was stopped from under may run for two
	// minutes yet.
	settled = 3 * time.Minute
)

// round goes on with recoveries that are not reported and whose parent is closed: its
// event was lost, came before the record named it (a parent that was stopped while its
// PrepareRecovery ran), or the one that was to go on came to nothing. A failover that
// somebody stopped stays as it is here, too. One failure stops no other recovery.
func (s EventListener) round(ctx context.Context) (out EventListenerOut, err error) {
	runs, err := s.Recoveries.Runs(ctx, maxRuns)
	if err != nil {
		return out, fmt.Errorf("looking for recoveries that nothing works on: %w", err)
	}
	now := s.Clock.Now()
	var problems []error
	var resumed, doubts []string
	for _, run := range runs {
		if run.ReportedAt != nil || run.StartedAt.Before(now.Add(-lookBack)) {
			continue
		}
		one, err := s.abandoned(ctx, run, now)
		if err != nil {
			problems = append(problems, err)
		}
		if one.Resumed != "" {
			resumed = append(resumed, one.Resumed)
		}
		if one.Doubt != "" {
			doubts = append(doubts, one.Doubt)
		}
	}
	return EventListenerOut{Resumed: strings.Join(resumed, ", "), Doubt: strings.Join(doubts, "; ")}, errors.Join(problems...)
}

// abandoned goes on with a run if its parent is closed.
func (s EventListener) abandoned(ctx context.Context, run recovery.Run, now time.Time) (out EventListenerOut, err error) {
	parent, err := s.Standing.Ending(ctx, run.Execution)
	if err != nil {
		return out, fmt.Errorf("asking whether %s is closed: %w", run.Execution, err)
	}
	if !parent.Closed() || parent.StoppedAt.After(now.Add(-settled)) {
		return out, nil
	}
	again, err := s.Recoveries.Run(ctx, run.ID) // it may have reported since it was read
	if err != nil {
		return out, fmt.Errorf("reading the record of recovery %s: %w", run.ID, err)
	}
	if again.ReportedAt != nil || again.Execution != run.Execution {
		return out, nil
	}
	return s.takeOn(ctx, again, parent)
}

// takeOn starts the next parent of a run whose parent is closed. A parent that closed
// before it took the epoch has used its name up: the next has another.
func (s EventListener) takeOn(ctx context.Context, run recovery.Run, last drill.Ended) (out EventListenerOut, err error) {
	request := requestIn(string(last.Input))
	next := recovery.Request{Resume: run.ID, Abort: request.Abort, Resumed: request.Resumed, StartedBy: "event-listener", Trigger: "resumed"}
	for closed := 0; ; closed++ {
		switch {
		case last.Status == "ABORTED" && run.Mode == recovery.Failover:
			return out, nil // somebody stopped it
		case next.Resumed >= maxResumes:
			out.Doubt = fmt.Sprintf("recovery %s was resumed %d times in a row, and each was cut off: a person must look", run.ID, next.Resumed)
			return out, nil
		}
		next.Abort = next.Abort || last.Status == "ABORTED"
		next.Resumed++
		name := recovery.ParentAgain(run.ID, run.Epoch+1, closed)
		last, err = s.Standing.Ending(ctx, sibling(run.Execution, name))
		if err != nil {
			return out, fmt.Errorf("asking whether recovery %s has a parent %s: %w", run.ID, name, err)
		}
		switch {
		case last.Closed() && !last.StoppedAt.After(s.Clock.Now().Add(-settled)):
			continue
		case last.Status != "":
			return out, nil // it is about to
		}
		if err := s.Parents.StartParent(ctx, name, next); err != nil {
			return out, fmt.Errorf("resuming recovery %s as %s: %w", run.ID, name, err)
		}
		out.Resumed = name
		return out, nil
	}
}

// sibling is the ARN of another execution of the same machine.
func sibling(execution, name string) string {
	return execution[:strings.LastIndexByte(execution, ':')+1] + name
}

// requestIn is what an execution was asked for; the zero request where the event leaves
// it out.
func requestIn(input string) recovery.Request {
	var request recovery.Request
	_ = json.Unmarshal([]byte(input), &request) // whoever types may type anything
	return request
}
