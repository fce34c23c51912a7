package drillevidence_test

import (
	"bytes"
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

func TestDocumentsAreAsRecorded(t *testing.T) {
	for name, s := range stories() {
		t.Run(name, func(t *testing.T) {
			text, err := drillevidence.Encode(s.document())
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", name+".json"), text)
			back, err := drillevidence.Decode(text)
			if err != nil {
				t.Fatal(err)
			}
			again, err := drillevidence.Encode(back)
			if err != nil || !bytes.Equal(text, again) {
				t.Errorf("read and written again it is not the same (%v):\n%s", err, cmp.Diff(string(text), string(again)))
			}
		})
	}
}

func TestSummaryIsAsAgreed(t *testing.T) {
	for name, s := range stories() {
		t.Run(name, func(t *testing.T) {
			text, err := json.MarshalIndent(drillevidence.Summarize(s.document(), ".lifeboat/evidence/x.json", ".lifeboat/evidence/x.html"), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", name+".summary.json"), append(text, '\n'))
		})
	}
}

func TestNoListIsNull(t *testing.T) {
	d := drillevidence.Build(drill.EvidenceInput{Run: drill.Run{ID: "x"}}, drillevidence.Execution{})
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	summary, err := json.Marshal(drillevidence.Summarize(d, "", ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"phases", "facts", "checks", "findings", "deviations", "resources", "states"} {
		if !strings.Contains(string(text), `"`+list+`":[]`) {
			t.Errorf("%s is not an empty list in %s", list, text)
		}
	}
	for _, list := range []string{"timeline", "checks", "findings"} {
		if !strings.Contains(string(summary), `"`+list+`":[]`) {
			t.Errorf("%s is not an empty list in %s", list, summary)
		}
	}
}

func TestResourcesAndTheirRemoval(t *testing.T) {
	unanswered := base()
	unanswered.chosen(2520)
	unanswered.add(0.07, "StartRestore", drill.Fact{Kind: drill.FactPhaseStarted, Note: drill.PhaseStart})
	unanswered.failure = &drill.Failure{Error: "RestoreRefused"}
	unanswered.removed()

	refused := base()
	refused.chosen(2520)
	refused.add(0.07, "StartRestore", drill.Fact{Kind: drill.FactPhaseStarted, Note: drill.PhaseStart})
	refused.add(0.01, "StartRestore", drill.Fact{Kind: drill.FactPhaseEnded, Note: drill.PhaseStart, Failure: &drill.Failure{Error: "NoCapacity"}})
	refused.failure = &drill.Failure{Error: "NoCapacity"}
	refused.removed()

	unrecorded := passed()
	unrecorded.facts = unrecorded.facts[:len(unrecorded.facts)-1]
	unrecorded.removal.RecordError = "disk full"

	unlooked := passed()
	unlooked.facts = unlooked.facts[:len(unlooked.facts)-1]
	unlooked.removal = drill.Removal{Failure: &drill.Failure{Error: "CleanupFailed"}}

	cases := map[string]struct {
		reason string
		story  story
		states []string
		dated  bool // a moment of removal is given
	}{
		"passed":     {"absence was observed, at a moment that is known", passed(), []string{drillevidence.Removed}, true},
		"kept":       {"it is there because somebody asked for it", kept(), []string{drillevidence.Kept}, false},
		"dirty":      {"it was seen at the last look", dirty(), []string{drillevidence.Remaining}, false},
		"no backup":  {"nothing was made", noBackup(), []string{}, false},
		"unclaimed":  {"nothing was made", unclaimed(), []string{}, false},
		"unanswered": {"a restore without an answer may have made something of the run's name", unanswered, []string{drillevidence.Removed}, true},
		"refused":    {"what AWS refused made nothing", refused, []string{}, false},
		"unrecorded": {"absence was observed, the moment was lost", unrecorded, []string{drillevidence.Removed}, false},
		"unlooked":   {"nobody could look: it may be there", unlooked, []string{drillevidence.Remaining}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := c.story.document()
			states := []string{}
			for _, r := range d.Resources {
				states = append(states, r.State)
				if (r.RemovedAt != nil) != c.dated {
					t.Errorf("removed at %v: %s", r.RemovedAt, c.reason)
				}
				if r.Proof == "" {
					t.Error("a resource without a word on its removal")
				}
			}
			if diff := cmp.Diff(c.states, states); diff != "" {
				t.Errorf("%s:\n%s", c.reason, diff)
			}
		})
	}
}

func TestMeasuredAndDeclaredStayApart(t *testing.T) {
	o := passed().document().Objectives
	want := drillevidence.Allowances{DetectionSeconds: 90, DecisionSeconds: 600, DNSSeconds: 120, TotalSeconds: 810}
	if diff := cmp.Diff(want, o.Declared); diff != "" {
		t.Errorf("declared:\n%s", diff)
	}
	if math.Abs(*o.RTO.ActualSeconds-8.398) > 0.2 || *o.RTO.TargetSeconds != 900 || *o.RTO.BudgetSeconds != 90 || !o.RTO.Met {
		t.Errorf("%v measured against %v of %v: what is declared leaves the budget, and is not in what was measured",
			*o.RTO.ActualSeconds, *o.RTO.BudgetSeconds, *o.RTO.TargetSeconds)
	}
	var page strings.Builder
	if err := drillevidence.Render(&page, passed().document(), ""); err != nil {
		t.Fatal(err)
	}
	for _, sum := range []string{"13m 38s", "818.5", "818.398", "818.523"} {
		if strings.Contains(page.String(), sum) {
			t.Errorf("the page shows measured and declared as one figure: %s", sum)
		}
	}
}

func TestAnUndeclaredTargetIsNull(t *testing.T) {
	s := passed()
	s.spec.Objectives = drill.Objectives{}
	o := s.document().Objectives
	if o.RTO.TargetSeconds != nil || o.RPO.TargetSeconds != nil || o.RTO.BudgetSeconds != nil {
		t.Errorf("targets %v %v, budget %v", o.RTO.TargetSeconds, o.RPO.TargetSeconds, o.RTO.BudgetSeconds)
	}
}

// A retry finds what the first call recorded beside what it knew then.
func TestARepeatedStepBuildsTheSameDocument(t *testing.T) {
	s := passed()
	first := s.document()
	s.add(14.7, "RecordEvidence", drill.Fact{Kind: drill.FactEvidenceRecorded, Note: "somewhere"})
	if diff := cmp.Diff(first, s.document()); diff != "" {
		t.Error(diff)
	}
}

func TestNeitherSQLNorRowsAreKept(t *testing.T) {
	const row = "Jane Doe"
	s := passed()
	for i := range s.facts {
		// A careless claim, and an adapter that breaks its promise.
		s.facts[i].Spec, s.facts[i].Run = &s.spec, &s.run
		if s.facts[i].Check != nil {
			careless := *s.facts[i].Check
			careless.Figure = row
			s.facts[i].Check = &careless
		}
	}
	s.spec.Postgres = &drill.PostgresSource{Settings: map[string]string{"primary_conninfo": "password=hunter2"}}
	d := s.document()
	text, err := drillevidence.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	var html bytes.Buffer
	if err := drillevidence.Render(&html, d, ""); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"jane.doe@example.com", "select ", row, "hunter2"} {
		if bytes.Contains(bytes.ToLower(text), []byte(strings.ToLower(secret))) {
			t.Errorf("the document says %q", secret)
		}
		if bytes.Contains(html.Bytes(), []byte(secret)) {
			t.Errorf("the report says %q", secret)
		}
	}
	if d.Checks[0].SQLSHA256 != drillevidence.SHA256([]byte(secretSQL)) {
		t.Error("the hash of the SQL is missing")
	}
}

func TestFigures(t *testing.T) {
	moment := time.Date(2026, 3, 1, 4, 0, 0, 0, time.FixedZone("x", 3600))
	type exotic struct{ Row string }
	cases := map[string]struct {
		reason      string
		given, want any
	}{
		"none":               {"", nil, nil},
		"integer":            {"", 7, int64(7)},
		"float":              {"", 1.5, 1.5},
		"boolean":            {"", true, true},
		"time":               {"UTC", moment, "2026-03-01T03:00:00Z"},
		"recorded time":      {"the run record is JSON", moment.Format(time.RFC3339), "2026-03-01T03:00:00Z"},
		"match":              {"of texts only this is kept", "match", "match"},
		"not a number":       {"JSON has no such number", math.NaN(), "NaN"},
		"infinite":           {"JSON has no such number", math.Inf(-1), "-Inf"},
		"text":               {"may be a row", "Jane", "withheld"},
		"digits in a text":   {"may be a telephone number", "0301234567", "withheld"},
		"date in a text":     {"may be a birthday", "1970-02-03", "withheld"},
		"list":               {"may be a row", []any{"Jane"}, "withheld"},
		"some other type":    {"may be a row", exotic{"Jane"}, "withheld"},
		"text after a match": {"may be a row", "match Jane", "withheld"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := passed()
			in := s.input()
			in.Verdict.Checks[0].Figure = c.given
			d := drillevidence.Build(in, s.execution())
			if diff := cmp.Diff(c.want, d.Checks[0].Figure); diff != "" {
				t.Errorf("%s\n%s", c.reason, diff)
			}
			if _, err := drillevidence.Encode(d); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTimesAreUTC(t *testing.T) {
	for name, s := range stories() {
		text, err := drillevidence.Encode(s.document())
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("+03:00")) {
			t.Errorf("%s has a time that is not UTC", name)
		}
	}
}
