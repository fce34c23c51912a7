package docs_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/metrics"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// runbooks are the pages that whoever is told of something follows, at night.
func runbooks(t *testing.T) (all []page) {
	t.Helper()
	for _, p := range pages(t) {
		if strings.HasPrefix(p.file, "docs/runbooks/") {
			all = append(all, p)
		}
	}
	return all
}

// Every page is what an alarm, an ending or the notifier leads to, and all of these
// lead to a page. Which of them a deployment links, infra/stacks tests.
func TestEveryRunbookIsLedTo(t *testing.T) {
	led := map[string]bool{"cut-off": true}
	for _, e := range []drill.Ending{drill.ObjectivesMissed, drill.FailureClean, drill.FailureDirty} {
		led[string(e)] = true
	}
	for _, e := range []string{recovery.ObjectivesMissed, recovery.FailureClean, recovery.FailureDirty} {
		led["recovery-"+e] = true
	}
	for _, m := range metrics.Table() {
		for _, a := range m.Alarms {
			led[a.Runbook] = true
		}
	}
	for _, m := range metrics.JobMetrics() {
		for _, a := range m.Alarms {
			led[a.Runbook] = true
		}
	}
	there := map[string]bool{}
	for _, p := range runbooks(t) {
		name := strings.TrimSuffix(filepath.Base(p.file), ".md")
		if there[name] = true; !led[name] {
			t.Errorf("%s:1: nothing leads here", p.file)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(led)) {
		if !there[name] {
			t.Errorf("there is no docs/runbooks/%s.md", name)
		}
	}
}

// notForOnCall are calls of runbooks that who is on call may not make, and why.
var notForOnCall = map[string]string{"rds:DeleteDBInstance": "the last resort, for whoever administers the account"}

// Who is on call may do what runbooks say, with the policies of docs/permissions.md
// and no more.
func TestRunbooksAreForWhoIsOnCall(t *testing.T) {
	p := named(t, "docs/permissions.md")
	may, called := map[string]bool{}, map[string]bool{}
	for _, b := range p.blocks {
		var policy struct {
			Statement []struct{ Action []string }
		}
		if json.Unmarshal([]byte(b.text), &policy) != nil {
			continue
		}
		for _, s := range policy.Statement {
			for _, action := range s.Action {
				may[action] = true
			}
		}
	}
	for _, r := range runbooks(t) {
		var lines []string
		for _, s := range r.spans() {
			if callsAWSRE.MatchString(s.text) {
				lines = append(lines, s.text)
			}
		}
		for _, calls := range heldToAWS(t, botocore(t), lines, nil).Calls {
			for _, call := range calls {
				if call = strings.Replace(call, "lambda:Invoke", "lambda:InvokeFunction", 1); notForOnCall[call] != "" {
					continue
				}
				if called[call] = true; !may[call] {
					t.Errorf("%s:1: no policy of %s lets people call %s", r.file, p.file, call)
				}
			}
		}
	}
	if len(called) < 10 {
		t.Errorf("only %d calls were seen: %v", len(called), slices.Sorted(maps.Keys(called)))
	}
}

// said is one kind of what runbooks say in code, and who knows whether it is so.
// A word may be of several kinds, and is known where one of them knows it.
type said struct {
	kind  string
	looks *regexp.Regexp
	known func(text string) bool
}

// elsewhere are the kinds that other tests of this package hold, in all pages.
var elsewhere = []said{
	{"a command of the AWS CLI", regexp.MustCompile(`^aws `), yes},
	{"a command of lifeboat or a target of make", regexp.MustCompile(`^(bin/lifeboat|make) `), yes},
	{"a flag", regexp.MustCompile(`^--[a-z]`), yes},
	{"a name of what is deployed", regexp.MustCompile(`^(/aws/lambda/)?lifeboat-<`), yes},
	{"an action of IAM", actionRE, yes},
}

func yes(string) bool { return true }

// ownWords are what lifeboat itself says.
func ownWords(t *testing.T) []said {
	t.Helper()
	plans, evidence, code := readSchema(t, "lifeboat.schema.json"), readSchema(t, "evidence.schema.json"), source(t)
	allowed := map[string]bool{}
	for _, file := range []string{"evidence.schema.json", "lifeboat.schema.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, enum := range enumRE.FindAllString(string(text), -1) {
			for _, value := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(enum, -1)[1:] {
				allowed[value[1]] = true
			}
		}
	}
	templates := strings.Join(goldenTemplates(t), "\n")
	counted, alarms := map[string]bool{metrics.Namespace: true}, map[string]bool{}
	for _, m := range metrics.Table() {
		counted[m.Name] = true
		for _, a := range m.Alarms {
			alarms[a.Name] = true
		}
	}
	literal, drills := func(text string) bool { return strings.Contains(code, `"`+text+`"`) }, literalsOf(t, "pkg/drill", "pkg/monitor", "pkg/protection", "pkg/recovery", "pkg/rounds")
	return []said{
		{"an input of the machine", regexp.MustCompile(`^\{`), func(text string) bool { return json.Unmarshal([]byte(text), &drillstep.Request{}) == nil }},
		{"where evidence lies", regexp.MustCompile(`s3://…`), func(text string) bool {
			text, _, _ = strings.Cut(text, "s3://…")
			return text == "" || strings.Contains(code, "'"+text+"'") // at the end of a cause, which the machine writes
		}},
		{"a field of evidence or a key of the plan", regexp.MustCompile(`^[a-z][A-Za-z]*(\.[a-z][A-Za-z]*)*$`), func(text string) bool {
			path := strings.Split(text, ".")
			of := variables[path[0]]
			return evidence.leads(evidence, path) || plans.leadsAnywhere(path) || of != nil && typeLeads(of, "json", path[1:])
		}},
		{"a value in evidence or in the plan", regexp.MustCompile(`^[a-z][a-z-]*$`), func(text string) bool { return allowed[text] || drills(text) }},
		{"an alarm", regexp.MustCompile(`^[a-z][a-z-]*$`), func(text string) bool { return alarms[text] }},
		{"a metric", nameRE, func(text string) bool { return counted[text] }},
		{"an ending, an error or a finding", nameRE, drills},
		{"what a schedule sends", nameRE, func(text string) bool { return strings.Contains(templates, `\"`+text+`\"`) }},
		{"a tag", regexp.MustCompile(`^lifeboat:`), func(text string) bool { return slices.Contains(deployed.CopyTags, text) }},
		{"a name by its prefix", regexp.MustCompile(`^[a-z]+-<[^>]*>$`), func(text string) bool {
			text, _, _ = strings.Cut(text, "<")
			return literal(text)
		}},
		// What AWS puts beside a message that was not delivered, as the simulated AWS does:
		// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
		// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
		{"an attribute of a message", regexp.MustCompile(`^(ERROR_[A-Z]+|Error[A-Z][a-z]+)$`), literal},
	}
}

// enumRE is a list of values in a schema.
var enumRE = regexp.MustCompile(`"enum": \[[^\]]*\]`)

var nameRE = regexp.MustCompile(`^[A-Z][A-Za-z]+$`)

// Every piece of code in a runbook is something that is: a command, a field of the
// evidence with its path, a metric, an alarm, an ending, an error, a finding, a name
// of what is deployed, an input that the machine understands, or a word of AWS's.
func TestRunbooksSayWhatIs(t *testing.T) {
	kinds := slices.Concat(elsewhere, ownWords(t))
	type open struct {
		page page
		span span
		kind []string
	}
	var asked []open
	var words []word
	count := 0
	for _, p := range runbooks(t) {
		for _, s := range p.spans() {
			count++
			of, known := meanings(kinds, s.text)
			if !known {
				asked, words = append(asked, open{p, s, of}), append(words, word{s.text, p.beside(s)})
			}
		}
	}
	if count < 80 {
		t.Errorf("only %d pieces of code were seen", count)
	}
	meant := heldToAWS(t, botocore(t), nil, words).Words
	for i, o := range asked {
		if meant[i] != "" {
			continue
		}
		if len(o.kind) == 0 {
			o.page.problem(t, o.span.at, "nobody knows what %q is", o.span.text)
		} else {
			o.page.problem(t, o.span.at, "%q is not %s, and no word of AWS's", o.span.text, strings.Join(o.kind, ", nor "))
		}
	}
}

var (
	startsRE = regexp.MustCompile(`\bstart-execution\b.* --input '([^']*)'`)
	inputRE  = regexp.MustCompile(`^\{\}$|^\{"(?:database|cleanUpAfter|scheduledTime|trigger|keep)":`)
)

// Every input that a page gives to the machine is one that the machine understands.
func TestInputsOfTheMachine(t *testing.T) {
	count := 0
	for _, p := range pages(t) {
		for _, code := range append(p.spans(), p.whole()...) {
			input := code.text
			if start := startsRE.FindStringSubmatch(input); start != nil {
				input = start[1]
			} else if !inputRE.MatchString(input) {
				continue
			}
			count++
			if err := json.Unmarshal([]byte(input), &drillstep.Request{}); err != nil {
				p.problem(t, code.at, "the machine refuses %s: %v", input, err)
			}
		}
	}
	if count < 8 {
		t.Errorf("only %d inputs were seen", count)
	}
}

// meanings are the kinds that a text looks like, and whether it is of one of them.
func meanings(kinds []said, text string) (of []string, known bool) {
	for _, k := range kinds {
		if !k.looks.MatchString(text) {
			continue
		}
		if k.known(text) {
			return nil, true
		}
		of = append(of, k.kind)
	}
	return of, false
}

// What is none is seen as none.
func TestRunbooksThatSayWhatIsNot(t *testing.T) {
	kinds := slices.Concat(elsewhere, ownWords(t))
	for text, reason := range map[string]string{
		"removal.failure":         "it is removal.trouble",
		"removal.remaining":       "what remains is the state of a resource",
		"RecoveryDuration":        "a metric that never was",
		"DrillAborted":            "likewise",
		"drill-aborted":           "an alarm that is gone",
		`{"db": "orders/orders"}`: "the machine refuses it",
		`{"database": 1}`:         "likewise",
		"lifeboat:owner":          "no copy has that tag",
		"ERROR_REASON":            "no message has that attribute",
		"; proof: s3://…":         "no cause ends so",
		"tidy-<name>":             "no execution is called so",
		"~/.aws/config":           "it is of no kind",
	} {
		if _, known := meanings(kinds, text); known {
			t.Errorf("%s is taken for something: %s", text, reason)
		}
	}
	words := []word{{"Status", nil}, {"status", []string{"aws rds describe-db-instances --region r"}}, {"DBInstanceStatus", []string{"aws rds describe-db-instances --region r"}}, {"Stopping", nil}}
	want := []bool{true, false, true, false}
	for i, meant := range heldToAWS(t, botocore(t), nil, words).Words {
		if (meant != "") != want[i] {
			t.Errorf("%+v is %q", words[i], meant)
		}
	}
}

// stepRE is where a new step of a runbook, or a paragraph, begins.
var stepRE = regexp.MustCompile(`(?m)^(\d+\. |\s*$)`)

// beside are the commands of AWS in the step of a page in which a span stands.
func (p page) beside(s span) (commands []string) {
	from, to := 0, len(p.prose)
	for _, at := range stepRE.FindAllStringIndex(p.prose, -1) {
		if at[0] <= s.at {
			from = at[0]
		} else if at[0] < to {
			to = at[0]
		}
	}
	for _, other := range p.spans() {
		if other.at >= from && other.at < to && callsAWSRE.MatchString(other.text) {
			commands = append(commands, other.text)
		}
	}
	return commands
}
