package eventbridge

import (
	"strconv"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/redelivery"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type describeIn struct {
	Name         string
	EventBusName *string
}

type describeOut struct {
	Arn, Name, State, EventBusName, CreatedBy string
	EventPattern, ScheduleExpression          string `json:",omitempty"`
}

// describe answers https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html.
func (s *Service) describe(c *wire.Call, in describeIn) (describeOut, error) {
	r, err := s.named(c, in.Name, in.EventBusName)
	if err != nil {
		return describeOut{}, err
	}
	state := "DISABLED"
	if r.Enabled {
		state = "ENABLED"
	}
	return describeOut{
		Arn: r.ARN, Name: r.Name, State: state, EventBusName: "default", CreatedBy: c.Account,
		EventPattern: string(r.Pattern), ScheduleExpression: r.Schedule,
	}, nil
}

type targetsIn struct {
	Rule                    string
	EventBusName, NextToken *string
	Limit                   *int
}

type targetsOut struct {
	Targets   []targetOut
	NextToken *string `json:",omitempty"`
}

type targetOut struct {
	ID               string `json:"Id"`
	Arn              string
	RoleArn, Input   string                `json:",omitempty"`
	InputTransformer *transformerOut       `json:",omitempty"`
	DeadLetterConfig *struct{ Arn string } `json:",omitempty"`
	RetryPolicy      struct{ MaximumRetryAttempts, MaximumEventAgeInSeconds int }
}

type transformerOut struct {
	InputPathsMap map[string]string
	InputTemplate string
}

// targets answers https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html.
// A token is how many came before.
func (s *Service) targets(c *wire.Call, in targetsIn) (targetsOut, error) {
	r, err := s.named(c, in.Rule, in.EventBusName)
	if err != nil {
		return targetsOut{}, err
	}
	skip, size := 0, 100
	if in.Limit != nil {
		if size = *in.Limit; size < 1 || size > 100 {
			return targetsOut{}, wire.Errorf("ValidationException", "Limit is to be between 1 and 100")
		}
	}
	if in.NextToken != nil {
		if skip, err = strconv.Atoi(*in.NextToken); err != nil || skip < 0 || skip > len(r.Targets) {
			return targetsOut{}, wire.Errorf("ValidationException", "The token %q is not known", *in.NextToken)
		}
	}
	last := min(skip+size, len(r.Targets))
	out := targetsOut{Targets: []targetOut{}}
	for _, t := range r.Targets[skip:last] {
		one := targetOut{ID: t.ID, Arn: t.ARN, RoleArn: t.RoleARN, Input: string(t.Input)}
		if t.Transform != nil {
			one.InputTransformer = &transformerOut{t.Transform.Paths, t.Transform.Template}
		}
		if t.DeadLetter != "" {
			one.DeadLetterConfig = &struct{ Arn string }{t.DeadLetter}
		}
		age, retries := redelivery.Policy{MaxAge: t.MaxAge, MaxRetries: t.MaxRetries}.Limits()
		one.RetryPolicy.MaximumEventAgeInSeconds, one.RetryPolicy.MaximumRetryAttempts = int(age.Seconds()), retries
		out.Targets = append(out.Targets, one)
	}
	if last < len(r.Targets) {
		token := strconv.Itoa(last)
		out.NextToken = &token
	}
	return out, nil
}

// named is a rule of the caller's default bus.
func (s *Service) named(c *wire.Call, name string, bus *string) (*rule, error) {
	arn := wire.ARN("events", c.Region, c.Account, "rule/"+name)
	c.Touch(arn)
	if bus != nil && *bus != "default" {
		return nil, wire.Unknown("%s %s: the bus %s: only the account's default bus", c.Service, c.Operation, *bus)
	}
	if r := s.find(arn); r != nil {
		return r, nil
	}
	return nil, wire.Errorf("ResourceNotFoundException", "Rule %s does not exist on EventBus default.", name)
}
