package check

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

func f(n float64) *float64 { return &n }

func TestAValueIsJudged(t *testing.T) {
	tests := map[string]struct {
		reason  string
		v       value
		want    drill.Expect
		outcome drill.CheckOutcome
		figure  string // as JSON
	}{
		"in range":           {"a count", value{oid: oidInt8, text: "2240"}, drill.Expect{Min: f(2240), Max: f(2240)}, drill.CheckPassed, "2240"},
		"too few":            {"below min", value{oid: oidInt8, text: "2239"}, drill.Expect{Min: f(2240)}, drill.CheckFailed, "2239"},
		"too many":           {"above max", value{oid: oidInt4, text: "3"}, drill.Expect{Max: f(2)}, drill.CheckFailed, "3"},
		"beyond float":       {"2^53+1 is not 2^53", value{oid: oidInt8, text: "9007199254740993"}, drill.Expect{Max: f(9007199254740992)}, drill.CheckFailed, "9007199254740993"},
		"decimal":            {"a tenth is a tenth", value{oid: oidNumeric, text: "0.10"}, drill.Expect{Equals: 0.1}, drill.CheckPassed, "0.1"},
		"NaN":                {"no figure at all", value{oid: oidNumeric, text: "NaN"}, drill.Expect{Min: f(0)}, drill.CheckFailed, "null"},
		"infinity":           {"not finite", value{oid: oidFloat8, text: "Infinity"}, drill.Expect{Min: f(0)}, drill.CheckFailed, "null"},
		"text for a number":  {"a mistake in the check", value{oid: 25, text: "12"}, drill.Expect{Min: f(0)}, drill.CheckError, "null"},
		"boolean":            {"as it is", value{oid: oidBool, text: "t"}, drill.Expect{Equals: true}, drill.CheckPassed, "true"},
		"boolean, other":     {"as it is", value{oid: oidBool, text: "f"}, drill.Expect{Equals: true}, drill.CheckFailed, "false"},
		"text":               {"only that it matches", value{oid: 25, text: "secret"}, drill.Expect{Equals: "secret"}, drill.CheckPassed, `"match"`},
		"text, other":        {"only that it does not", value{oid: 25, text: "secret"}, drill.Expect{Equals: "x"}, drill.CheckFailed, `"mismatch"`},
		"uuid as text":       {"any type has a text", value{oid: 2950, text: "secret"}, drill.Expect{Equals: "secret"}, drill.CheckPassed, `"match"`},
		"number as text":     {"equal as numbers", value{oid: oidNumeric, text: "5.0"}, drill.Expect{Equals: "5"}, drill.CheckPassed, "5"},
		"an int from a plan": {"YAML gives int", value{oid: oidInt4, text: "5"}, drill.Expect{Equals: 5}, drill.CheckPassed, "5"},
		"number for boolean": {"a mistake in the check", value{oid: oidInt4, text: "1"}, drill.Expect{Equals: true}, drill.CheckError, "null"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var r drill.CheckResult
			if tc.want.Equals != nil {
				judgeEquals(tc.v, tc.want.Equals, &r)
			} else {
				judgeRange(tc.v, tc.want, &r)
			}
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
		at, ok := parseTime(text, zoneUTC)
		got := ""
		if ok {
			got = at.UTC().Format("2006-01-02T15:04:05Z")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestWhatAnErrorMeans(t *testing.T) {
	for code, want := range map[string]drill.CheckOutcome{
		"42P01": drill.CheckFailed, "42703": drill.CheckFailed, "3F000": drill.CheckFailed, "XX001": drill.CheckFailed, "58P01": drill.CheckFailed,
		"57014": drill.CheckError, "42601": drill.CheckError, "22012": drill.CheckError, "53200": drill.CheckError,
	} {
		var r drill.CheckResult
		judgeError(&r, pgError(code), "")
		if r.Outcome != want || r.Code != code || strings.Contains(r.Reason, "row text") {
			t.Errorf("%s: %s %s %q, want %s", code, r.Outcome, r.Code, r.Reason, want)
		}
	}
}
