package cloudformation_test

import (
	"strings"
	"testing"
	"time"
)

// Composite alarms are made behind those that they refer to, whatever their ids
// are, and go with their stack.
func TestCompositeAlarms(t *testing.T) {
	a := newAccount(nil)
	const never = `"Z": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmName": "never", "AlarmRule": "FALSE"}}`
	const told = `"A": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmName": "told", "AlarmRule": {"Fn::Join": ["", ["ALARM(\"", {"Fn::GetAtt": ["Z", "Arn"]}, "\")"]]},
		"ActionsSuppressor": {"Fn::GetAtt": ["Z", "Arn"]}, "ActionsSuppressorWaitPeriod": 900, "ActionsSuppressorExtensionPeriod": 60}}`
	if err := a.Deploy(assembly(t, `{"Resources": {`+told+`,`+never+`}}`)); err != nil {
		t.Fatal(err)
	}
	made := a.Cloud.Metrics.Composites()
	if len(made) != 2 || made[1].Name != "told" || made[1].Wait != 15*time.Minute || made[1].Extension != time.Minute || !made[1].ActionsEnabled {
		t.Errorf("%+v", made)
	}
	if err := a.Deploy(assembly(t, `{"Resources": {`+never+`}}`)); err != nil || len(a.Cloud.Metrics.Composites()) != 1 {
		t.Errorf("%v, left: %+v", err, a.Cloud.Metrics.Composites())
	}
	for reason, template := range map[string]string{
		"half a suppressor":  strings.Replace(told, `, "ActionsSuppressorExtensionPeriod": 60`, "", 1) + "," + never,
		"an unread property": strings.Replace(never, `"FALSE"`, `"FALSE", "Unheard": 1`, 1),
	} {
		if err := newAccount(nil).Deploy(assembly(t, `{"Resources": {`+template+`}}`)); err == nil {
			t.Errorf("%s is taken", reason)
		}
	}
}
