package cloudformation

import "fmt"

type machine struct {
	StateMachineName        string
	DefinitionString        string
	DefinitionSubstitutions map[string]string
	RoleArn                 string
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
	if c.roles[m.RoleArn] == nil {
		return nil, fmt.Errorf("there is no role %s", m.RoleArn)
	}
	made := Machine{ARN: arn, Name: m.StateMachineName, RoleARN: m.RoleArn, Definition: m.DefinitionString, Substitutions: m.DefinitionSubstitutions}
	if err := c.o.SetMachine(made); err != nil {
		return nil, err
	}
	c.machines[arn] = made
	return func() {
		delete(c.machines, arn)
		c.o.RemoveMachine(arn)
	}, nil
}
