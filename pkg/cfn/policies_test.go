package cfn

import "testing"

func TestCharactersThatNoPolicyTakes(t *testing.T) {
	type object = map[string]any
	for name, c := range map[string]struct {
		reason     string
		properties object
		want       string
	}{
		"Latin-1":        {"up to the last of it", object{"PolicyDocument": object{"Statement": []any{object{"Resource": "Ökonomie ÿ\t\n"}}}}, ""},
		"above":          {"the first one that is not", object{"PolicyDocument": object{"Statement": []any{object{"Resource": []any{"a", "Ā"}}}}}, "Ā"},
		"as a key":       {"of a condition", object{"Policies": []any{object{"PolicyDocument": object{"Statement": []any{object{"Condition": object{"StringEquals": object{"aws:RequestTag/中": "x"}}}}}}}}, "aws:RequestTag/中"},
		"joined":         {"what is resolved counts", object{"KeyPolicy": object{"Statement": []any{object{"Resource": object{"Fn::Join": []any{"", []any{"a", "中"}}}}}}}, "a中"},
		"no policy":      {"a tag takes more", object{"Tags": []any{object{"Key": "a", "Value": "中"}}}, ""},
		"to be called X": {"whatever it is called", object{"Deep": []any{object{"Unheard": object{"Statement": object{"Sid": "中"}}}}}, "中"},
	} {
		template, got := Template{Resources: map[string]Resource{"R": {Properties: c.properties}}}, ""
		documents, err := template.Policies("R")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, document := range documents {
			got, _ = NotInPolicies(document)
		}
		if got != c.want {
			t.Errorf("%s: %s: %q", name, c.reason, got)
		}
	}
}
