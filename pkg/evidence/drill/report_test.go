package drillevidence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

func render(t *testing.T, d drillevidence.Document) string {
	t.Helper()
	var page bytes.Buffer
	if err := drillevidence.Render(&page, d, drillevidence.SHA256(nil)); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

// hostile is a drill whose every text tries to be markup, and does not end.
func hostile() drillevidence.Document {
	const name = `</style></title><script>alert(1)</script><img src=x onerror="alert(2)">'"&` + "\u202e"
	long := name + strings.Repeat("x", 400)
	s := dirty()
	s.run.ID, s.run.StartedBy, s.run.Trigger, s.run.ExecutionID, s.run.PlanHash, s.run.Version = long, long, long, long, long, long
	s.run.ScheduledTime = long
	s.spec.Workload, s.spec.Database, s.spec.Owner, s.spec.Kind, s.spec.Scenario, s.spec.Deployment = long, name, long, long, long, long
	for i := range s.facts {
		if p := s.facts[i].RecoveryPoint; p != nil {
			p.ID, p.Kind, p.TimeSource, p.Location, p.ServerVersion = long, long, long, long, long
		}
	}
	s.failure = &drill.Failure{State: long, Error: long, Cause: long, Hint: long}
	s.removal.Failure = s.failure
	s.removal.Remaining = []drill.Resource{{Kind: long, ID: long, Detail: long, Proof: long}}
	s.checked(20, drill.CheckResult{Name: long, Kind: drill.CheckSQL, Stage: drill.Gate, Outcome: drill.CheckFailed, Figure: long, Expected: long, Code: long, Reason: long})
	by := s.execution()
	by.States = append(by.States, drillevidence.State{Name: long})
	by.Host, by.Versions = long, drillevidence.Versions{Go: long, MachineSHA256: long, SourceServer: long, CopyServer: long}
	d := drillevidence.Build(s.input(), by)
	d.Timeline.Phases = append(d.Timeline.Phases, drillevidence.Phase{Phase: long, StartedAt: at(1), EndedAt: at(2), Seconds: 1})
	d.Deviations = []drillevidence.Deviation{{Code: long, What: long}}
	d.Previous = &drillevidence.Previous{ID: long, SHA256: long}
	return d
}

func documents() map[string]drillevidence.Document {
	all := map[string]drillevidence.Document{"hostile": hostile(), "nothing": drillevidence.Build(drill.EvidenceInput{}, drillevidence.Execution{})}
	for name, s := range stories() {
		all[name] = s.document()
	}
	return all
}

var element = regexp.MustCompile(`<([a-z0-9]+)[^>]*>`)

func TestTheReportIsOnlyMarkupOfItsOwn(t *testing.T) {
	allowed := map[string]bool{}
	for _, name := range strings.Fields(`html head meta title style body main header footer section div p h1 h2 h3 ul ol li dl dt dd
		table caption thead tbody tr th td span small b svg defs pattern rect line text circle path`) {
		allowed[name] = true
	}
	outside := regexp.MustCompile(`(?i)\b(src|href|srcset|action|on[a-z]+|style)=|@import|url\(\s*['"]?(https?:|//)|javascript:`)
	for name, d := range documents() {
		page := render(t, d)
		for _, m := range element.FindAllStringSubmatch(page, -1) {
			if !allowed[m[1]] {
				t.Errorf("%s: element %s", name, m[0])
			}
			if found := outside.FindString(m[0]); found != "" {
				t.Errorf("%s: %q in %s", name, found, m[0])
			}
		}
		if n := strings.Count(page, "<style>"); n != 1 {
			t.Errorf("%s: %d style sheets", name, n)
		}
	}
}

func TestNoTextTurnsTheDirectionOfTheNext(t *testing.T) {
	if strings.ContainsAny(render(t, hostile()), "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f") {
		t.Error("a control character for the direction of text is in the report")
	}
}

func TestThePolicyAllowsTheStyleSheetAndNothingElse(t *testing.T) {
	page := render(t, passed().document())
	style := page[strings.Index(page, "<style>")+len("<style>") : strings.Index(page, "</style>")]
	sum := sha256.Sum256([]byte(style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	if !strings.Contains(html.UnescapeString(page), `http-equiv="Content-Security-Policy" content="`+want+`"`) {
		t.Errorf("the policy is not %s", want)
	}
}

func TestTheReportSaysWhatHappened(t *testing.T) {
	skipped := passed()
	for i := range skipped.facts {
		if c := skipped.facts[i].Check; c != nil && c.Name == "amcheck" {
			skipped.facts[i].Check = &drill.CheckResult{Name: c.Name, Kind: c.Kind, Stage: c.Stage, Outcome: drill.CheckSkipped, Reason: "amcheck is not installed"}
		}
	}
	cases := map[string]struct {
		story story
		says  []string
		not   []string
	}{
		"passed":     {passed(), []string{"Passed", "in time and fresh enough", "Nothing was left behind", "4 of 4 passed", "48213", "SettingsDropped", "WaitForRestore", "× 40"}, []string{"Missed"}},
		"rpo missed": {rpoMissed(), []string{"ObjectivesMissed", "93600 s", "86400 s", "± 1 h", "dump header", "Missed"}, nil},
		"no backup":  {noBackup(), []string{"FailureClean", "NoUsableBackup", "look whether the backup job ran", "No recovery point was chosen", "No check was run", "nothing was created"}, []string{"Removal confirmed"}},
		"dirty":      {dirty(), []string{"FailureDirty", "a person is needed", "Restore, failed", "Removal, given up", "RestoreFailed", "remaining"}, []string{"Nothing was left behind"}},
		"kept":       {kept(), []string{"Passed", "The copy was kept on request", copyOf.Detail}, []string{"Nothing was left behind", "Removal confirmed"}},
		"skipped":    {skipped, []string{"Passed", "3 of 3 passed", "1 skipped", `check "amcheck" was left out: amcheck is not installed`}, []string{`class="bad"`, `class="chip bad"`}},
		"unclaimed":  {unclaimed(), []string{"FailureClean", "SlotBusy", "No phase was completed"}, []string{"<svg class=\"chart\""}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			page := html.UnescapeString(render(t, c.story.document()))
			for _, s := range c.says {
				if !strings.Contains(page, s) {
					t.Errorf("it does not say %q", s)
				}
			}
			for _, s := range c.not {
				if strings.Contains(page, s) {
					t.Errorf("it says %q", s)
				}
			}
		})
	}
}

func TestTheReportCanBeReadAloud(t *testing.T) {
	for name, d := range documents() {
		page := render(t, d)
		if a, b := strings.Count(page, "<table>"), strings.Count(page, "<caption>"); a != b {
			t.Errorf("%s: %d tables, %d captions", name, a, b)
		}
		for _, th := range regexp.MustCompile(`<th[^ead][^>]*>`).FindAllString(page, -1) {
			if !strings.Contains(th, "scope=") {
				t.Errorf("%s: %s has no scope", name, th)
			}
		}
		for _, svg := range regexp.MustCompile(`<svg[^>]*>`).FindAllString(page, -1) {
			if !strings.Contains(svg, `aria-hidden="true"`) && !regexp.MustCompile(`role="img" aria-label="[^"]{20,}"`).MatchString(svg) {
				t.Errorf("%s: a drawing without words: %s", name, svg)
			}
		}
		level := 0
		for _, h := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(page, -1) {
			next := int(h[1][0] - '0')
			if next > level+1 {
				t.Errorf("%s: a heading of level %d follows one of level %d", name, next, level)
			}
			level = next
		}
		ids := map[string]bool{}
		for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if ids[id[1]] {
				t.Errorf("%s: the id %s is there twice", name, id[1])
			}
			ids[id[1]] = true
		}
		for _, ref := range regexp.MustCompile(`(?:aria-labelledby="|url\(#)([^")]*)`).FindAllStringSubmatch(page, -1) {
			if !ids[ref[1]] {
				t.Errorf("%s: nothing has the id %s", name, ref[1])
			}
		}
	}
}
