package docs_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every command of the AWS CLI that a page shows is one that AWS's own models know:
// its service, its operation, its flags, what must be given, the values that an
// enumeration allows, and what is asked of its answer. It says the region: the
// caller's own is seldom the one that lifeboat runs in.
func TestCommandsOfAWS(t *testing.T) {
	python := botocore(t)
	type place struct {
		page page
		at   int
	}
	var lines []string
	var places []place
	for _, p := range pages(t) {
		for _, code := range append(p.spans(), p.whole()...) {
			if !callsAWSRE.MatchString(code.text) {
				continue
			}
			lines, places = append(lines, code.text), append(places, place{p, code.at})
		}
	}
	if len(lines) < 40 {
		t.Fatalf("only %d commands were seen", len(lines))
	}
	for i, problems := range heldToAWS(t, python, lines, nil).Lines {
		for _, problem := range problems {
			places[i].page.problem(t, places[i].at, "%s\n\t%s", problem, lines[i])
		}
	}
}

// The check itself sees what is wrong.
func TestCommandsOfAWSThatAreNone(t *testing.T) {
	lines := map[string]string{
		"a flag of another operation": "aws sqs receive-message --region r --queue-url <url> --attributes All",
		"an operation":                "aws rds describe-instances --region r",
		"a service":                   "aws stepfunction list-executions --region r",
		"what must be given":          "aws stepfunctions start-execution --region r --input '{}'",
		"what must be given inside":   "aws sns tag-resource --region r --resource-arn <arn> --tags Key=a",
		"a value":                     "aws cloudwatch get-metric-statistics --region r --namespace L --metric-name M --statistics Most --start-time <t> --end-time <t> --period 60",
		"a key":                       "aws cloudwatch get-metric-statistics --region r --namespace L --metric-name M --dimensions Nam=D,Value=x --start-time <t> --end-time <t> --period 60",
		"a key of a map":              "aws sqs set-queue-attributes --region r --queue-url <url> --attributes Delay=1",
		"a number":                    "aws sqs receive-message --region r --queue-url <url> --visibility-timeout soon",
		"a number out of bounds":      "aws kms list-keys --region r --limit 1001",
		"what it answers with":        "aws rds describe-db-instances --region r --query 'DBInstances[0].State'",
		"behind a filter":             "aws rds describe-db-instances --region r --query 'DBInstances[?DBInstanceStatus==`available`].[DBInstanceIdentifier, State]'",
		"in a filter":                 "aws rds describe-db-instances --region r --query 'DBInstances[?State==`available`]'",
		"in a substitution":           "echo $(aws sts get-caller-identiy --query Account)",
		"behind another":              "cd x && aws s3api list-things | head",
		"an argument":                 "aws rds describe-db-instances --region r orders",
		"no argument":                 "aws lambda invoke --region r --function-name f",
		"no region":                   "aws rds describe-db-instances",
		"a form":                      "aws rds describe-db-instances --region r --output jason",
		"a quotation":                 "aws rds describe-db-instances --region r --query 'DBInstances",
	}
	python := botocore(t)
	names, all := slices.Sorted(maps.Keys(lines)), []string{}
	for _, name := range names {
		all = append(all, lines[name])
	}
	for i, problems := range heldToAWS(t, python, all, nil).Lines {
		if len(problems) != 1 {
			t.Errorf("%s: %s: %q", names[i], all[i], problems)
		}
	}
}

// Commands that are right in whatever way a shell lets them be written.
func TestCommandsOfAWSThatAreOne(t *testing.T) {
	lines := []string{
		"export A=$(aws sts get-caller-identity --query Account --output text) # twelve digits",
		"aws s3api list-object-versions --bucket $B --query '[Versions,DeleteMarkers][][].[Key,VersionId]' | while read -r k v; do echo $k; done",
		"aws lambda invoke --region r --function-name f --payload '{}' --cli-binary-format raw-in-base64-out /dev/stdout",
		"aws --region r dynamodb update-table --table-name t --no-deletion-protection-enabled",
		"aws s3 ls s3://$BUCKET --recursive --region r; aws rds wait db-snapshot-available --region r --db-snapshot-identifier <its id>",
		"aws ec2 describe-vpcs --region r --filters Name=tag:lifeboat:deployment,Values=scratch,prod --query 'length(Vpcs[])'",
	}
	for i, problems := range heldToAWS(t, botocore(t), lines, nil).Lines {
		if len(problems) > 0 {
			t.Errorf("%s: %q", lines[i], problems)
		}
	}
}

var callsAWSRE = regexp.MustCompile(`(^|[ (])aws [a-z]`)

// whole are the lines of all blocks, those put together that a backslash parts.
func (p page) whole() (all []span) {
	var open *span
	for _, line := range p.lines() {
		text, more := strings.CutSuffix(line.text, `\`)
		if open == nil {
			open = &span{at: line.at}
		}
		open.text += text
		if !more {
			all, open = append(all, *open), nil
		}
	}
	return all
}

// botocore is a Python that has it; the AWS CLI brings one. The test is skipped
// where there is none.
func botocore(t *testing.T) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err == nil {
		err = exec.Command(python, "-c", "import botocore").Run()
	}
	if err != nil {
		t.Skip("the commands of the AWS CLI are not checked: no python3 here has botocore (pip install botocore)")
	}
	return python
}

// word of AWS in a sentence, and the commands beside it, whose answers it may be
// of.
type word struct {
	Word   string   `json:"word"`
	Beside []string `json:"beside"`
}

// held is what AWS's models say: what is wrong with each line, what it calls, and
// what each word is, "" where they do not have it.
type held struct {
	Lines [][]string `json:"lines"`
	Calls [][]string `json:"calls"`
	Words []string   `json:"words"`
}

func heldToAWS(t *testing.T, python string, lines []string, words []word) (h held) {
	t.Helper()
	in, err := json.Marshal(map[string]any{"lines": lines, "words": words})
	if err != nil {
		t.Fatal(err)
	}
	check := exec.Command(python, "testdata/awscli.py")
	var said bytes.Buffer
	check.Stdin, check.Stderr = bytes.NewReader(in), &said
	out, err := check.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	if err := json.Unmarshal(out, &h); err != nil {
		t.Fatal(err)
	}
	if len(h.Lines) != len(lines) || len(h.Words) != len(words) {
		t.Fatalf("%d lines and %d words were asked, %d and %d answered", len(lines), len(words), len(h.Lines), len(h.Words))
	}
	return h
}
