package sfn

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// resource reads an ARN of the wanted type, and returns what follows the type.
// Another account's is denied: Step Functions has no resource policies.
func resource(c *wire.Call, arn, kind string) (parts []string, err error) {
	c.Touch(arn)
	parts = strings.Split(arn, ":")
	if len(parts) < 7 || parts[0] != "arn" || parts[2] != "states" {
		return nil, wire.Errorf("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %s'", arn)
	}
	if parts[5] != kind {
		return nil, wire.Errorf("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: %s'", parts[5])
	}
	if parts[4] != c.Account {
		return nil, wire.Denied(c, "AccessDeniedException", "states:"+c.Operation, arn)
	}
	return parts[6:], nil
}

// findMachine resolves the ARN of a state machine or of one of its versions;
// zero is no version.
func (s *Service) findMachine(c *wire.Call, arn string) (Machine, Version, error) {
	parts, err := resource(c, arn, "stateMachine")
	if err != nil {
		return Machine{}, Version{}, err
	}
	gone := wire.Errorf("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
	number := 0
	if len(parts) > 1 {
		if number, err = strconv.Atoi(parts[1]); err != nil {
			return Machine{}, Version{}, wire.Unknown("%s %s: %s: aliases of state machines", c.Service, c.Operation, arn)
		}
		arn = strings.TrimSuffix(arn, ":"+parts[1])
	}
	m, ok := s.backend.Machine(arn)
	if !ok || !here(c, arn) {
		return Machine{}, Version{}, gone
	}
	if number == 0 {
		return m, Version{}, nil
	}
	for _, v := range m.Versions {
		if v.Number == number {
			return m, v, nil
		}
	}
	return Machine{}, Version{}, gone
}

func (s *Service) findExecution(c *wire.Call, arn string) (Execution, error) {
	if _, err := resource(c, arn, "execution"); err != nil {
		return Execution{}, err
	}
	x, ok := s.backend.Execution(arn)
	if !ok || !here(c, arn) {
		return Execution{}, wire.Errorf("ExecutionDoesNotExist", "Execution Does Not Exist: '%s'", arn)
	}
	return x, nil
}

// here is whether the ARN is of the region that was asked: another one's knows
// nothing of it.
func here(c *wire.Call, arn string) bool { return strings.Split(arn, ":")[3] == c.Region }

func versionARN(machineARN string, number int) string {
	if number == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", machineARN, number)
}
