package docs_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/metrics"
)

var update = flag.Bool("update", false, "write what is made from tables into the pages")

// The page of metrics has the tables that the alarms and the dashboard are made
// from; pkg/metrics holds those who publish to them.
func TestMetrics(t *testing.T) {
	file := filepath.Join(root, "docs/metrics.md")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := string(content)
	for _, part := range []struct{ name, text string }{
		{"drills", figures(metrics.Drills)}, {"monitor", figures(metrics.Monitor)},
		{"protection", figures(metrics.Protection)},
		{"preflight", figures(metrics.Preflight)},
		{"recoveries", figures(metrics.Recovering)}, {"watching", figures(metrics.Exercises, metrics.Watching)},
		{"rounds", figures(metrics.Sweeper, metrics.Notifier, metrics.Dispatcher, metrics.AWS)}, {"alarms", alarmTable()},
	} {
		want = between(t, want, part.name, part.text)
	}
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(content)); diff != "" {
		t.Errorf("docs/metrics.md is not the table: go test ./docs -run TestMetrics -update\n%s", diff)
	}
}

// between puts a text between two markers of a page.
func between(t *testing.T, page, name, text string) string {
	t.Helper()
	return made(t, page, "pkg/metrics: "+name, text)
}

// made puts a text between two markers that say what it is made from.
func made(t *testing.T, page, name, text string) string {
	t.Helper()
	open, shut := "<!-- made from "+name+" -->\n", "<!-- end -->"
	before, rest, found := strings.Cut(page, open)
	_, after, closed := strings.Cut(rest, shut)
	if !found || !closed {
		t.Fatalf("the page has no place for %s", name)
	}
	return before + open + text + shut + after
}

// figures is the table of what some publish.
func figures(by ...metrics.Source) string {
	var to strings.Builder
	to.WriteString("| metric | unit | of | published | value |\n|---|---|---|---|---|\n")
	for _, source := range by {
		for _, m := range metrics.Table() {
			if m.By != source {
				continue
			}
			name, of := "`"+m.Name+"`", []string{}
			if m.Namespace != "" {
				name += " of " + m.Namespace
			}
			for _, level := range m.Of {
				of = append(of, map[metrics.Level]string{metrics.Deployment: "deployment", metrics.Workload: "workload", metrics.Database: "database"}[level])
			}
			fmt.Fprintf(&to, "| %s | %s | %s | %s | %s |\n", name, m.Unit, strings.Join(of, ", "), m.Published, m.Value)
		}
	}
	return to.String()
}

// alarmTable says who is told of what, and when.
func alarmTable() string {
	var to strings.Builder
	to.WriteString("| alarm | tells by | raised where | looks at | what to do |\n|---|---|---|---|---|\n")
	for _, m := range metrics.Table() {
		for _, a := range m.Alarms {
			name := a.Name
			if a.Each {
				name += "-<workload>/<database>"
			}
			looks := fmt.Sprintf("%s of %s", inMinutes(time.Duration(a.Periods)*a.Period), strings.ToLower(a.Statistic))
			if a.OneOf {
				looks = "any of the last " + looks
			}
			if a.Wait > 0 {
				looks += fmt.Sprintf("; waits %s more", inMinutes(a.Wait))
			}
			fmt.Fprintf(&to, "| `%s` | %s | `%s` %s %g | %s | [%[7]s](runbooks/%[7]s.md) |\n", name, a.Topic, watched(m, a), sign(a), a.Threshold, looks, a.Runbook)
		}
	}
	return to.String()
}

// watched is the expression with the name of its metric.
func watched(m metrics.Metric, a metrics.Alarm) string {
	if a.Expression == "" {
		return m.Name
	}
	return strings.NewReplacer("figure", m.Name, "samples", "samples of "+m.Name, "ran", "MonitorRan").Replace(a.Expression)
}

func sign(a metrics.Alarm) string {
	if a.Below {
		return "<"
	}
	return "≥"
}

func inMinutes(d time.Duration) string { return fmt.Sprintf("%.0f min", d.Minutes()) }
