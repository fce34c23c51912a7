package cfn

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parse(t *testing.T, text string) Template {
	t.Helper()
	parsed := Template{Where: Where{"aws", "eu-central-1", "111122223333"}, Exports: map[string]string{"theirs": "value"}}
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestResolve(t *testing.T) {
	template := parse(t, `{"Resources": {
		"F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "check"}},
		"V": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "F"}}},
		"G": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupName": "x"}},
		"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}}}}`)
	for name, c := range map[string]struct{ reason, value, want string }{
		"text":      {"is itself", `"x"`, "x"},
		"version":   {"is the ARN of a published one", `{"Ref": "V"}`, "arn:aws:lambda:eu-central-1:111122223333:function:check:1"},
		"join":      {"puts parts together", `{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::1:root"]]}`, "arn:aws:iam::1:root"},
		"zone":      {"is one of the region", `{"Fn::Select": [1, {"Fn::GetAZs": ""}]}`, "eu-central-1b"},
		"import":    {"is what the other stack exports", `{"Fn::ImportValue": "theirs"}`, "value"},
		"attribute": {"roles have no region", `{"Fn::GetAtt": ["R", "Arn"]}`, "arn:aws:iam::111122223333:role/r"},
	} {
		t.Run(name, func(t *testing.T) {
			var value any
			if err := json.Unmarshal([]byte(c.value), &value); err != nil {
				t.Fatal(err)
			}
			if got, err := template.Text(value); err != nil || got != c.want {
				t.Errorf("%s: %q, %v", c.reason, got, err)
			}
		})
	}
	for _, unknown := range []string{`{"Ref": "Nobody"}`, `{"Fn::ImportValue": "nothing"}`, `{"Fn::Sub": "x"}`} {
		var value any
		_ = json.Unmarshal([]byte(unknown), &value) // it is JSON
		if got, err := template.Resolve(value); err == nil {
			t.Errorf("%s gave %v", unknown, got)
		}
	}
	one, _ := template.attribute("G", "GroupId")
	two, _ := template.attribute("G", "GroupId")
	if one != two || one == "" {
		t.Errorf("the same group is %v and %v", one, two)
	}
}

func TestWhatIsEmptyIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		reason, properties string
		want               []string
	}{
		"environment":          {"the function would not start", `{"Environment": {"Variables": {"V": ""}}}`, []string{"R.Environment.Variables.V is empty"}},
		"name":                 {"AWS would make one up", `{"TopicName": ""}`, []string{"R.TopicName is empty"}},
		"arn":                  {"no account", `{"Policies": [{"Resource": "arn:aws:sqs:eu-central-1::q"}]}`, []string{`R.Policies[0].Resource has "arn:aws:sqs:eu-central-1::q", which names nothing`}},
		"target":               {"an operation of any account", `{"Arn": "arn:aws:scheduler:::aws-sdk:sfn:startExecution"}`, nil},
		"target, no operation": {"a service alone", `{"Arn": "arn:aws:scheduler:::aws-sdk:sfn"}`, []string{`R.Arn has "arn:aws:scheduler:::aws-sdk:sfn", which names nothing`}},
		"arn, no name":         {"a table without a name", `{"Resource": ["arn:aws:dynamodb:eu-central-1:1:table/"]}`, []string{`R.Resource[0] has "arn:aws:dynamodb:eu-central-1:1:table/", which names nothing`}},
		"fine":                 {"roles and buckets have no region, a joint may be empty", `{"A": "arn:aws:iam::1:role/r", "B": "arn:aws:s3:::b", "Name": {"Fn::Join": ["", ["a"]]}}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := parse(t, `{"Resources": {"R": {"Type": "X", "Properties": `+c.properties+`}}}`).Empty()
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}
