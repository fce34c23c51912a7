package statemachines_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

type state struct {
	Type, Comment, Resource string
	Arguments               json.RawMessage
	TimeoutSeconds          any
	Retry                   []retrier
	Catch                   []struct{ ErrorEquals []string }
	Branches                []machine
}

type retrier struct {
	ErrorEquals    []string
	JitterStrategy string
}

type machine struct {
	QueryLanguage  string
	TimeoutSeconds any
	States         map[string]state
}

// walk calls f for every state, with the number of Parallels around it.
func (m machine) walk(depth int, f func(name string, s state, depth int)) {
	for name, s := range m.States {
		f(name, s, depth)
		for _, b := range s.Branches {
			b.walk(depth+1, f)
		}
	}
}

func drillMachine(t *testing.T) machine { return parsed(t, statemachines.Drill) }

func parsed(t *testing.T, text []byte) machine {
	var m machine
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// The rules of the house for machines.
func TestHouseRules(t *testing.T) {
	for name, m := range map[string]struct {
		text      []byte
		functions map[string]string
	}{
		"drill":         {statemachines.Drill, drillstep.Functions()},
		"recovery":      {statemachines.Recovery, recoverystep.ParentFunctions()},
		"recovery-step": {statemachines.RecoveryStep, recoverystep.ChildFunctions()},
	} {
		t.Run(name, func(t *testing.T) { houseRules(t, parsed(t, m.text), m.functions) })
	}
}

func houseRules(t *testing.T, m machine, functions map[string]string) {
	if m.QueryLanguage != "JSONata" {
		t.Errorf("query language is %q", m.QueryLanguage)
	}
	if m.TimeoutSeconds != nil {
		t.Error("a timeout of the machine ends an execution past all clean-up")
	}
	seen := map[string]bool{}
	m.walk(0, func(name string, s state, depth int) {
		if seen[name] {
			t.Errorf("%s: two states of one name cannot be told apart in a list of states", name)
		}
		seen[name] = true
		if s.Comment == "" {
			t.Errorf("%s: no comment says its intent", name)
		}
		if s.Type == "Task" {
			taskRules(t, name, s)
			if functions[name] == "" && !teamsOwn[name] {
				t.Errorf("%s: no function", name)
			}
			delete(functions, name)
		}
		if s.Type == "Wait" && depth == 0 {
			t.Errorf("%s: an expression that fails in a Wait outside of a Parallel ends the execution past all clean-up", name)
		}
		if s.Type == "Parallel" && (len(s.Branches) != 1 || !catchesAll(s)) {
			t.Errorf("%s: a Parallel is there for its Catch States.ALL, with one branch", name)
		}
	})
	for name := range functions {
		t.Errorf("function %s has no state", name)
	}
}

func taskRules(t *testing.T, name string, s state) {
	if s.TimeoutSeconds == nil {
		t.Errorf("%s: no timeout", name)
	}
	if !teamsOwn[name] && !strings.Contains(string(s.Arguments), `"${`+name+`}"`) {
		t.Errorf("%s: does not call the function of its name", name)
	}
	if !catchesAll(s) {
		t.Errorf("%s: Catch States.ALL is missing or not last", name)
	}
	var retried []string
	for _, r := range s.Retry {
		retried = append(retried, r.ErrorEquals...)
		if r.JitterStrategy != "FULL" {
			t.Errorf("%s: a retry without jitter", name)
		}
	}
	for _, want := range []string{
		"Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException",
		"Lambda.ClientExecutionTimeoutException", "Lambda.TooManyRequestsException", "Throttled", "Transient",
	} {
		if !slices.Contains(retried, want) {
			t.Errorf("%s: %s is not retried", name, want)
		}
	}
}

// teamsOwn are the states that call a function which the plan names.
var teamsOwn = map[string]bool{"CustomCheck": true, "InvokeFunction": true}

func catchesAll(s state) bool {
	return len(s.Catch) > 0 && slices.Equal(s.Catch[len(s.Catch)-1].ErrorEquals, []string{"States.ALL"})
}

var update = flag.Bool("update", false, "draw the machine into docs/drill.md")

var pictureRE = regexp.MustCompile("(?s)```mermaid\nflowchart.*?```\n")

// The whole picture in docs/drill.md is the machine's, and the outline names no
// state that is not.
func TestPicture(t *testing.T) {
	m, err := asl.Load(statemachines.Drill, asl.WithOpenSubstitutions())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("..", "docs", "drill.md")
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := "```mermaid\n" + strings.TrimSpace(m.Mermaid()) + "\n```\n"
	if *update {
		doc = pictureRE.ReplaceAllLiteral(doc, []byte(want))
		if err := os.WriteFile(file, doc, 0o644); err != nil { //nolint:gosec // a page
			t.Fatal(err)
		}
	}
	if string(pictureRE.Find(doc)) != want {
		t.Error("docs/drill.md: the picture is not the machine's: write it with -update")
	}
	states := map[string]bool{}
	drillMachine(t).walk(0, func(name string, _ state, _ int) { states[name] = true })
	outline, _, _ := strings.Cut(string(doc), "## Input")
	for _, arrow := range regexp.MustCompile(`(?m)^ +(\w+) --> (\w+)`).FindAllStringSubmatch(outline, -1) {
		if !states[arrow[1]] || !states[arrow[2]] {
			t.Errorf("docs/drill.md: the outline has%s, and the machine has no such states", arrow[0])
		}
	}
}

// Every state and every error name that is not retried away stands in
// docs/drill.md.
func TestDocumented(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "docs", "drill.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []drill.ErrorName{
		drill.PlanMismatch, drill.QuotaReached, drill.NoCapacity, drill.SourceBusy, drill.Unexpected, drill.InvalidInput, drill.Stopped, drill.UnknownDatabase, drill.SlotBusy, drill.NoUsableBackup,
		drill.BackupUnreadable, drill.BinariesMissing, drill.RestoreRefused, drill.RestoreFailed, drill.RestoreTimedOut,
		drill.ValidationImpossible, drill.EvidenceFailed, drill.ClusterMember, drill.CopyStopped,
	} {
		if !strings.Contains(string(doc), "`"+string(name)+"`") {
			t.Errorf("docs/drill.md does not say where %s leads", name)
		}
	}
	drillMachine(t).walk(0, func(name string, _ state, _ int) {
		if !strings.Contains(string(doc), name) {
			t.Errorf("docs/drill.md does not mention the state %s", name)
		}
	})
}

// The engine of the other worlds takes it as it is.
func TestLoads(t *testing.T) {
	if _, err := asl.Load(statemachines.Drill, asl.WithSubstitutions(drillstep.Functions())); err != nil {
		t.Fatal(err)
	}
}
