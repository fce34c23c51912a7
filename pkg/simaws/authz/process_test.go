package authz_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
)

func question(i int) authz.Question {
	return authz.Question{
		Principal: tester, Action: "rds:DeleteDBInstance", Resource: fmt.Sprintf("%sdb:copy-%d", rdsARN, i), Owner: account,
		Context: map[string]any{"aws:ResourceTag/run": fmt.Sprint(i)},
	}
}

// An answer is kept as long as nothing changes that it depends on.
func TestCache(t *testing.T) {
	narrow, wide := policy(allow("rds:DeleteDBInstance", rdsARN+"db:copy-1")), policy(allow("rds:*", "*"))
	byTag := policy(when(`{"StringEquals":{"aws:ResourceTag/run":"1"}}`, allow("rds:*", "*")))
	var asked int
	ask := func(q authz.Question, p policies, allowed, again bool) {
		t.Helper()
		answer, err := evaluator.Ask(q, p)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Allowed != allowed {
			t.Errorf("%s: %+v", q, answer)
		}
		if now := evaluator.Asked(); (now > asked) != again {
			t.Errorf("%s: the process answered %d questions, before %d", q, now, asked)
		}
		asked = evaluator.Asked()
	}
	of := func(document string) policies { return policies{roles: map[string]string{tester: document}} }
	asked = evaluator.Asked()
	ask(question(-1), of(narrow), false, true)
	ask(question(-1), of(narrow), false, false)                                    // the same
	ask(question(-1), of(strings.Replace(narrow, `":"`, `": "`, 1)), false, false) // written in another way
	ask(question(-1), of(wide), true, true)                                        // another policy
	ask(question(-2), of(wide), true, true)                                        // another resource
	ask(question(-2), of(byTag), false, true)                                      // a tag counts
	other := question(-2)
	other.Context = map[string]any{"aws:ResourceTag/run": "1", "aws:ResourceTag/owner": "a"}
	ask(other, of(byTag), true, true)
	other.Context["aws:ResourceTag/owner"] = "b" // no policy mentions it
	ask(other, of(byTag), true, false)
	escaped := of(policy(when(`{"StringEquals":{"aws:ResourceTag/r\u0026d \u00e4":"1"}}`, allow("rds:*", "*"))))
	other.Context["aws:ResourceTag/R&D ä"] = "1"
	ask(other, escaped, true, true)
	delete(other.Context, "aws:ResourceTag/R&D ä")
	other.Endpoint = "vpce-9" // whose policy there is none of
	ask(other, of(byTag), true, false)
}

// Thousands of different questions take seconds: their policies are sent once.
func TestThousandsOfQuestions(t *testing.T) {
	p := policies{roles: map[string]string{tester: policy(when(`{"StringLike":{"aws:ResourceTag/run":"*"}}`, allow("rds:*", "*")))}}
	for i := range 1000 {
		answer, err := evaluator.Ask(question(i), p)
		if err != nil {
			t.Fatal(err)
		}
		if !answer.Allowed {
			t.Fatalf("%d: %+v", i, answer)
		}
	}
}

func BenchmarkAsk(b *testing.B) {
	p := policies{roles: map[string]string{tester: policy(when(`{"StringLike":{"aws:ResourceTag/run":"*"}}`, allow("rds:*", "*")))}, resources: map[string]string{}}
	for _, kind := range []string{"different", "the same"} {
		b.Run(kind, func(b *testing.B) {
			for i := range b.N {
				n := 1_000_000 + i
				if kind == "the same" {
					n = 1
				}
				if _, err := evaluator.Ask(question(n), p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Once the process is gone, nothing is answered, not even what was before.
func TestDeadProcess(t *testing.T) {
	e, err := authz.Start("../../..")
	if err != nil {
		t.Fatal(err)
	}
	p := policies{roles: map[string]string{tester: policy(allow("rds:*", "*"))}}
	if _, err := e.Ask(question(1), p); err != nil {
		t.Fatal(err)
	}
	e.Kill()
	for i := range 3 {
		if _, err := e.Ask(question(i+5), p); err == nil || !strings.Contains(err.Error(), "npm ci") {
			t.Errorf("question %d: %v", i, err)
		}
	}
	if _, err := e.Ask(question(1), p); err == nil {
		t.Error("what was answered before is answered still")
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// A process that hangs, or talks nonsense, is ended: nobody waits for ever, and
// nothing is allowed or denied by mistake.
func TestAProcessThatGivesNoAnswer(t *testing.T) {
	const hang = `setInterval(() => {}, 1000);`
	answers := func(js string) string {
		return `import { createInterface } from "node:readline";
			createInterface({ input: process.stdin }).on("line", (line) => {
				const m = JSON.parse(line);
				if (m.lint) process.stdout.write('{"problems":[]}\n');
				if (m.ask) { ` + js + ` }
			});` + hang
	}
	for name, c := range map[string]struct {
		reason string
		script string
		starts bool
		want   string
	}{
		"never answers":   {reason: "not even at first", script: hang, want: "it gave no answer in 1s"},
		"does not read":   {reason: "nor let itself be closed", script: answers(`for (;;) {}`), starts: true, want: "it gave no answer in 1s"},
		"child":           {reason: "another process keeps the pipe open", script: `import { spawn } from "node:child_process"; spawn("sleep", ["20"], { stdio: "inherit" });` + "\n" + hang, want: "it gave no answer in 1s"},
		"half a line":     {reason: "an answer is a line", script: answers(`process.stdout.write('{"result":')`), starts: true, want: "it gave no answer in 1s"},
		"no JSON":         {reason: "nobody can read it", script: answers(`process.stdout.write("help\n")`), starts: true, want: "it answered \"help\\n\""},
		"nothing in it":   {reason: "no answer is no denial", script: answers(`process.stdout.write("{}\n")`), starts: true, want: "which is no answer"},
		"other result":    {reason: "it is none that is known", script: answers(`process.stdout.write('{"result":"Maybe"}\n')`), starts: true, want: "which is no answer"},
		"without an end":  {reason: "memory is not endless", script: answers(`const all = "x".repeat(1 << 20); for (let i = 0; i < 32; i++) process.stdout.write(all)`), starts: true, want: "its answer has no end"},
		"of its own mind": {reason: "the next question is not its", script: answers(`process.stdout.write('{"result":"Allowed"}\n{"result":"Allowed"}\n')`), starts: true, want: "it answered what nobody asked"},
	} {
		t.Run(name, func(t *testing.T) {
			limit, first := time.Minute, time.Minute // where the limit is not what ends it, a slow machine has time
			if strings.Contains(c.want, "in 1s") {
				limit = time.Second
			}
			if !c.starts {
				first = limit
			}
			defer authz.Pretend(c.script, first)()
			e, err := authz.Start("../../..")
			if c.starts {
				if err != nil {
					t.Fatal(err)
				}
				e.Within(limit)
				p := policies{roles: map[string]string{tester: policy(allow("rds:*", "*"))}}
				for i := 0; i < 2 && err == nil; i++ {
					_, err = e.Ask(question(i), p)
				}
				if _, again := e.Ask(question(9), p); again == nil || err == nil || again.Error() != err.Error() {
					t.Errorf("it is dead: %v, then %v", err, again)
				}
				if err := e.Close(); err != nil {
					t.Error(err)
				}
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "npm ci") {
				t.Errorf("%s: %v, want %q", c.reason, err, c.want)
			}
		})
	}
}

// Whose policy is malformed is said, and which statement.
func TestAMalformedPolicyIsNamed(t *testing.T) {
	const good, endpoint = `{"Effect":"Allow","Action":"*","Resource":"*"}`, "vpce-1"
	bad := policy(good, `{"Sid":"Typo","Effect":"Alow","Action":"rds:*","Resource":"*"}`)
	q := question(-3)
	q.Endpoint = endpoint
	for name, c := range map[string]struct {
		p    policies
		want string
	}{
		"role":             {policies{roles: map[string]string{tester: bad}}, "identity policy 1 of " + tester + ": statement Typo: Effect"},
		"without a Sid":    {policies{roles: map[string]string{tester: strings.Replace(bad, `"Sid":"Typo",`, "", 1)}}, "identity policy 1 of " + tester + ": statement 2: Effect"},
		"resource":         {policies{roles: map[string]string{tester: policy(good)}, resources: map[string]string{q.Resource: policy(to(everybody, `{"Effect":"Alow","Action":"*","Resource":"*"}`))}}, "the policy of " + q.Resource + ": statement 1: Effect"},
		"endpoint":         {policies{roles: map[string]string{tester: policy(good)}, endpoints: map[string]string{endpoint: policy(to(everybody, `{"Effect":"Alow","Action":"*","Resource":"*"}`))}}, "the policy of " + endpoint + ": statement 1: Effect"},
		"a key not told":   {policies{roles: map[string]string{tester: policy(good, when(`{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, good))}}, "statement 2: StringEquals aws:PrincipalOrgID"},
		"not even written": {policies{roles: map[string]string{tester: "{"}}, "identity policy 1 of " + tester + ": a policy is no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := evaluator.Ask(q, c.p); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// Without Node, or without the library, it says what to do.
func TestMissing(t *testing.T) {
	if _, err := authz.Start(t.TempDir()); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "npm ci") {
		t.Errorf("no library: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := authz.Start("../../.."); err == nil || !strings.Contains(err.Error(), "Node 20") {
		t.Errorf("no Node: %v", err)
	}
}

// May is for services; what could not be asked is no refusal.
func TestMay(t *testing.T) {
	p := policies{resources: map[string]string{topic: policy(to(`{"Service":"cloudwatch.amazonaws.com"}`, allow("sns:Publish", topic)))}}
	a := authz.New(evaluator, p, facts{})
	q := authz.Question{Principal: "cloudwatch.amazonaws.com", Action: "sns:Publish", Resource: topic, Owner: account}
	if err := a.May(q); err != nil {
		t.Error(err)
	}
	q.Principal = "events.amazonaws.com"
	var denied *authz.Denied
	if err := a.May(q); !errors.As(err, &denied) || denied.Question.Principal != q.Principal || denied.Answer.Because == "" {
		t.Errorf("%v", err)
	}
	q.Action = "sns:Publis"
	if err := a.May(q); err == nil || errors.As(err, new(*authz.Denied)) {
		t.Errorf("an action that does not exist: %v", err)
	}
	if n := len(a.Refused()); n != 1 {
		t.Errorf("%d refusals", n)
	}
}
