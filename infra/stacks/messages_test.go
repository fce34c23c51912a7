package stacks_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sns"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// oncall is who the example tells.
const oncall = "oncall@example.com"

// trouble is one kind of a month: what people get of it is in
// testdata/messages/<its name>.txt.
type trouble struct {
	reason   string
	scenario sim.Scenario
	edit     func(resources object) // of what is deployed
	input    string                 // of the drill; default {}
	play     func(m *month)         // beside the drill, which starts half an hour after the deployment
	pages    int                    // of the notifier, in eight hours
	tickets  int
}

var troubles = map[string]trouble{
	"rpo-missed": {
		reason:   "the replication of the backups stopped",
		scenario: sim.Scenario{Backups: sim.Backups{ReplicaStoppedFor: sim.Duration(5 * time.Hour)}}, tickets: 1,
	},
	"rto-missed": {
		reason:   "the restore takes longer than the objective allows",
		scenario: sim.Scenario{Restore: sim.Restore{Creating: sim.Duration(80 * time.Minute)}}, tickets: 1,
	},
	"check-failed": {
		reason:   "the copy has too few orders",
		scenario: sim.Scenario{Checks: map[string]sim.Answer{"orders are there": {Outcome: drill.CheckFailed, Figure: 12}}}, tickets: 1,
	},
	"no-backup": {
		reason:   "there is none, nowhere",
		scenario: sim.Scenario{Source: sim.Source{Gone: true}, Backups: sim.Backups{NoReplica: true}}, pages: 1,
	},
	"quota": {
		reason:   "the recovery region has no instance left",
		scenario: sim.Scenario{Quota: sim.Quota{Instances: 40, Used: 40}}, pages: 1,
	},
	"key": {
		reason:   "the key of the backups is gone",
		scenario: sim.Scenario{Missing: []string{"key"}}, pages: 1,
	},
	"dirty": {
		reason: "an organisation forbids to delete the copy",
		scenario: sim.Scenario{Faults: []simaws.Fault{
			{On: "rds:DeleteDBInstance", Error: "AccessDenied", Message: "explicit deny in a service control policy", Status: 403, Times: -1},
		}}, pages: 1,
	},
	"stopped": {
		reason: "one message for the drill and its clean-up",
		play:   stopsTheDrill, pages: 1,
	},
	"timed-out": {
		reason: "somebody gave the machine a time-out",
		edit: func(r object) {
			for _, each := range r {
				if properties := at(each.(object), "Properties"); each.(object)["Type"] == "AWS::StepFunctions::StateMachine" {
					properties["DefinitionString"] = strings.Replace(properties["DefinitionString"].(string), "{", `{"TimeoutSeconds": 600,`, 1)
				}
			}
		}, pages: 1,
	},
	"unknown-database": {
		reason: "a schedule names one that was renamed",
		input:  `{"database": "orders/oders-db", "trigger": "schedule"}`, pages: 1,
	},
	"metrics-refused": {
		reason:   "no figure of the drill exists, and people are told all the same",
		scenario: sim.Scenario{Backups: sim.Backups{ReplicaStoppedFor: sim.Duration(5 * time.Hour)}},
		edit:     func(r object) { withoutStatement(r, "PublishMetricsRole", "Metrics") }, tickets: 1,
	},
	"evidence-refused": {
		reason: "it could not be written",
		edit:   func(r object) { withoutAction(r, "RecordEvidenceRole", "s3:PutObject") }, pages: 1,
	},
	"evidence-unreadable": {
		reason:   "it was written, and the notifier may not read it",
		scenario: sim.Scenario{Quota: sim.Quota{Instances: 40, Used: 40}},
		edit:     func(r object) { withoutStatement(r, "NotifierRole", "ReadEvidence") }, pages: 1,
	},
	"event-lost": {
		reason:   "the round tells what no event did",
		scenario: sim.Scenario{Quota: sim.Quota{Instances: 40, Used: 40}},
		play:     func(m *month) { m.enable("lifeboat-prod-Endings", false) }, pages: 1,
	},
	"clean-up-lost": {
		reason: "nobody cleans up, and after half an hour people are told so",
		play: func(m *month) {
			m.enable("lifeboat-prod-CutOff", false)
			stopsTheDrill(m)
		}, pages: 1,
	},
	"table-refused": {
		reason:   "it is told all the same, and may come twice",
		scenario: sim.Scenario{Quota: sim.Quota{Instances: 40, Used: 40}},
		edit: func(r object) {
			withoutStatement(r, "NotifierRole", "RunRecord")
		}, pages: 2,
	},
	"topic-refused": {
		reason:   "nobody is told before the mistake is mended, and then they are",
		scenario: sim.Scenario{Quota: sim.Quota{Instances: 40, Used: 40}},
		edit:     func(r object) { withoutStatement(r, "NotifierRole", "Tell") },
		play: func(m *month) {
			m.do(3*time.Hour, func() {
				if last := m.lastFigure(rounds.Unreported); last != 1 {
					m.t.Errorf("unreported: %v", last)
				}
				m.redeploy(synthesized(m.t).folder)
			})
		}, pages: 1,
	},
}

// stopsTheDrill ten minutes after its start.
func stopsTheDrill(m *month) {
	m.do(40*time.Minute, func() { m.Stop(m.called["drill"]) })
}

// What people get, by each kind of trouble of a month; and one message for each.
func TestMessages(t *testing.T) {
	folder := synthesized(t).folder
	for name, c := range troubles {
		t.Run(name, func(t *testing.T) {
			deployed := folder
			if c.edit != nil {
				deployed = edited(t, folder, c.edit)
			}
			t.Parallel()
			m := subscribed(t, deployed, c.scenario)
			input := c.input
			if input == "" {
				input = "{}"
			}
			m.do(30*time.Minute, func() { m.start("drill", input) })
			if c.play != nil {
				c.play(m)
			}
			if err := m.Pass(8 * time.Hour); err != nil {
				t.Fatal(err)
			}
			m.areTold(name, c)
		})
	}
}

// subscribed is a deployment of which a channel is told as well as the people.
func subscribed(t *testing.T, folder string, scenario sim.Scenario) *month {
	t.Helper()
	m := opened(t, folder, scenario)
	for _, s := range m.Cloud().SNS.Subscriptions() {
		if s.Endpoint == oncall {
			if _, err := m.Cloud().SNS.Subscribe(s.Topic, "https", sns.ChatEndpoint, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	return m
}

// received is what the notifier sent to an endpoint.
func (m *month) received(endpoint string) (list []sns.Message) {
	for _, message := range m.Cloud().SNS.Inbox(endpoint) {
		if strings.Contains(message.Publisher, "lifeboat-prod-notifier") {
			list = append(list, message)
		}
	}
	return list
}

// areTold compares what people and channels got, and holds that there is one
// message of each cause.
func (m *month) areTold(name string, c trouble) {
	m.t.Helper()
	var golden bytes.Buffer
	fmt.Fprintf(&golden, "%s\n", c.reason)
	got := map[string]int{}
	for _, mail := range m.received(oncall) {
		topic := mail.Topic[strings.LastIndexByte(mail.Topic, '-')+1:]
		got[topic]++
		fmt.Fprintf(&golden, "\n==== %s, a mail by the topic %s\nSubject: %s\n\n%s", mail.At.Sub(november).Round(time.Minute), topic, mail.Subject, mail.Message)
	}
	for _, message := range m.received(sns.ChatEndpoint) {
		if err := sns.Shown(message.Message); err != nil {
			m.t.Errorf("Amazon Q shows nothing of it: %v", err)
		}
		golden.WriteString("\n==== Amazon Q Developer gets\n")
		if err := json.Indent(&golden, []byte(message.Message), "", "  "); err != nil {
			m.t.Error(err)
		}
		golden.WriteByte('\n')
	}
	want := map[string]int{}
	if c.pages > 0 {
		want["pages"] = c.pages
	}
	if c.tickets > 0 {
		want["tickets"] = c.tickets
	}
	if diff := cmp.Diff(want, got); diff != "" {
		m.t.Errorf("messages by topic (-want +got):\n%s", diff)
	}
	if len(m.received(oncall)) != len(m.received(sns.ChatEndpoint)) {
		m.t.Error("channels do not get what people get")
	}
	asGolden(m.t, "testdata/messages/"+name+".txt", golden.Bytes())
}

// lastFigure is the newest of a metric of the deployment.
func (m *month) lastFigure(name string) (value float64) {
	for _, d := range m.Cloud().Metrics.Datapoints() {
		if d.Metric == name {
			value = d.Maximum
		}
	}
	return value
}

// Nothing is told twice of one cause: whatever was stopped, timed out or failed in
// a deployment has one message, however long one waits, and events come twice.
func TestNothingIsToldTwice(t *testing.T) {
	folder := synthesized(t).folder
	t.Parallel()
	m := subscribed(t, folder, sim.Scenario{Events: sim.Events{Twice: true}})
	m.do(30*time.Minute, func() { m.start("drill", "{}") })
	m.do(40*time.Minute, func() { m.Stop(m.called["drill"]) })
	m.do(3*time.Hour, func() { m.start("unknown", `{"database": "orders/oders-db"}`) })
	m.do(4*time.Hour, func() { m.again(m.called["unknown"].ARN) })
	m.do(5*time.Hour, func() { m.start("strange", `"orders"`) })
	if err := m.Pass(30 * time.Hour); err != nil {
		t.Fatal(err)
	}
	var subjects []string
	for _, mail := range m.received(oncall) {
		subjects = append(subjects, mail.Subject)
	}
	if diff := cmp.Diff([]string{
		"PAGE orders/orders-db: stopped, cleaned up (prod)",
		"TICKET orders/oders-db: FailureClean (prod)", // both were typed by hand, by somebody who is awake
		"TICKET unknown database: FailureClean (prod)",
	}, subjects); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// again sends the event of an execution once more, as EventBridge may.
func (m *month) again(execution string) {
	for _, x := range m.Executions() {
		if x.ARN == execution {
			m.Repeat(x)
			return
		}
	}
	m.t.Errorf("there is no execution %s", execution)
}

// withoutStatement takes one from the policy of a role.
func withoutStatement(resources object, role, sid string) {
	for id, r := range resources {
		if !strings.HasPrefix(id, role) {
			continue
		}
		for _, policy := range at(r.(object), "Properties")["Policies"].([]any) {
			document := at(policy.(object), "PolicyDocument")
			document["Statement"] = slices.DeleteFunc(document["Statement"].([]any), func(s any) bool { return s.(object)["Sid"] == sid })
		}
	}
}
