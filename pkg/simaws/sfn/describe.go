package sfn

import (
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type included struct {
	Included bool `json:"included"`
}

type describeIn struct {
	ExecutionArn string
}

type describeOut struct {
	ExecutionArn           string      `json:"executionArn"`
	StateMachineArn        string      `json:"stateMachineArn"`
	StateMachineVersionArn string      `json:"stateMachineVersionArn,omitempty"`
	Name                   string      `json:"name"`
	Status                 Status      `json:"status"`
	StartDate              wire.Epoch  `json:"startDate"`
	StopDate               *wire.Epoch `json:"stopDate,omitempty"`
	Input                  string      `json:"input"`
	InputDetails           included    `json:"inputDetails"`
	Output                 *string     `json:"output,omitempty"`
	OutputDetails          *included   `json:"outputDetails,omitempty"`
	Error                  *string     `json:"error,omitempty"`
	Cause                  *string     `json:"cause,omitempty"`
	RedriveCount           int         `json:"redriveCount"`
	RedriveStatus          string      `json:"redriveStatus"`
	RedriveStatusReason    string      `json:"redriveStatusReason,omitempty"`
}

func (s *Service) describe(c *wire.Call, in describeIn) (describeOut, error) {
	x, err := s.findExecution(c, in.ExecutionArn)
	if err != nil {
		return describeOut{}, err
	}
	out := describeOut{
		ExecutionArn: x.ARN, StateMachineArn: x.MachineARN, StateMachineVersionArn: versionARN(x.MachineARN, x.Version),
		Name: x.Name, Status: x.Status, StartDate: wire.Epoch(x.At), StopDate: stopDate(x),
		Input: string(x.Input), InputDetails: included{true}, RedriveStatus: "REDRIVABLE",
	}
	switch x.Status {
	case Running:
		out.RedriveStatus, out.RedriveStatusReason = "NOT_REDRIVABLE", "Execution is RUNNING and cannot be redriven"
	case Succeeded:
		output := string(x.Output)
		out.Output, out.OutputDetails = &output, &included{true}
		out.RedriveStatus, out.RedriveStatusReason = "NOT_REDRIVABLE", "Execution is SUCCEEDED and cannot be redriven"
	case Failed, TimedOut, Aborted:
	}
	if x.Error != "" {
		out.Error = &x.Error
	}
	if x.Cause != "" {
		out.Cause = &x.Cause
	}
	return out, nil
}

func stopDate(x Execution) *wire.Epoch {
	if x.Stopped.IsZero() {
		return nil
	}
	at := wire.Epoch(x.Stopped)
	return &at
}

type listIn struct {
	StateMachineArn string
	StatusFilter    *Status
	MaxResults      int
	NextToken       *string
}

type listOut struct {
	Executions []listed `json:"executions"`
	NextToken  *string  `json:"nextToken,omitempty"`
}

type listed struct {
	ExecutionArn           string      `json:"executionArn"`
	StateMachineArn        string      `json:"stateMachineArn"`
	StateMachineVersionArn string      `json:"stateMachineVersionArn,omitempty"`
	Name                   string      `json:"name"`
	Status                 Status      `json:"status"`
	StartDate              wire.Epoch  `json:"startDate"`
	StopDate               *wire.Epoch `json:"stopDate,omitempty"`
	RedriveCount           int         `json:"redriveCount"`
}

// list shows the newest first; with a version's ARN, those of the version.
func (s *Service) list(c *wire.Call, in listIn) (listOut, error) {
	m, v, err := s.findMachine(c, in.StateMachineArn)
	if err != nil {
		return listOut{}, err
	}
	if f := in.StatusFilter; f != nil && !slices.Contains([]Status{Running, Succeeded, Failed, TimedOut, Aborted, "PENDING_REDRIVE"}, *f) {
		return listOut{}, wire.Errorf("ValidationException", "1 validation error detected: Value '%s' at 'statusFilter' failed to satisfy constraint", *f)
	}
	var all []listed
	for _, x := range slices.Backward(s.backend.Executions(m.ARN)) {
		if in.StatusFilter != nil && x.Status != *in.StatusFilter || v.Number != 0 && x.Version != v.Number {
			continue
		}
		all = append(all, listed{
			ExecutionArn: x.ARN, StateMachineArn: x.MachineARN, StateMachineVersionArn: versionARN(x.MachineARN, x.Version),
			Name: x.Name, Status: x.Status, StartDate: wire.Epoch(x.At), StopDate: stopDate(x),
		})
	}
	// The token is the execution that comes next: new ones do not shift the pages.
	part, next, err := page(all, in.MaxResults, in.NextToken, func(l listed) string { return l.ExecutionArn })
	return listOut{part, next}, err
}

type machineIn struct {
	StateMachineArn string
}

type machineOut struct {
	StateMachineArn string     `json:"stateMachineArn"`
	Name            string     `json:"name"`
	Status          string     `json:"status"`
	Definition      string     `json:"definition"`
	RoleArn         string     `json:"roleArn"`
	Type            string     `json:"type"`
	CreationDate    wire.Epoch `json:"creationDate"`
	Description     string     `json:"description,omitempty"`
	RevisionID      string     `json:"revisionId,omitempty"`

	LoggingConfiguration *loggingOut `json:"loggingConfiguration,omitempty"`
}

type loggingOut struct {
	Level                string        `json:"level"`
	IncludeExecutionData bool          `json:"includeExecutionData"`
	Destinations         []destination `json:"destinations,omitempty"`
}

type destination struct {
	CloudWatchLogsLogGroup logGroup `json:"cloudWatchLogsLogGroup"`
}

type logGroup struct {
	LogGroupArn string `json:"logGroupArn"`
}

func loggingOf(l Logging) *loggingOut {
	if l.Level == "" {
		return nil
	}
	out := &loggingOut{Level: l.Level, IncludeExecutionData: l.IncludeExecutionData}
	for _, arn := range l.Destinations {
		out.Destinations = append(out.Destinations, destination{logGroup{arn}})
	}
	return out
}

// machine shows the newest revision, or the version whose ARN is given.
func (s *Service) machine(c *wire.Call, in machineIn) (machineOut, error) {
	m, v, err := s.findMachine(c, in.StateMachineArn)
	if err != nil {
		return machineOut{}, err
	}
	_, name, _ := strings.Cut(m.ARN, ":stateMachine:")
	out := machineOut{
		StateMachineArn: in.StateMachineArn, Name: name, Status: "ACTIVE", Definition: m.Definition, RoleArn: m.RoleARN,
		Type: "STANDARD", CreationDate: wire.Epoch(m.Created), RevisionID: m.RevisionID, Description: m.Description,
		LoggingConfiguration: loggingOf(m.Logging),
	}
	if v.Number != 0 {
		out.Definition, out.CreationDate, out.Description = v.Definition, wire.Epoch(v.Created), v.Description
	}
	return out, nil
}
