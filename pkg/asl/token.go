package asl

import (
	"encoding/json"
	"errors"
	"fmt"
)

// ErrTaskTimedOut says that nobody waits for a token any more, or never did;
// AWS answers TaskTimedOut or InvalidToken.
var ErrTaskTimedOut = errors.New("no task waits for this token")

type tokenTask struct{ attempt *attempt }

// newToken makes the token of one attempt, from the execution's seed.
func (x *Execution) newToken() string {
	return fmt.Sprintf("%016x%016x", x.random.Uint64(), x.random.Uint64())
}

func (x *Execution) expect(token string, a *attempt) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.tokens[token] = &tokenTask{a}
}

func (x *Execution) forget(token string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.tokens, token)
}

// SendTaskSuccess ends the task that waits for the token with an output.
func (x *Execution) SendTaskSuccess(token string, output json.RawMessage) error {
	if !json.Valid(output) {
		return errors.New("the output is not a JSON document")
	}
	return x.withToken(token, func(a *attempt) {
		a.settle(a.checked(output))
	})
}

// SendTaskFailure ends the task that waits for the token with an error; both
// parts may be empty.
func (x *Execution) SendTaskFailure(token, name, cause string) error {
	return x.withToken(token, func(a *attempt) {
		a.settle(nil, &TaskError{Name: name, Cause: cause})
	})
}

// SendTaskHeartbeat starts the time of the task's HeartbeatSeconds anew.
func (x *Execution) SendTaskHeartbeat(token string) error {
	return x.withToken(token, func(a *attempt) {
		if !a.settled {
			a.beat()
		}
	})
}

func (x *Execution) withToken(token string, do func(*attempt)) error {
	x.mu.Lock()
	waiting := x.tokens[token]
	x.mu.Unlock()
	if waiting == nil {
		return ErrTaskTimedOut
	}
	x.post(func() { do(waiting.attempt) })
	return nil
}
