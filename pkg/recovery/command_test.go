package recovery

import "testing"

func TestCommands(t *testing.T) {
	step := Record{Node: Node{ID: "shop/warm"}, Status: Status{Attempt: 2}}
	tests := map[string]struct {
		reason string
		first  string
		words  []string
		want   string
	}{
		"on AWS":            {"without the world it would look on this machine", "arn:aws:states:eu-west-1:123456789012:execution:recovery:r1", []string{"resume", "r1"}, "lifeboat recover resume r1 --world aws"},
		"in China":          {"another partition is AWS, too", "arn:aws-cn:states:cn-north-1:123456789012:execution:recovery:r1", []string{"resume", "r1"}, "lifeboat recover resume r1 --world aws"},
		"on this machine":   {"it is the default", "arn:aws:states:local:000000000000:execution:recovery:r1", []string{"resume", "r1"}, "lifeboat recover resume r1"},
		"a decision":        {"it is about this attempt and no other", "", DecisionWords(Retry, "r1", step), "lifeboat recover retry r1 shop/warm --attempt 2 --reason TEXT"},
		"an abort":          {"it is about no step", "", AbortWords("r1"), "lifeboat recover abort r1 --reason TEXT"},
		"nothing but flags": {"it starts one", "arn:aws:states:eu-west-1:123456789012:execution:recovery:r1", nil, "lifeboat recover --world aws"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := (Run{First: tc.first}).Command(tc.words...); got != tc.want {
				t.Errorf("%s: %s, want %s", tc.reason, got, tc.want)
			}
		})
	}
}

// TestNotOverSaysWhatToType: what is pasted from a report works where it ran.
func TestNotOverSaysWhatToType(t *testing.T) {
	run := Run{ID: "r1", First: "arn:aws:states:eu-west-1:123456789012:execution:recovery:r1"}
	for _, f := range Judge(Case{Run: run}).Findings {
		if f.Code == "NotOver" && f.Hint == "lifeboat recover resume r1 --world aws" {
			return
		}
	}
	t.Errorf("%+v", Judge(Case{Run: run}).Findings)
}
