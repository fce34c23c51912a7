package cloudformation

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type machine struct {
	StateMachineName        string
	DefinitionString        string
	DefinitionSubstitutions map[string]string
	RoleArn                 string
	StateMachineType        string
	LoggingConfiguration    struct {
		Destinations         []struct{ CloudWatchLogsLogGroup struct{ LogGroupArn string } }
		IncludeExecutionData bool
		Level                string
	}
}

func (m *machine) make(c *creation) (func(), error) {
	arn, err := c.arn()
	if err != nil {
		return nil, err
	}
	if m.StateMachineType != "" && m.StateMachineType != "STANDARD" {
		return nil, wire.Unknown("machines of type %s are not simulated: only STANDARD ones wait for a token", m.StateMachineType)
	}
	for _, d := range m.LoggingConfiguration.Destinations {
		if !slices.Contains(slices.Collect(maps.Values(c.logs)), d.CloudWatchLogsLogGroup.LogGroupArn) {
			return nil, fmt.Errorf("there is no log group %s (its ARN ends in :*)", d.CloudWatchLogsLogGroup.LogGroupArn)
		}
	}
	if c.roles[m.RoleArn] == nil {
		return nil, fmt.Errorf("there is no role %s", m.RoleArn)
	}
	made := Machine{ARN: arn, Name: m.StateMachineName, RoleARN: m.RoleArn, Definition: m.DefinitionString, Substitutions: m.DefinitionSubstitutions}
	made.Logging = Logging{Level: m.LoggingConfiguration.Level, IncludeExecutionData: m.LoggingConfiguration.IncludeExecutionData}
	for _, d := range m.LoggingConfiguration.Destinations {
		made.Logging.Destinations = append(made.Logging.Destinations, d.CloudWatchLogsLogGroup.LogGroupArn)
	}
	if err := c.o.SetMachine(made); err != nil {
		return nil, err
	}
	c.machines[arn] = made
	return func() {
		delete(c.machines, arn)
		c.o.RemoveMachine(arn)
	}, nil
}
