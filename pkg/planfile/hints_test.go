package planfile

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

// Whoever writes what a refused plan is told to write, as it stands there, has a plan
// that is accepted.
func TestWhatAHintSaysIsAccepted(t *testing.T) {
	rules := regexp.MustCompile(`write (rules: \[.*?\]): `)
	retention := regexp.MustCompile(`write (retention: 35d)`)
	point := regexp.MustCompile(`write backup\.(pointInTime: \w+)`)
	const nightly = "schedule: 'cron(0 1 * * ? *)'"
	block := "  rules:\n    " + theRule + "\n"
	for name, c := range map[string]struct {
		rules, rpo string
		lines      string // of the policy, before the rules
		hint       *regexp.Regexp
		without    string // what the hint says to leave out
	}{
		"another cadence":            {"  rules:\n    - {name: n, " + nightly + "}\n", "20h", "", rules, ""},
		"hourly":                     {"  rules:\n    - {name: n, " + nightly + "}\n", "7h", "", rules, ""},
		"kept for longer":            {"  rules:\n    - {name: n, schedule: 'cron(0 1 ? * MON *)', retention: 2d}\n", "10d", "", retention, "retention: 2d"},
		"replicated":                 {"  rules:\n    - {name: n, " + nightly + "}\n", "1h", "", point, ""},
		"replicated, not continuous": {"  rules:\n    - {name: n, " + nightly + ", continuous: true}\n", "1h", "", point, ", continuous: true"},
		"a lock takes no 35 days":    {"  rules:\n    - {name: n, " + nightly + ", retention: 1d}\n", "40h", "  lock: {max: 20d}\n", point, ""},
	} {
		text := strings.Replace(backedUp, block, c.lines+c.rules, 1)
		text = strings.Replace(text, "rpo: 7d", "rpo: "+c.rpo, 1)
		_, err := Parse("p.yaml", []byte(text))
		var missed *Missed
		if !errors.As(err, &missed) || len(missed.Problems) != 1 {
			t.Errorf("%s: one target is missed: %v", name, err)
			continue
		}
		found := c.hint.FindStringSubmatch(missed.Problems[0].Hint)
		if found == nil {
			t.Errorf("%s: %s", name, missed.Problems[0].Hint)
			continue
		}
		switch c.hint {
		case rules:
			text = strings.Replace(text, c.rules, "  "+found[1]+"\n", 1)
		case retention:
			text = strings.Replace(text, c.without, found[1], 1)
		default:
			text = strings.Replace(text, "  manage: true\n", "  manage: true\n  "+found[1]+"\n", 1)
			text = strings.Replace(text, c.without, "", 1)
		}
		if _, err := Parse("p.yaml", []byte(text)); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}
