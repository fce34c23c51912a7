package sfn_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simsfn "github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const machineARN = "arn:aws:states:eu-central-1:111122223333:stateMachine:lifeboat-prod-drill"

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

// backend is executions that do what the test says.
type backend struct {
	executions []*simsfn.Execution
	events     []json.RawMessage
	finished   []string // tokens, and with what
	noTask     error
}

func (b *backend) Machine(arn string) (simsfn.Machine, bool) {
	return simsfn.Machine{ARN: arn, Definition: "{}", Versions: []simsfn.Version{{Number: 7, Definition: "{}"}}}, arn == machineARN
}

func (b *backend) Start(s simsfn.Start) error {
	b.executions = append(b.executions, &simsfn.Execution{Start: s, Status: simsfn.Running})
	return nil
}

func (b *backend) Execution(arn string) (simsfn.Execution, bool) {
	for _, x := range b.executions {
		if x.ARN == arn {
			return *x, true
		}
	}
	return simsfn.Execution{}, false
}

func (b *backend) Executions(string) (list []simsfn.Execution) {
	for _, x := range b.executions {
		list = append(list, *x)
	}
	return list
}

func (b *backend) History(string) ([]json.RawMessage, error)    { return b.events, nil }
func (b *backend) Stop(string, string, string) error            { return nil }
func (b *backend) SendTaskHeartbeat(string) error               { return nil }
func (b *backend) SendTaskFailure(token, e, cause string) error { return b.finish(token, e, cause) }
func (b *backend) SendTaskSuccess(token string, output json.RawMessage) error {
	return b.finish(token, string(output))
}

func (b *backend) finish(what ...string) error {
	b.finished = append(b.finished, fmt.Sprint(what))
	return b.noTask
}

// happen adds an event to the history, a second after the one before.
func (b *backend) happen(kind, details string) {
	id := len(b.events) + 1
	at := start.Add(time.Duration(id) * time.Second).Format(time.RFC3339)
	if details != "" {
		details = "," + details
	}
	b.events = append(b.events, json.RawMessage(fmt.Sprintf(`{"id":%d,"previousEventId":%d,"timestamp":%q,"type":%q%s}`, id, id-1, at, kind, details)))
}

type lab struct {
	*sfn.Machines
	backend *backend
	clock   *clock.Virtual
	cloud   *simaws.Cloud
}

func newLab(faults ...simaws.Fault) lab {
	l := lab{backend: &backend{}, clock: clock.NewVirtual(start)}
	l.cloud = simaws.New(simaws.Options{Clock: l.clock, Faults: faults}, map[string]wire.Handler{"states": simsfn.New(l.backend)})
	l.Machines = sfn.New(awsconfig.New(awsconfig.Options{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: l.cloud}, Pause: func(d time.Duration) { l.clock.Advance(d) },
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "tester"), "secret", ""),
	}))
	return l
}
