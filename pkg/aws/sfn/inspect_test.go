package sfn_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simsfn "github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const definition = `{"QueryLanguage":"JSONata","StartAt":"Ask","States":{
	"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"f"},
		"Retry":[{"ErrorEquals":["Busy"],"MaxAttempts":1}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Pick"}],"Assign":{"a":"{% $states.result.Payload %}"},"Next":"Pick"},
	"Pick":{"Type":"Choice","Choices":[{"Condition":"{% $a = 1 %}","Next":"Done"}],"Default":"Ask"},
	"Done":{"Type":"Succeed"}}}`

// inspector looks at a simulated account; authorise may be nil.
func inspector(c *clock.Virtual, authorise func(*wire.Call) error) (*simsfn.Service, *simaws.Cloud, *sfn.Inspector) {
	service := simsfn.New(&backend{})
	cloud := simaws.New(simaws.Options{Clock: c, Authorise: authorise}, map[string]wire.Handler{"states": service})
	pause := func(_ context.Context, d time.Duration) error { c.Advance(d); return nil }
	return service, cloud, sfn.NewInspector(awsconfig.New(awsconfig.Options{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: cloud}, Pause: func(time.Duration) {},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "tester"), "secret", ""),
	}), pause)
}

func TestTry(t *testing.T) {
	c := clock.NewVirtual(start)
	_, _, i := inspector(c, nil)
	raw := func(text string) json.RawMessage { return json.RawMessage(text) }
	tests := map[string]struct {
		reason string
		try    seen.Try
		want   seen.Tried
	}{
		"result":  {"assigned", seen.Try{State: "Ask", Result: raw(`{"Payload":1}`), Context: raw(`{}`)}, seen.Tried{Status: "SUCCEEDED", Next: "Pick", Output: raw(`{"Payload":1}`), Variables: raw(`{"a":1}`)}},
		"retried": {"once", seen.Try{State: "Ask", Error: "Busy"}, seen.Tried{Status: "RETRIABLE", Error: "Busy"}},
		"caught":  {"after the retry", seen.Try{State: "Ask", Error: "Busy", Cause: "b", Retries: 1}, seen.Tried{Status: "CAUGHT_ERROR", Next: "Pick", Error: "Busy", Cause: "b", Output: raw(`{"Error":"Busy","Cause":"b"}`)}},
		"choice":  {"by a variable, with a role", seen.Try{State: "Pick", Variables: raw(`{"a":1}`), Role: "arn:aws:iam::111122223333:role/drill"}, seen.Tried{Status: "SUCCEEDED", Next: "Done", Output: raw(`{}`), Variables: raw(`{"a":1}`)}},
	}
	for name, c := range tests {
		c.try.Definition = definition
		got, err := i.Try(context.Background(), c.try)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %s: %v (-want +got):\n%s", name, c.reason, err, diff)
		}
	}
	// Ten tests in a second, whatever AWS takes for one.
	if took := c.Now().Sub(start); took < time.Duration(len(tests))*100*time.Millisecond {
		t.Errorf("%d tests took %s", len(tests), took)
	}
}

func TestInspectorIsRefused(t *testing.T) {
	_, _, i := inspector(clock.NewVirtual(start), func(*wire.Call) error {
		return &wire.Error{Code: "AccessDeniedException", Status: http.StatusBadRequest, Message: "User is not authorized"}
	})
	_, err := i.Machine(context.Background(), machineARN)
	_, _, _, invalid := i.Validate(context.Background(), definition)
	_, untried := i.Try(context.Background(), seen.Try{Definition: definition, State: "Done", Role: "r"})
	for permission, err := range map[string]error{
		"states:DescribeStateMachine on " + machineARN: err, "states:ValidateStateMachineDefinition": invalid, "states:TestState, and iam:PassRole on r": untried,
	} {
		var u *seen.Unread
		if !errors.As(err, &u) || !u.Denied() || u.Permission != permission {
			t.Errorf("%s: %v", permission, err)
		}
	}
}

func TestValidate(t *testing.T) {
	service, _, i := inspector(clock.NewVirtual(start), nil)
	service.Diagnose = func(string) (list []simsfn.Diagnostic) {
		for range 101 {
			list = append(list, simsfn.Diagnostic{Severity: "WARNING", Code: "NO_DOLLAR", Message: "m", Location: "/States/Ask"})
		}
		return list
	}
	ok, found, more, err := i.Validate(context.Background(), definition)
	if !ok || len(found) != 100 || !more || err != nil || found[0] != (seen.Diagnostic{Code: "NO_DOLLAR", Message: "m", Location: "/States/Ask"}) {
		t.Errorf("%t %d %t %v", ok, len(found), more, err)
	}
	service.Diagnose = nil
	if ok, found, _, err := i.Validate(context.Background(), `{"StartAt":"A"}`); ok || len(found) == 0 || !found[0].Error || err != nil {
		t.Errorf("%t %v %v", ok, found, err)
	}
	m, err := i.Machine(context.Background(), machineARN)
	if err != nil || m.Definition != "{}" || m.LogLevel != "OFF" {
		t.Errorf("%+v %v", m, err)
	}
}
