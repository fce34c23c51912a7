package drillevidence_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

// Names with control codes in every place of a run: none reaches the document.
func TestForeignNamesCanBeShown(t *testing.T) {
	const evil = "\x1b[2J\x1b]0;title\x07\nPassed \u202e\u2066 \xff\u2028"
	point := &drill.RecoveryPoint{ID: evil, Kind: evil, TimeSource: evil, Location: evil, ServerVersion: evil, TakenAt: time.Now(), Says: drill.Identity{Database: evil, Encoding: evil}}
	finding := drill.Finding{Severity: drill.Warning, Code: evil, What: evil + strings.Repeat("x", 1<<20), Hint: evil, Target: evil, Figure: evil}
	check := drill.CheckResult{Name: evil, Reason: evil, Code: evil, Expected: evil, ReadsWhy: evil, Figure: evil}
	resource := drill.Resource{Kind: evil, ID: evil, Detail: evil, Proof: evil}
	in := drill.EvidenceInput{
		Run:     drill.Run{ID: "run"},
		Verdict: drill.Verdict{RecoveryPoint: point, Findings: []drill.Finding{finding}, Checks: []drill.CheckResult{check}, Said: point.Says},
		Failure: &drill.Failure{State: evil, Error: evil, Cause: evil, Hint: evil},
		Removal: drill.Removal{Remaining: []drill.Resource{resource}},
		Facts: []drill.Fact{
			{Kind: drill.FactRecoveryPoint, RecoveryPoint: point}, {Kind: drill.FactRestoreRequested, Resource: &resource},
			{Kind: drill.FactRestoreObserved, Status: &drill.RestoreStatus{Status: evil, Findings: []drill.Finding{finding}}}, {Kind: drill.FactCheckFinished, Check: &check},
		},
	}
	d := drillevidence.Build(in, drillevidence.Execution{Host: evil})
	text, err := drillevidence.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(text, &all); err != nil || !utf8.Valid(text) || len(text) > 200_000 {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	if bad := unshown(all); len(bad) > 0 {
		t.Errorf("%q", bad)
	}
	foreign := drillevidence.Document{Findings: []drillevidence.Finding{{What: evil}}, Checks: []drillevidence.Check{{Name: evil, Figure: evil}}}
	summary := drillevidence.Summarize(foreign, "", "")
	drillevidence.Printable(&summary)
	if said := fmt.Sprint(summary); strings.ContainsAny(said, "\x1b\n\u202e") {
		t.Errorf("%q", said)
	}
}

// unshown lists the texts in a document that hold what cannot be seen.
func unshown(v any) (bad []string) {
	switch v := v.(type) {
	case string:
		if strings.ContainsFunc(v, func(r rune) bool { return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl) }) {
			bad = append(bad, v)
		}
	case []any:
		for _, item := range v {
			bad = append(bad, unshown(item)...)
		}
	case map[string]any:
		for _, item := range v {
			bad = append(bad, unshown(item)...)
		}
	}
	return bad
}
