package plan_test

import (
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// What SNS would not subscribe is refused before anything is deployed.
func TestAddressesThatCanBeSubscribed(t *testing.T) {
	for name, c := range map[string]struct {
		reason  string
		notify  []string
		tickets []string
		path    string // "": allowed
		says    string
	}{
		"two":              {"different ones", []string{"a@example.com", "b@example.com"}, nil, "", ""},
		"in both":          {"two topics", []string{"a@example.com"}, []string{"a@example.com"}, "", ""},
		"twice":            {"one subscription", []string{"a@example.com", "b@example.com", "a@example.com"}, nil, "notify[2]", "twice, first at notify[0]"},
		"tickets twice":    {"the same", nil, []string{"a@example.com", "a@example.com"}, "tickets[1]", "twice"},
		"in another case":  {"mail makes no difference", []string{"Oncall@example.com", "oncall@Example.com"}, nil, "notify[1]", "twice"},
		"an umlaut":        {"SNS takes ASCII", []string{"jörg@example.com"}, nil, "notify[0]", "ASCII"},
		"an umlaut's host": {"the same", nil, []string{"oncall@bücher.example"}, "tickets[0]", "xn--"},
	} {
		said := map[string]string{}
		for _, p := range (plan.Plan{Notify: c.notify, Tickets: c.tickets}).Validate() {
			if strings.HasPrefix(p.Path, "notify") || strings.HasPrefix(p.Path, "tickets") {
				said[p.Path] = p.String()
			}
		}
		if c.path == "" && len(said) > 0 || c.path != "" && !strings.Contains(said[c.path], c.says) || c.path != "" && len(said) != 1 {
			t.Errorf("%s: %s: %q", name, c.reason, said)
		}
	}
}
