package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/drill/drilltest"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simdynamodb "github.com/lifeboat-dr/lifeboat/pkg/simaws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

const tableOfTests = "lifeboat-prod"

type lab struct {
	cfg     aws.Config
	service *simdynamodb.Service
	cloud   *simaws.Cloud
	clock   *clock.Virtual
}

// newLab is a cloud in which every read that does not ask for consistency sees
// what was there before the last write.
func newLab(faults ...simaws.Fault) lab {
	l := lab{clock: clock.NewVirtual(noon), service: simdynamodb.New(simdynamodb.Options{Stale: func() bool { return true }})}
	l.service.CreateTable("111122223333", "eu-central-1", tableOfTests, "pk", "sk")
	l.cloud = simaws.New(simaws.Options{Clock: l.clock, Faults: faults}, map[string]wire.Handler{"dynamodb": l.service})
	l.cfg = awsconfig.New(awsconfig.Options{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: l.cloud}, Pause: func(time.Duration) {},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "tester"), "secret", ""),
	})
	return l
}

func (l lab) table(closed ...string) *dynamodb.Table {
	ended := &endings{closed: map[string]bool{}}
	ended.close(closed...)
	return dynamodb.New(l.cfg, tableOfTests, ended.Closed)
}

func TestJournal(t *testing.T) {
	for name, c := range drilltest.Journals {
		t.Run(name, func(t *testing.T) { c.Test(t, drillstep.FactsIn(newLab().table())) })
	}
}

func TestSlots(t *testing.T) {
	for name, c := range drilltest.SlotTests {
		t.Run(name, func(t *testing.T) { c.Test(t, twoProcesses(newLab().cfg, tableOfTests)) })
	}
}

func TestHistory(t *testing.T) { testHistory(t, newLab().table()) }

func TestTokens(t *testing.T) { testTokens(t, newLab().table()) }

// TestAppendWhateverIsLost spoils each call of three appends in turn, with and
// without effect, once and until the SDK gives up; then the step is repeated.
func TestAppendWhateverIsLost(t *testing.T) {
	ctx := context.Background()
	want := []string{"one", "two", "three"}
	eachFault(t, []string{"dynamodb:Query", "dynamodb:PutItem"}, func(t *testing.T, l lab) {
		table := drillstep.FactsIn(l.table())
		for i, text := range want {
			fact := drill.Fact{At: noon.Add(time.Duration(i) * time.Second), State: "A", Kind: drill.FactNoted, Note: text}
			err := table.Append(ctx, "run", fact)
			if name := drill.NameOf(err); err != nil && name != drill.Transient {
				t.Fatalf("%s: %v", text, err)
			}
			if err != nil {
				if err := table.Append(ctx, "run", fact); err != nil { // as the machine's Retry does
					t.Fatal(err)
				}
			}
		}
		facts, err := table.Facts(ctx, "run")
		if drill.NameOf(err) == drill.Transient {
			facts, err = table.Facts(ctx, "run")
		}
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range facts {
			if len(got) == 0 || got[len(got)-1] != f.Note {
				got = append(got, f.Note)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || len(facts) > len(want)+1 {
			t.Errorf("%d facts, in this order (-want +got):\n%s", len(facts), diff)
		}
	})
}

// eachFault runs a test with a lost answer at every call of the operations, as
// long as there is such a call.
func eachFault(t *testing.T, operations []string, test func(t *testing.T, l lab)) {
	for _, operation := range operations {
		for _, effective := range []bool{true, false} {
			for _, times := range []int{1, 3} { // 3: the SDK gives up
				for skip := 0; ; skip++ {
					var unused bool
					t.Run(fmt.Sprintf("%s %d effective %v times %d", operation, skip, effective, times), func(t *testing.T) {
						l := newLab(simaws.Fault{On: operation, Effective: effective, Times: times, Skip: skip})
						test(t, l)
						unused = len(l.cloud.UnusedFaults()) > 0
					})
					if unused {
						if skip == 0 {
							t.Errorf("%s is never called", operation)
						}
						break
					}
				}
			}
		}
	}
}

func request(name, scheduled string) drill.SlotRequest {
	return drill.SlotRequest{
		Database: "orders/orders-db", ExecutionID: drilltest.ExecutionARN(name), RunID: name, ScheduledTime: scheduled,
		Now: noon, ExpiresAt: noon.Add(6 * time.Hour),
	}
}

// TestClaimWhateverIsLost: a claim is repeated until it is answered, and then
// it is one claim, known to everybody.
func TestClaimWhateverIsLost(t *testing.T) {
	ctx := context.Background()
	eachFault(t, []string{"dynamodb:GetItem", "dynamodb:PutItem"}, func(t *testing.T, l lab) {
		table := l.table()
		duplicate, err := table.Claim(ctx, request("run-a", "03:00"))
		if drill.NameOf(err) == drill.Transient {
			duplicate, err = table.Claim(ctx, request("run-a", "03:00"))
		}
		if duplicate || err != nil {
			t.Fatalf("duplicate %v, %v", duplicate, err)
		}
		if duplicate, err := table.Claim(ctx, request("twin", "03:00")); !duplicate && drill.NameOf(err) != drill.Transient {
			t.Errorf("the twin: %v, %v", duplicate, err)
		}
		if err := table.Release(ctx, "orders/orders-db", drilltest.ExecutionARN("run-a")); err != nil {
			t.Fatal(err)
		}
		if duplicate, err := table.Claim(ctx, request("twin", "03:00")); !duplicate && drill.NameOf(err) != drill.Transient {
			t.Errorf("the twin, later: %v, %v", duplicate, err)
		}
	})
}

// TestClaimCutOffAnywhere: the execution dies after each call of its claim.
// Whoever comes for the same time drills, unless the first had got so far that
// it counts as the one that claimed; and the lock is always to be had.
func TestClaimCutOffAnywhere(t *testing.T) {
	ctx := context.Background()
	for calls := 0; ; calls++ {
		var whole bool
		t.Run(fmt.Sprintf("after %d calls", calls), func(t *testing.T) {
			l := newLab()
			dead := errors.New("the function was killed")
			left := calls
			dying := l
			dying.cfg.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
				if left == 0 {
					return nil, dead
				}
				left--
				return (&http.Client{Transport: l.cloud}).Do(r)
			})
			_, err := dying.table().Claim(ctx, request("run-a", "03:00"))
			whole = err == nil
			survivor := l.table(drilltest.ExecutionARN("run-a"))
			twin, err := survivor.Claim(ctx, request("twin", "03:00"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := survivor.Claim(ctx, request("twin", "03:00")); err != nil { // the same again
				t.Fatal(err)
			}
			if taken := len(l.service.Items("111122223333", "eu-central-1", tableOfTests)) > 0; !taken {
				t.Error("nothing was claimed by anybody")
			}
			if !twin {
				if err := survivor.Release(ctx, "orders/orders-db", drilltest.ExecutionARN("twin")); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := survivor.Claim(ctx, request("manual", "")); err != nil {
				t.Errorf("a manual drill: %v", err)
			}
			// Whichever of the two it was, the time is claimed now, and stays so.
			if duplicate, err := survivor.Claim(ctx, request("late", "03:00")); !duplicate || err != nil {
				t.Errorf("a third start: duplicate %v, %v", duplicate, err)
			}
		})
		if whole {
			if calls < 4 {
				t.Errorf("a claim took %d calls: this tests less than it says", calls)
			}
			return
		}
	}
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

func TestExpiredLockIsTakenOver(t *testing.T) {
	ctx := context.Background()
	table := newLab().table() // in which nothing is closed
	if _, err := table.Claim(ctx, request("run-a", "")); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		reason string
		at     time.Duration
		want   drill.ErrorName
	}{
		{"its time is not over", 6*time.Hour - time.Second, drill.SlotBusy},
		{"its time is over", 6 * time.Hour, ""},
	}
	for _, c := range tests {
		late := request("run-b", "")
		late.Now = noon.Add(c.at)
		late.ExpiresAt = late.Now.Add(time.Hour)
		if _, err := table.Claim(ctx, late); drill.NameOf(err) != c.want {
			t.Errorf("%s: %v", c.reason, err)
		}
	}
}

func TestOwnerThatCannotBeAskedKeepsItsLock(t *testing.T) {
	ctx := context.Background()
	l := newLab()
	if _, err := l.table().Claim(ctx, request("run-a", "")); err != nil {
		t.Fatal(err)
	}
	trouble := &drill.Error{Name: drill.Throttled, What: "rate exceeded"}
	table := dynamodb.New(l.cfg, tableOfTests, func(context.Context, string) (bool, error) { return true, trouble })
	if duplicate, err := table.Claim(ctx, request("run-b", "")); duplicate || !errors.Is(err, trouble) || drill.NameOf(err) != drill.Throttled {
		t.Errorf("%v, %v", duplicate, err)
	}
	if _, err := dynamodb.New(l.cfg, tableOfTests, nil).Claim(ctx, request("run-b", "")); drill.NameOf(err) != drill.SlotBusy {
		t.Errorf("where nobody can tell: %v", err)
	}
}

func TestFactTooLarge(t *testing.T) {
	ctx := context.Background()
	table := newLab().table()
	const most = 409_600 - 200 // of 400 KiB; the rest is for the fact's own fields and the keys
	for size, want := range map[int]drill.ErrorName{most: "", most + 200: drill.InvalidInput, 3 << 20: drill.InvalidInput} {
		err := drillstep.FactsIn(table).Append(ctx, "run", drill.Fact{At: noon, State: "A", Kind: drill.FactNoted, Note: strings.Repeat("x", size)})
		var e *drill.Error
		if drill.NameOf(err) != want || errors.As(err, &e) && e.Hint == "" {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestNothingExpiresBeforeItsTime(t *testing.T) {
	ctx := context.Background()
	l := newLab()
	table := l.table()
	if _, err := table.Claim(ctx, request("run-a", "03:00")); err != nil {
		t.Fatal(err)
	}
	if err := table.PutToken(ctx, "lifeboat-prod-0123456789ab", "token", noon.Add(90*time.Second+1)); err != nil {
		t.Fatal(err)
	}
	if err := drillstep.FactsIn(table).Append(ctx, "run-a", drill.Fact{At: noon}); err != nil {
		t.Fatal(err)
	}
	if err := table.AddHistory(ctx, entry("run-a", 0, nil)); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, i := range l.service.Items("111122223333", "eu-central-1", tableOfTests) {
		kind, _, _ := strings.Cut(i["pk"].Text+"#", "#")
		sk, _, _ := strings.Cut(i["sk"].Text, "#")
		if kind == "slot" {
			kind = sk
		}
		got[kind] = i["expiresAt"].Text
	}
	in400Days := fmt.Sprint(noon.Add(400 * 24 * time.Hour).Unix())
	want := map[string]string{
		"lock": fmt.Sprint(noon.Add(6 * time.Hour).Unix()), "time": in400Days, "run": in400Days,
		"token": fmt.Sprint(noon.Add(91 * time.Second).Unix()), "history": "", "passed": "", "verdict": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTroubleHasAName(t *testing.T) {
	ctx := context.Background()
	tests := map[string]struct {
		reason string
		fault  simaws.Fault
		want   drill.ErrorName
	}{
		"throttled": {"the machine tries again", simaws.Fault{On: "dynamodb:Query", Error: "ProvisionedThroughputExceededException", Times: 3}, drill.Throttled},
		"failing":   {"the machine tries again", simaws.Fault{On: "dynamodb:Query", Error: "InternalServerError", Status: 500, Times: 3}, drill.Transient},
		"denied":    {"a person is needed", simaws.Fault{On: "dynamodb:Query", Error: "AccessDeniedException"}, drill.Unexpected},
		"no table":  {"a person is needed", simaws.Fault{On: "dynamodb:Query", Error: "ResourceNotFoundException"}, drill.Unexpected},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(c.fault)
			_, err := drillstep.FactsIn(l.table()).Facts(ctx, "run")
			var e *drill.Error
			if !errors.As(err, &e) || e.Name != c.want || (e.Hint == "") != (c.want != drill.Unexpected) {
				t.Errorf("%s: %v", c.reason, err)
			}
			if unused := l.cloud.UnusedFaults(); len(unused) > 0 {
				t.Errorf("never happened: %v", unused)
			}
		})
	}
}
