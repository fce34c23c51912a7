package cloudwatch_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

func composite(name, rule string, change func(*cloudwatch.Composite)) cloudwatch.Composite {
	c := cloudwatch.Composite{
		Name: name, ARN: wire.ARN("cloudwatch", region, account, "alarm:"+name), Account: account, Region: region, Rule: rule,
		Actions: []string{topic}, OKActions: []string{topic}, ActionsEnabled: true,
	}
	if change != nil {
		change(&c)
	}
	return c
}

// setRule makes an alarm that says what its rule says, TRUE or FALSE: composite alarms look
// at others of their kind.
func (w *watch) setRule(t *testing.T, name, rule string) {
	t.Helper()
	if err := w.AddComposite(composite(name, rule, func(c *cloudwatch.Composite) { c.Actions, c.OKActions = nil, nil })); err != nil {
		t.Fatal(err)
	}
}

// The examples of
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html,
// a minute for each of their units: the alarm waits two and extends by three.
func TestSuppression(t *testing.T) {
	const child, suppressor = "child", "suppressor"
	type step struct {
		at  int
		who string
		is  string
	}
	tests := map[string]struct {
		reason string
		steps  []step
		want   []string // what was done, and when
	}{
		"1: after the wait":          {"the suppressor stays OK", []step{{2, child, "TRUE"}}, []string{"4 ALARM"}},
		"2: before the wait is over": {"the suppressor came in time", []step{{2, child, "TRUE"}, {3, suppressor, "TRUE"}}, nil},
		"3: over within the wait":    {"the wait is discarded, and another begins: nobody hears of the ALARM", []step{{2, child, "TRUE"}, {3, child, "FALSE"}}, []string{"5 OK"}},
		"4: it is suppressed":        {"the suppressor was there first", []step{{1, suppressor, "TRUE"}, {2, child, "TRUE"}}, nil},
		"5: after the extension":     {"the suppressor is over and the alarm is not", []step{{2, child, "TRUE"}, {3, suppressor, "TRUE"}, {6, suppressor, "FALSE"}}, []string{"9 ALARM"}},
		"6: over in the extension":   {"the extension is discarded for a wait", []step{{2, child, "TRUE"}, {3, suppressor, "TRUE"}, {6, suppressor, "FALSE"}, {7, child, "FALSE"}}, []string{"9 OK"}},
		"what was done is done":      {"a suppressor that comes later takes nothing back", []step{{2, child, "TRUE"}, {5, suppressor, "TRUE"}, {8, suppressor, "FALSE"}}, []string{"4 ALARM"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWatch()
			w.setRule(t, child, "FALSE")
			w.setRule(t, suppressor, "FALSE")
			if err := w.AddComposite(composite("main", `ALARM("`+child+`")`, func(c *cloudwatch.Composite) {
				c.Suppressor, c.Wait, c.Extension = suppressor, 2*time.Minute, 3*time.Minute
			})); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(20 * time.Minute) // it is OK, and that was told
			w.changes = nil
			begin := w.clock.Now()
			for minute := range 20 {
				for _, s := range tc.steps {
					if s.at == minute {
						w.setRule(t, s.who, s.is)
					}
				}
				w.clock.Advance(time.Minute)
			}
			var done []string
			for _, c := range w.changes {
				if c.Alarm.Name == "main" && len(c.Actions()) > 0 {
					done = append(done, fmt.Sprintf("%.0f %s", c.At.Sub(begin).Truncate(time.Minute).Minutes(), c.To))
				}
			}
			if diff := cmp.Diff(tc.want, done); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestRules(t *testing.T) {
	for rule, want := range map[string]string{
		"ALARM(yes)": "ALARM", `ALARM("no")`: "OK", "OK(no)": "ALARM", "INSUFFICIENT_DATA(new)": "ALARM", "NOT ALARM(no)": "ALARM",
		"ALARM(yes) AND ALARM(no)": "OK", "ALARM(yes) OR ALARM(no)": "ALARM", "FALSE AND TRUE OR TRUE": "ALARM", "FALSE AND (TRUE OR TRUE)": "OK",
		"NOT FALSE AND FALSE": "OK", "( ALARM( yes )\nAND NOT ALARM(no) )": "ALARM", "ALARM(arn:aws:cloudwatch:eu-central-1:111122223333:alarm:yes)": "ALARM",
		`ALARM("yes (really)")`: "ALARM",
	} {
		w := newWatch()
		w.setRule(t, "yes", "TRUE")
		w.setRule(t, "yes (really)", "TRUE")
		w.setRule(t, "no", "FALSE")
		if err := w.AddAlarm(alarm(func(a *cloudwatch.Alarm) { a.Name, a.Missing = "new", "missing" })); err != nil {
			t.Fatal(err)
		}
		if err := w.AddComposite(composite("main", rule, nil)); err != nil {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		w.clock.Advance(time.Minute)
		if all := w.Composites(); all[len(all)-1].State != want {
			t.Errorf("%s is %s, want %s", rule, all[len(all)-1].State, want)
		}
	}
	many := strings.Repeat("ALARM(yes) OR ", 500) + "ALARM(yes)"
	var children []string
	for i := range 101 {
		children = append(children, fmt.Sprintf("ALARM(yes-%d)", i))
	}
	for rule, reason := range map[string]string{
		"": "empty", "ALARM(yes": "no end", "ALARM yes": "no brackets", "ALARM(yes) ALARM(no)": "no operator", "yes": "no state", "ALARM(gone)": "no such alarm",
		"ALARM(arn:aws:cloudwatch:eu-west-1:111122223333:alarm:yes)": "of another region", "ALARM(arn:aws:cloudwatch:eu-central-1:444455556666:alarm:yes)": "of another account",
		"(ALARM(yes)": "a bracket is open", `ALARM("yes)`: "a quote is open", "ALARM(main)": "it looks at itself", "AT_LEAST(1, ALARM, (yes))": "not simulated",
		many: "too many elements", strings.Join(children, " OR "): "too many children",
	} {
		w := newWatch()
		w.setRule(t, "yes", "TRUE")
		w.setRule(t, "no", "FALSE")
		for i := range 101 {
			w.setRule(t, fmt.Sprintf("yes-%d", i), "TRUE")
		}
		if err := w.AddComposite(composite("main", rule, nil)); err == nil {
			t.Errorf("%s: %.60s is taken", reason, rule)
		}
	}
}

// A composite alarm follows a metric alarm, and another follows it.
func TestNestedComposites(t *testing.T) {
	w := newWatch()
	if err := w.AddAlarm(alarm(nil)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []cloudwatch.Composite{composite("inner", `ALARM("lifeboat-prod-orphans")`, nil), composite("outer", "NOT OK(inner)", nil)} {
		if err := w.AddComposite(c); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(time.Minute)
	w.put(1, time.Minute)
	w.changes = nil
	w.clock.Advance(20 * time.Minute)
	var got []string
	for _, c := range w.changes {
		got = append(got, fmt.Sprint(c.Alarm.Name, " ", c.To, " ", len(c.Actions())))
	}
	want := []string{"lifeboat-prod-orphans ALARM 1", "inner ALARM 1", "outer ALARM 1", "lifeboat-prod-orphans OK 0", "inner OK 1", "outer OK 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := w.AddComposite(composite("inner", "ALARM(outer)", nil)); err == nil {
		t.Error("a circle is taken")
	}
}

func TestMessageOfAComposite(t *testing.T) {
	w := newWatch()
	if err := w.AddAlarm(alarm(nil)); err != nil {
		t.Fatal(err)
	}
	w.setRule(t, "never", "FALSE")
	if err := w.AddComposite(composite("told", `ALARM("lifeboat-prod-orphans")`, func(c *cloudwatch.Composite) {
		c.Description, c.OKActions, c.Suppressor, c.Wait, c.Extension = "What to do", nil, "never", 2*time.Minute, time.Minute
	})); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	w.changes = nil
	w.Put(account, region, watched, 1, w.clock.Now())
	w.clock.Advance(4 * time.Minute)
	last := w.changes[len(w.changes)-1]
	subject, body := cloudwatch.Message(last)
	if want := `ALARM: "told" in EU (Frankfurt)`; subject != want {
		t.Errorf("subject %s, want %s", subject, want)
	}
	const orphans = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:lifeboat-prod-orphans"
	want := `{"AlarmName":"told","AlarmDescription":"What to do","AWSAccountId":"111122223333","NewStateValue":"ALARM",` +
		`"NewStateReason":"` + orphans + ` transitioned to ALARM at Monday 02 November, 2026 04:01:10 UTC","StateChangeTime":"2026-11-02T04:03:10.000+0000",` +
		`"Region":"EU (Frankfurt)","AlarmArn":"arn:aws:cloudwatch:eu-central-1:111122223333:alarm:told","OKActions":[],"AlarmActions":["` + topic + `"],` +
		`"InsufficientDataActions":[],"OldStateValue":"OK","AlarmRule":"ALARM(\"lifeboat-prod-orphans\")",` +
		`"TriggeringChildren":[{"Arn":"` + orphans + `","State":{"Value":"ALARM","Timestamp":"2026-11-02T04:01:10.000+0000"}}]}`
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var suppressed []string // of the events: while it waits, and when it does no more
	for _, c := range w.changes {
		if c.Composite == nil {
			continue
		}
		var detail struct {
			State, PreviousState struct{ Value, ActionsSuppressedBy string }
		}
		if err := json.Unmarshal(cloudwatch.Event(c).Detail, &detail); err != nil {
			t.Fatal(err)
		}
		suppressed = append(suppressed, detail.PreviousState.Value+" "+detail.PreviousState.ActionsSuppressedBy+" "+detail.State.Value+" "+detail.State.ActionsSuppressedBy)
	}
	if diff := cmp.Diff([]string{"OK  ALARM WaitPeriod", "ALARM WaitPeriod ALARM "}, suppressed); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
