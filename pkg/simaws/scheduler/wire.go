package scheduler

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// maxPage is the greatest number of schedules in one answer.
const maxPage = 100

// Resolve implements wire.Handler.
func (s *Service) Resolve(c *wire.Call) string {
	path := wire.Segments(c.HTTP)
	switch {
	case c.HTTP.Method == http.MethodGet && len(path) == 2 && path[0] == "schedules":
		return "GetSchedule"
	case c.HTTP.Method == http.MethodGet && len(path) == 1 && path[0] == "schedules":
		return "ListSchedules"
	}
	return c.HTTP.Method + " " + c.HTTP.URL.Path
}

// Serve implements wire.Handler.
func (s *Service) Serve(c *wire.Call) (wire.Reply, error) {
	var (
		result any
		err    error
	)
	switch c.Operation {
	case "GetSchedule":
		result, err = s.get(c)
	case "ListSchedules":
		result, err = s.list(c)
	default:
		return wire.Reply{}, wire.Unknown("%s has no operation %q", c.Service, c.Operation)
	}
	if err != nil {
		return wire.Reply{}, err
	}
	return wire.RESTReply(result)
}

// Fail implements wire.Handler.
func (s *Service) Fail(_ *wire.Call, e *wire.Error) wire.Reply { return wire.RESTFail(e, "Message") }

// query reads the parameters of a request strictly.
func query(c *wire.Call, known ...string) (map[string]string, error) {
	values := map[string]string{}
	for name, value := range c.HTTP.URL.Query() {
		if !slices.Contains(known, name) {
			return nil, wire.Unknown("%s %s: query parameter %s is not simulated", c.Service, c.Operation, name)
		}
		values[name] = value[0]
	}
	return values, nil
}

type summary struct {
	Arn, GroupName, Name, State        string
	CreationDate, LastModificationDate wire.Epoch
	Target                             struct{ Arn string }
}

type details struct {
	Arn, GroupName, Name, State        string
	CreationDate, LastModificationDate wire.Epoch
	ScheduleExpression                 string
	ScheduleExpressionTimezone         string
	StartDate                          *wire.Epoch `json:",omitempty"`
	EndDate                            *wire.Epoch `json:",omitempty"`
	KmsKeyArn                          string      `json:",omitempty"`
	FlexibleTimeWindow                 window
	Target                             target
}

type window struct {
	Mode                   string
	MaximumWindowInMinutes int `json:",omitempty"`
}

type target struct {
	Arn, RoleArn, Input string
	DeadLetterConfig    *struct{ Arn string } `json:",omitempty"`
	RetryPolicy         struct{ MaximumEventAgeInSeconds, MaximumRetryAttempts int }
}

func (n *schedule) state() string {
	if n.Enabled {
		return "ENABLED"
	}
	return "DISABLED"
}

func (s *Service) get(c *wire.Call) (details, error) {
	parameters, err := query(c, "groupName")
	if err != nil {
		return details{}, err
	}
	group, name := parameters["groupName"], wire.Segments(c.HTTP)[1]
	if group == "" {
		group = "default"
	}
	arn := wire.ARN("scheduler", c.Region, c.Account, "schedule/"+group+"/"+name)
	c.Touch(arn)
	n := s.schedules[arn]
	if n == nil {
		return details{}, &wire.Error{Code: "ResourceNotFoundException", Status: http.StatusNotFound, Message: "Schedule " + name + " does not exist."}
	}
	d := details{
		Arn: arn, GroupName: group, Name: name, State: n.state(), CreationDate: wire.Epoch(n.created), LastModificationDate: wire.Epoch(n.modified),
		ScheduleExpression: n.Expression, ScheduleExpressionTimezone: n.zone.String(), StartDate: moment(n.Start), EndDate: moment(n.End), KmsKeyArn: n.KMSKey,
		FlexibleTimeWindow: window{Mode: "OFF"}, Target: target{Arn: n.TargetARN, RoleArn: n.RoleARN, Input: n.Input},
	}
	if n.Window > 0 {
		d.FlexibleTimeWindow = window{"FLEXIBLE", int(n.Window.Minutes())}
	}
	if n.DeadLetter != "" {
		d.Target.DeadLetterConfig = &struct{ Arn string }{n.DeadLetter}
	}
	age, retries := n.policy().Limits()
	d.Target.RetryPolicy.MaximumEventAgeInSeconds, d.Target.RetryPolicy.MaximumRetryAttempts = int(age.Seconds()), retries
	return d, nil
}

func moment(t time.Time) *wire.Epoch {
	if t.IsZero() {
		return nil
	}
	e := wire.Epoch(t)
	return &e
}

type listOut struct {
	NextToken string `json:",omitempty"`
	Schedules []summary
}

// list pages by ARN: a token is the last one that was told.
func (s *Service) list(c *wire.Call) (listOut, error) {
	parameters, err := query(c, "MaxResults", "NamePrefix", "NextToken", "ScheduleGroup", "State")
	if err != nil {
		return listOut{}, err
	}
	page := maxPage
	if text := parameters["MaxResults"]; text != "" {
		if page, err = strconv.Atoi(text); err != nil || page < 1 || page > maxPage {
			return listOut{}, invalid("MaxResults: %q is not between 1 and %d", text, maxPage)
		}
	}
	out := listOut{Schedules: []summary{}}
	for _, arn := range slices.Sorted(maps.Keys(s.schedules)) {
		n := s.schedules[arn]
		group, state := parameters["ScheduleGroup"], parameters["State"]
		if n.Account != c.Account || n.Region != c.Region || arn <= parameters["NextToken"] || !strings.HasPrefix(n.Name, parameters["NamePrefix"]) ||
			group != "" && n.Group != group || state != "" && n.state() != state {
			continue
		}
		if len(out.Schedules) == page {
			out.NextToken = out.Schedules[page-1].Arn
			break
		}
		c.Touch(arn)
		one := summary{Arn: arn, GroupName: n.Group, Name: n.Name, State: n.state(), CreationDate: wire.Epoch(n.created), LastModificationDate: wire.Epoch(n.modified)}
		one.Target.Arn = n.TargetARN
		out.Schedules = append(out.Schedules, one)
	}
	return out, nil
}
