package rounds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

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
	case status == "ABORTED" && run.Mode == recovery.Failover:
		return out, nil
	case request.Resumed >= maxResumes:
		out.Doubt = fmt.Sprintf("recovery %s was resumed %d times in a row, and each was cut off: a person must look", id, request.Resumed)
		return out, nil
	}
	next := recovery.Request{
		Resume: id, Abort: status == "ABORTED" || request.Abort, Resumed: request.Resumed + 1,
		StartedBy: "event-listener", Trigger: "resumed",
	}
	name := recovery.ParentName(id, run.Epoch+1)
	if err := s.Parents.StartParent(ctx, name, next); err != nil {
		return out, fmt.Errorf("resuming recovery %s as %s: %w", id, name, err)
	}
	out.Resumed = name
	return out, nil
}

// requestIn is what an execution was asked for; the zero request where the event leaves
// it out.
func requestIn(input string) recovery.Request {
	var request recovery.Request
	_ = json.Unmarshal([]byte(input), &request) // whoever types may type anything
	return request
}
