package scheduler

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Execution is what a schedule asks Step Functions for. Name is empty with the
// templated target, which has none: Step Functions makes one up.
type Execution struct {
	StateMachineArn string
	Name            string
	Input           string
}

// universalStart is the universal target that starts executions: its input is the
// request, as the API reference has it, and the scheduler makes the call with the
// schedule's role.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
const universalStart = "sfn:startExecution"

// universal is the operation of a universal target; false: it is a templated one.
func (s Schedule) universal() (operation string, is bool) {
	parts := strings.SplitN(s.TargetARN, ":", 6)
	if len(parts) != 6 || parts[2] != "scheduler" {
		return "", false
	}
	return strings.CutPrefix(parts[5], "aws-sdk:")
}

// Execution reads what a target of Step Functions is to do from its payload.
func (s Schedule) Execution(payload []byte) (Execution, error) {
	operation, universal := s.universal()
	if !universal {
		return Execution{StateMachineArn: s.TargetARN, Input: string(payload)}, nil
	}
	if operation != universalStart {
		return Execution{}, wire.Unknown("scheduler: the universal target %s is not simulated", operation)
	}
	var start Execution
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&start); err != nil {
		return Execution{}, wire.Unknown("scheduler: the parameters of %s: %v", operation, err)
	}
	return start, nil
}

// checkUniversal is of the parameters what a schedule could not be made without.
func (n *schedule) checkUniversal() error {
	if _, universal := n.universal(); !universal {
		return nil
	}
	start, err := n.Execution([]byte(n.Input))
	switch {
	case err != nil:
		return err
	case n.TargetARN != "arn:"+wire.Partition(n.Region)+":scheduler:::aws-sdk:"+universalStart:
		return invalid("Target.Arn: %q is of another partition", n.TargetARN)
	case start.StateMachineArn == "" || start.Input == "":
		return wire.Unknown("scheduler: %s without StateMachineArn or Input: what comes of that AWS does not say", universalStart)
	}
	return nil
}
