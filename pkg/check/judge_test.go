package check

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

func f(n float64) *float64 { return &n }

func TestAValueIsJudged(t *testing.T) {
	tests := map[string]struct {
		reason  string
		v       Value
		want    drill.Expect
		outcome drill.CheckOutcome
		figure  string // as JSON
	}{
		"in range":           {"a count", Value{Number, "2240", false}, drill.Expect{Min: f(2240), Max: f(2240)}, drill.CheckPassed, "2240"},
		"too few":            {"below min", Value{Number, "2239", false}, drill.Expect{Min: f(2240)}, drill.CheckFailed, "2239"},
		"too many":           {"above max", Value{Number, "3", false}, drill.Expect{Max: f(2)}, drill.CheckFailed, "3"},
		"beyond float":       {"2^53+1 is not 2^53", Value{Number, "9007199254740993", false}, drill.Expect{Max: f(9007199254740992)}, drill.CheckFailed, "9007199254740993"},
		"decimal":            {"a tenth is a tenth", Value{Number, "0.10", false}, drill.Expect{Equals: 0.1}, drill.CheckPassed, "0.1"},
		"NaN":                {"no figure at all", Value{Number, "NaN", false}, drill.Expect{Min: f(0)}, drill.CheckFailed, "null"},
		"infinity":           {"not finite", Value{Number, "Infinity", false}, drill.Expect{Min: f(0)}, drill.CheckFailed, "null"},
		"text for a number":  {"a mistake in the check", Value{Text, "12", false}, drill.Expect{Min: f(0)}, drill.CheckError, "null"},
		"boolean":            {"as it is", Value{Boolean, "t", false}, drill.Expect{Equals: true}, drill.CheckPassed, "true"},
		"boolean, other":     {"as it is", Value{Boolean, "f", false}, drill.Expect{Equals: true}, drill.CheckFailed, "false"},
		"text":               {"only that it matches", Value{Text, "secret", false}, drill.Expect{Equals: "secret"}, drill.CheckPassed, `"match"`},
		"text, other":        {"only that it does not", Value{Text, "secret", false}, drill.Expect{Equals: "x"}, drill.CheckFailed, `"mismatch"`},
		"uuid as text":       {"any type has a text", Value{Text, "secret", false}, drill.Expect{Equals: "secret"}, drill.CheckPassed, `"match"`},
		"number as text":     {"equal as numbers", Value{Number, "5.0", false}, drill.Expect{Equals: "5"}, drill.CheckPassed, "5"},
		"an int from a plan": {"YAML gives int", Value{Number, "5", false}, drill.Expect{Equals: 5}, drill.CheckPassed, "5"},
		"number for boolean": {"a mistake in the check", Value{Number, "1", false}, drill.Expect{Equals: true}, drill.CheckError, "null"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var r drill.CheckResult
			Judge(tc.v, tc.want, time.Time{}, &r)
			figure, err := json.Marshal(r.Figure)
			if err != nil || r.Outcome != tc.outcome || string(figure) != tc.figure {
				t.Errorf("%s with figure %s (%v), want %s with %s: %s", r.Outcome, figure, err, tc.outcome, tc.figure, tc.reason)
			}
			all, _ := json.Marshal(r)
			if strings.Contains(string(all), "secret") {
				t.Errorf("the result quotes the value: %s", all)
			}
		})
	}
}

func TestTimesOfEveryZoneFormAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-24 00:42:51.123+00":   "2026-11-24T00:42:51Z",
		"2026-11-24 00:42:51+05:30":    "2026-11-23T19:12:51Z",
		"1890-01-01 00:00:00+00:53:28": "1889-12-31T23:06:32Z",
		"2026-11-24 00:42:51":          "2026-11-24T00:42:51Z",
		"2026-11-24":                   "2026-11-24T00:00:00Z",
		"infinity":                     "",
		"0044-03-15 00:00:00 BC":       "",
	} {
		at, ok := parseTime(text, time.UTC)
		got := ""
		if ok {
			got = at.UTC().Format("2006-01-02T15:04:05Z")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
