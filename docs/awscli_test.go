package docs_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// Every command of the AWS CLI that a page shows is one that AWS's own models know:
// its service, its operation, its flags, what must be given, and the values that an
// enumeration allows.
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
	if len(lines) < 12 {
		t.Fatalf("only %d commands were seen", len(lines))
	}
	for i, problems := range wrongWith(t, python, lines) {
		for _, problem := range problems {
			places[i].page.problem(t, places[i].at, "%s\n\t%s", problem, lines[i])
		}
	}
}

// The check itself sees what is wrong.
func TestCommandsOfAWSThatAreNone(t *testing.T) {
	lines := map[string]string{
		"a flag of another operation": "aws sqs receive-message --queue-url <url> --attributes All",
		"an operation":                "aws rds describe-instances",
		"a service":                   "aws stepfunction list-executions",
		"what must be given":          "aws stepfunctions start-execution --input '{}'",
		"a value":                     "aws cloudwatch get-metric-statistics --namespace L --metric-name M --statistics Most --start-time <t> --end-time <t> --period 60",
		"a key":                       "aws cloudwatch get-metric-statistics --namespace L --metric-name M --dimensions Nam=D,Value=x --start-time <t> --end-time <t> --period 60",
		"a number":                    "aws sqs receive-message --queue-url <url> --visibility-timeout soon",
		"what it answers with":        "aws rds describe-db-instances --query 'DBInstances[0].State'",
		"in a substitution":           "echo $(aws sts get-caller-identiy --query Account)",
		"behind another":              "cd x && aws s3api list-things | head",
		"an argument":                 "aws rds describe-db-instances orders",
	}
	python := botocore(t)
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			if problems := wrongWith(t, python, []string{line}); len(problems[0]) == 0 {
				t.Errorf("nothing is wrong with %s", line)
			}
		})
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

// wrongWith tells what is wrong with each line.
func wrongWith(t *testing.T, python string, lines []string) (problems [][]string) {
	t.Helper()
	in, err := json.Marshal(lines)
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
	if err := json.Unmarshal(out, &problems); err != nil {
		t.Fatal(err)
	}
	return problems
}
