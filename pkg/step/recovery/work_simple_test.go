package recoverystep_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

var begun = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

// jobOf is the first look at a running step, so many seconds after it began.
func jobOf(kind recovery.Kind, spec recovery.Spec, after int) recoverystep.Job {
	at := begun
	spec.Workload = "shop"
	return recoverystep.Job{
		Run: recovery.Run{ID: "run-1", StartedAt: begun, Mode: recovery.Exercise},
		Step: recovery.Record{
			Number: 2, Node: recovery.Node{ID: "shop/it", Kind: kind}, Spec: spec,
			Status: recovery.Status{State: recovery.Running, Attempt: 1, StartedAt: &at},
		},
		Now: begun.Add(time.Duration(after) * time.Second),
	}
}

// restored is a step that recovered shop/db.
func restored(result recovery.Result) recovery.Record {
	return recovery.Record{
		Number: 1, Node: recovery.Node{ID: "shop/restore", Kind: recovery.Restore}, Spec: recovery.Spec{Database: "shop/db"},
		Status: recovery.Status{State: recovery.Succeeded, Attempt: 1, Result: &result},
	}
}

func TestWaitCountsFromTheStartOfTheAttempt(t *testing.T) {
	spec := recovery.Spec{WaitSeconds: 90}
	p, err := recoverystep.WorkWait{}.Do(context.Background(), jobOf(recovery.Wait, spec, 40))
	if err != nil || p.Next != recoverystep.Again || !p.NextAt.Equal(begun.Add(90*time.Second)) {
		t.Errorf("after 40s: %v %v, want to be asked at +90s", p, err)
	}
	if p, err = (recoverystep.WorkWait{}).Do(context.Background(), jobOf(recovery.Wait, spec, 90)); err != nil || p.Next != recoverystep.Done {
		t.Errorf("after 90s: %v %v, want it done", p, err)
	}
}

func TestHTTPCheck(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/well":
			_, _ = w.Write([]byte("orders: 12"))
		case "/moved":
			http.Redirect(w, r, "/well", http.StatusFound)
		case "/far":
			_, _ = w.Write([]byte(strings.Repeat(" ", 64<<10) + "orders"))
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	cases := map[string]struct {
		reason string
		spec   recovery.Spec
		says   string // "": it is not as expected
	}{
		"any 2xx":             {"that is the default", recovery.Spec{URL: server.URL + "/well"}, "/well answered 200"},
		"what it says":        {"the body is as expected", recovery.Spec{URL: server.URL + "/well", Contains: "orders: 12"}, "/well answered 200"},
		"what it says not":    {"an answer alone proves little", recovery.Spec{URL: server.URL + "/well", Contains: "orders: 13"}, ""},
		"too far in the body": {"64 KiB are looked at", recovery.Spec{URL: server.URL + "/far", Contains: "orders"}, ""},
		"redirected":          {"it is followed", recovery.Spec{URL: server.URL + "/moved", Contains: "orders"}, "/moved answered 200"},
		"to be redirected":    {"it is not followed where it is what is expected", recovery.Spec{URL: server.URL + "/moved", Status: 302}, "/moved answered 302"},
		"not yet":             {"503 is no 2xx", recovery.Spec{URL: server.URL + "/?token=secret"}, ""},
		"expected to refuse":  {"503 may be what is expected", recovery.Spec{URL: server.URL + "/down", Status: 503}, "/down answered 503"},
		"nobody is there":     {"nothing listens", recovery.Spec{URL: gone.URL + "/?token=secret"}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.spec.TimeoutSeconds = 60
			p, err := recoverystep.WorkHTTPCheck{}.Do(context.Background(), jobOf(recovery.HTTPCheck, c.spec, 10))
			if err != nil {
				t.Fatalf("%s: %v", c.reason, err)
			}
			if c.says != "" {
				if p.Next != recoverystep.Done || !strings.HasSuffix(p.Result.Says, c.says) {
					t.Errorf("%s: %s %q, want it done: %s", c.reason, p.Next, p.Result.Says, c.says)
				}
				return
			}
			if p.Next != recoverystep.Again || !p.NextAt.Equal(begun.Add(15*time.Second)) {
				t.Errorf("%s: %s at %v, want it asked again at +15s", c.reason, p.Next, p.NextAt)
			}
			_, err = recoverystep.WorkHTTPCheck{}.Do(context.Background(), jobOf(recovery.HTTPCheck, c.spec, 56))
			if drill.NameOf(err) != drill.HTTPCheckFailed {
				t.Errorf("%s: at the end of its time: %v, want HTTPCheckFailed", c.reason, err)
			}
			if strings.Contains(p.Result.Says+err.Error(), "secret") {
				t.Errorf("the query of the URL is told: %s; %v", p.Result.Says, err)
			}
		})
	}
}

func answered(t *testing.T, a recoverystep.Answered) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestInvokeTellsAndHears(t *testing.T) {
	job := jobOf(recovery.Invoke, recovery.Spec{Function: "arn:f", Payload: `{"keys":100}`}, 1)
	access := recovery.Access{Host: "db.example", Port: 5432, Secret: "arn:secret"}
	job.Steps = []recovery.Record{restored(recovery.Result{Endpoint: &access})}
	p, err := recoverystep.WorkInvoke{}.Do(context.Background(), job)
	if err != nil || p.Next != recoverystep.Call || p.Function != "arn:f" {
		t.Fatalf("%v %v, want the function called", p, err)
	}
	var told recoverystep.Told
	if err := json.Unmarshal(p.Payload, &told); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(recoverystep.Told{
		Run: "run-1", Mode: recovery.Exercise, Workload: "shop", Step: "shop/it", Attempt: 1,
		Databases: map[string]recovery.Access{"shop/db": access}, Payload: json.RawMessage(`{"keys":100}`),
	}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	for answer, fails := range map[string]bool{
		`null`: false, `"warm"`: false, `{}`: false, `{"passed":true,"reason":"100 keys"}`: false,
		`{"passed":false,"reason":"no keys"}`: true,
	} {
		job.State = answered(t, recoverystep.Answered{Answer: json.RawMessage(answer)})
		p, err := recoverystep.WorkInvoke{}.Do(context.Background(), job)
		if fails != (drill.NameOf(err) == drill.InvokeFailed) || !fails && p.Next != recoverystep.Done {
			t.Errorf("it answered %s: %v %v", answer, p, err)
		}
	}
	job.State = answered(t, recoverystep.Answered{Error: "Lambda.Unknown", Cause: "out of memory"})
	if _, err := (recoverystep.WorkInvoke{}).Do(context.Background(), job); drill.NameOf(err) != drill.InvokeFailed {
		t.Errorf("it ended with an error: %v, want InvokeFailed", err)
	}
}

// sessions answer from a list; a nil one is not ready.
type sessions struct {
	opened  int
	notYet  int
	results map[string]drill.CheckResult
	asked   []string
	clock   *fixed
}

type fixed struct{ now time.Time }

func (f *fixed) Now() time.Time { return f.now }

func (s *sessions) open(context.Context, drill.Run, drill.Spec, drill.Resource, drill.Access) (recoverystep.CheckSession, error) {
	if s.opened++; s.opened <= s.notYet {
		return nil, &drill.Error{Name: drill.NotReady, What: "starting"}
	}
	return s, nil
}

func (s *sessions) Run(_ context.Context, check drill.Check) (drill.CheckResult, error) {
	s.asked = append(s.asked, check.Name+check.Cursor)
	s.clock.now = s.clock.now.Add(20 * time.Second)
	if check.Name == "long" && check.Cursor == "" {
		return drill.CheckResult{Name: "long", Unfinished: true, Cursor: "@2"}, nil
	}
	if r, known := s.results[check.Name]; known {
		return r, nil
	}
	return drill.CheckResult{Name: check.Name, Passed: true, Outcome: drill.CheckPassed, Figure: 12.0, Expected: "at least 1"}, nil
}

func (s *sessions) Close() error { return errors.New("it was closed already") }

// asks goes the way of the machine: the work, the question, the answer, the work.
func asks(t *testing.T, job recoverystep.Job, s *sessions) (recoverystep.Progress, int, error) {
	t.Helper()
	s.clock = &fixed{begun}
	query := recoverystep.Query{Open: map[string]recoverystep.OpenChecks{"rds-instance": s.open}, Clock: s.clock}
	for looks := 1; looks < 200; looks++ {
		job.Now = s.clock.now
		p, err := recoverystep.WorkSQLCheck{}.Do(context.Background(), job)
		switch {
		case err != nil || p.Next == recoverystep.Done:
			return p, looks, err
		case p.Next == recoverystep.Again:
			job.State, s.clock.now = p.State, *p.NextAt
			continue
		}
		var question recoverystep.Question
		if err := json.Unmarshal(p.Payload, &question); err != nil {
			t.Fatal(err)
		}
		answer, err := query.Handle(context.Background(), question)
		if err != nil {
			job.State = answered(t, recoverystep.Answered{Error: string(drill.NameOf(err)), Cause: err.Error(), Before: p.State})
			continue
		}
		text, err := json.Marshal(answer)
		if err != nil {
			t.Fatal(err)
		}
		job.State = answered(t, recoverystep.Answered{Answer: text, Before: p.State})
	}
	t.Fatal("it never ends")
	return recoverystep.Progress{}, 0, nil
}

func sqlJob(t *testing.T, checks ...string) recoverystep.Job {
	t.Helper()
	var list []drill.Check
	for _, name := range checks {
		list = append(list, drill.Check{Name: name, SQL: "select 1"})
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	job := jobOf(recovery.SQLCheck, recovery.Spec{Database: "shop/db", Checks: string(text), TimeoutSeconds: 600}, 0)
	job.Database = &recoverystep.Database{Name: "shop/db", Drill: drill.Spec{
		Workload: "shop", Database: "db", Kind: "rds-instance", Limits: drill.Limits{ValidateSeconds: 60, StatementSeconds: 25},
	}}
	job.Steps = []recovery.Record{restored(recovery.Result{Endpoint: &recovery.Access{Host: "db.example", Port: 5432, Engine: "postgres"}})}
	return job
}

func TestSQLCheckPutsAllOverSeveralCalls(t *testing.T) {
	s := &sessions{notYet: 2}
	p, _, err := asks(t, sqlJob(t, "a", "b", "long", "c"), s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b", "long", "long@2", "c"}, s.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if p.Result.Says != "4 of 4 checks passed" || len(p.Result.Checks) != 4 {
		t.Errorf("it says %q, of %d checks", p.Result.Says, len(p.Result.Checks))
	}
	if first, _ := (recoverystep.WorkSQLCheck{}).Do(context.Background(), sqlJob(t, "a")); first.Next != recoverystep.AskCopy {
		t.Errorf("an exercise asks by %s", first.Next)
	}
	failover := sqlJob(t, "a")
	failover.Run.Mode = recovery.Failover
	if first, _ := (recoverystep.WorkSQLCheck{}).Do(context.Background(), failover); first.Next != recoverystep.AskThere {
		t.Errorf("a failover asks by %s", first.Next)
	}
}

func TestSQLCheckFailsWhenAllWerePut(t *testing.T) {
	s := &sessions{results: map[string]drill.CheckResult{"a": {Name: "a", Outcome: drill.CheckFailed, Figure: 0.0, Expected: "at least 1"}}}
	_, _, err := asks(t, sqlJob(t, "a", "b"), s)
	if drill.NameOf(err) != drill.ChecksFailed || !strings.Contains(err.Error(), `1 of 2 checks of shop/db did not pass: "a": 0, expected at least 1`) {
		t.Errorf("%v, want ChecksFailed with what a came to", err)
	}
}

func TestSQLCheckOfWhatLetsNobodyIn(t *testing.T) {
	_, looks, err := asks(t, sqlJob(t, "a"), &sessions{notYet: 1000})
	if drill.NameOf(err) != drill.ValidationImpossible || looks < 40 {
		t.Errorf("after %d looks: %v, want ValidationImpossible when its time is up", looks, err)
	}
}

func TestSQLCheckOfWhatIsNotThere(t *testing.T) {
	skipped := sqlJob(t, "a")
	skipped.Steps[0].Status.State = recovery.Skipped
	if _, err := (recoverystep.WorkSQLCheck{}).Do(context.Background(), skipped); drill.NameOf(err) != drill.ValidationImpossible {
		t.Errorf("the restore was skipped: %v, want ValidationImpossible", err)
	}
	looked := sqlJob(t, "a")
	looked.Steps = []recovery.Record{restored(recovery.Result{Unproven: "the replica was not promoted"})}
	p, err := recoverystep.WorkSQLCheck{}.Do(context.Background(), looked)
	if err != nil || p.Next != recoverystep.Done || p.Result.Unproven == "" {
		t.Errorf("the replica was looked at only: %v %v, want it done and unproven", p, err)
	}
}
