package sfn

import (
	"encoding/json"
	"errors"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type successIn struct {
	TaskToken string
	Output    string
}

func (s *Service) taskSuccess(c *wire.Call, in successIn) (wire.Empty, error) {
	if err := checkToken(c, in.TaskToken); err != nil {
		return wire.Empty{}, err
	}
	if len(in.Output) > maxPayloadBytes {
		return wire.Empty{}, tooLong("output", maxPayloadBytes)
	}
	if !json.Valid([]byte(in.Output)) {
		return wire.Empty{}, wire.Errorf("InvalidOutput", "Invalid Output: it is not a JSON document")
	}
	return wire.Empty{}, taskError(s.backend.SendTaskSuccess(in.TaskToken, json.RawMessage(in.Output)))
}

type failureIn struct {
	TaskToken string
	Error     *string
	Cause     *string
}

func (s *Service) taskFailure(c *wire.Call, in failureIn) (wire.Empty, error) {
	if err := checkToken(c, in.TaskToken); err != nil {
		return wire.Empty{}, err
	}
	failure, cause, err := checkFailure(in.Error, in.Cause)
	if err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, taskError(s.backend.SendTaskFailure(in.TaskToken, failure, cause))
}

type heartbeatIn struct {
	TaskToken string
}

func (s *Service) taskHeartbeat(c *wire.Call, in heartbeatIn) (wire.Empty, error) {
	if err := checkToken(c, in.TaskToken); err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, taskError(s.backend.SendTaskHeartbeat(in.TaskToken))
}

// checkToken also notes the resource: tokens have no resource type of their own.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
func checkToken(c *wire.Call, token string) error {
	c.Touch("*")
	if n := len(token); n < 1 || n > 2048 {
		return wire.Errorf("ValidationException", "1 validation error detected: Value at 'taskToken' failed to satisfy constraint: "+
			"Member must have length between 1 and 2048")
	}
	return nil
}

func taskError(err error) error {
	switch {
	case errors.Is(err, ErrTaskTimedOut):
		return wire.Errorf("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
	case errors.Is(err, ErrInvalidToken):
		return wire.Errorf("InvalidToken", "Invalid Token: 'Invalid token'")
	case errors.Is(err, ErrTaskDoesNotExist):
		return wire.Errorf("TaskDoesNotExist", "Task Does Not Exist")
	}
	return err
}
