package lambda_test

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
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

// outcome of one attempt.
type outcome struct {
	functionError, result string
	err                   error
	takes                 time.Duration
}

type house struct {
	clock    *clock.Virtual
	queue    *lambda.Asynchronous
	outcomes []outcome // of the attempts; the last one is that of all others
	full     error
	attempts []time.Duration
	dead     []lambda.Failure
	lost     []string
	got      []string
}

func newHouse() *house {
	h := &house{clock: clock.NewVirtual(start)}
	h.queue = lambda.NewAsynchronous(lambda.AsyncOptions{
		Clock: h.clock, Go: func(f func()) { h.clock.Go(f) },
		Run: func(function string, payload []byte) (string, []byte, error) {
			h.attempts = append(h.attempts, h.clock.Now().Sub(start))
			h.got = append(h.got, function+" "+string(payload))
			o := h.outcomes[min(len(h.attempts), len(h.outcomes))-1]
			h.clock.Sleep(o.takes)
			return o.functionError, []byte(o.result), o.err
		},
		DeadLetter: func(_ string, f lambda.Failure) error {
			if h.full == nil {
				h.dead = append(h.dead, f)
			}
			return h.full
		},
		Lost: func(function string, _ lambda.Failure, err error) { h.lost = append(h.lost, function+": "+err.Error()) },
	})
	return h
}

func TestAsynchronousInvocation(t *testing.T) {
	failed := outcome{functionError: "Unhandled", result: `{"errorMessage":"no rows","errorType":"CheckFailed"}`}
	slow := failed
	slow.takes = 10 * time.Second
	busy := outcome{err: &wire.Error{Code: "TooManyRequestsException", Message: "Rate Exceeded.", Status: http.StatusTooManyRequests}}
	broken := outcome{err: errors.New("out of luck")}
	gone := outcome{err: &wire.Error{Code: "ResourceNotFoundException", Message: "Function not found", Status: http.StatusNotFound}}
	second := func(seconds ...int) []time.Duration {
		var all []time.Duration
		for _, s := range seconds {
			all = append(all, time.Duration(s)*time.Second)
		}
		return all
	}
	for name, test := range map[string]struct {
		outcomes []outcome
		full     error
		attempts []time.Duration
		dead     map[string]string
		at       time.Duration
		lost     string
		reason   string
	}{
		"good":            {outcomes: []outcome{{result: "{}"}}, attempts: second(0)},
		"good at last":    {outcomes: []outcome{failed, failed, {result: "{}"}}, attempts: second(0, 60, 180), reason: "after one minute, and after two more"},
		"failing":         {outcomes: []outcome{failed}, attempts: second(0, 60, 180), at: 180 * time.Second, dead: map[string]string{"ErrorCode": "200", "ErrorMessage": "no rows"}},
		"failing, slowly": {outcomes: []outcome{slow}, attempts: second(0, 70, 200), at: 210 * time.Second, dead: map[string]string{"ErrorCode": "200", "ErrorMessage": "no rows"}, reason: "counted from the end of an attempt"},
		"throttled": {outcomes: []outcome{busy, busy, busy, {result: "{}"}}, attempts: second(0, 1, 3, 7),
			reason: "throttles wait for a second, and twice as long each time"},
		"throttled, then failing": {outcomes: []outcome{busy, failed, busy, failed}, attempts: second(0, 1, 61, 63, 183), at: 183 * time.Second,
			dead: map[string]string{"ErrorCode": "200", "ErrorMessage": "no rows"}, reason: "a throttle is none of the three attempts"},
		"gone":       {outcomes: []outcome{gone}, attempts: second(0), dead: map[string]string{"ErrorCode": "404", "ErrorMessage": "Function not found"}},
		"full queue": {outcomes: []outcome{gone}, full: errors.New("the role may not send"), attempts: second(0), lost: "the role may not send"},
		"no text":    {outcomes: []outcome{{functionError: "Unhandled"}}, attempts: second(0, 60, 180), at: 180 * time.Second, dead: map[string]string{"ErrorCode": "200", "ErrorMessage": "Unknown"}},
		"other text": {outcomes: []outcome{{functionError: "Unhandled", result: `"Task timed out"`}}, attempts: second(0, 60, 180), at: 180 * time.Second, dead: map[string]string{"ErrorCode": "200", "ErrorMessage": `"Task timed out"`}},
		"busy all day": {outcomes: []outcome{busy}, at: 6 * time.Hour, dead: map[string]string{"ErrorCode": "429", "ErrorMessage": "Rate Exceeded."},
			reason: "six hours"},
		"broken all day": {outcomes: []outcome{broken}, at: 6 * time.Hour, dead: map[string]string{"ErrorCode": "500", "ErrorMessage": "out of luck"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse()
			h.outcomes, h.full = test.outcomes, test.full
			h.queue.Invoke(arn+":3", []byte(`{"n":1}`))
			if len(h.attempts) != 0 {
				t.Error("who invokes does not wait")
			}
			for h.clock.Step() {
			}
			if test.attempts == nil {
				// Doubling to five minutes: 1+2+...+256 s are nine attempts, then twelve an hour.
				if n := len(h.attempts); n < 75 || n > 85 || h.attempts[n-1]-h.attempts[n-2] != 5*time.Minute {
					t.Errorf("%d attempts", n)
				}
			} else if diff := cmp.Diff(test.attempts, h.attempts); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			if got := h.got[len(h.got)-1]; got != arn+`:3 {"n":1}` {
				t.Errorf("it got %s", got)
			}
			switch {
			case test.lost != "":
				if len(h.lost) != 1 || !strings.Contains(h.lost[0], test.lost) {
					t.Errorf("lost %v", h.lost)
				}
			case test.dead == nil:
				if len(h.dead)+len(h.lost) != 0 {
					t.Errorf("dead %v, lost %v", h.dead, h.lost)
				}
			default:
				if len(h.dead) != 1 {
					t.Fatalf("dead %v, lost %v", h.dead, h.lost)
				}
				f := h.dead[0]
				got := f.Attributes()
				delete(got, "RequestID")
				if diff := cmp.Diff(test.dead, got); diff != "" {
					t.Error(diff)
				}
				if f.RequestID == "" || string(f.Payload) != `{"n":1}` || f.At.Sub(start) != test.at || f.Attempts != len(h.attempts) {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

func TestLongMessagesAreCut(t *testing.T) {
	h := newHouse()
	h.outcomes = []outcome{{err: &wire.Error{Code: "X", Message: strings.Repeat("x", 1023) + "äöü"}}}
	h.queue.Invoke(arn, nil)
	for h.clock.Step() {
	}
	if m := h.dead[0].Message; m != strings.Repeat("x", 1023) || h.dead[0].Code != http.StatusBadRequest {
		t.Errorf("1 KB in whole characters: %d bytes", len(m))
	}
}

func TestWithoutAnythingBehindIt(t *testing.T) {
	c := clock.NewVirtual(start)
	var lost []error
	queue := lambda.NewAsynchronous(lambda.AsyncOptions{Clock: c, Run: func(string, []byte) (string, []byte, error) {
		return "", nil, wire.Errorf("InvalidParameterValueException", "bad")
	}, Lost: func(_ string, _ lambda.Failure, err error) { lost = append(lost, err) }})
	queue.Invoke(arn, nil)
	for c.Step() {
	}
	if len(lost) != 1 {
		t.Errorf("without a queue it is lost: %v", lost)
	}
}

func TestEventsRunSideBySide(t *testing.T) {
	h := newHouse()
	h.outcomes = []outcome{{result: "{}", takes: time.Minute}}
	for i := range 3 {
		h.queue.Invoke(arn, fmt.Append(nil, i))
	}
	h.clock.Advance(time.Second)
	if len(h.attempts) != 3 {
		t.Errorf("%d run", len(h.attempts))
	}
}

func TestTheWiresEvents(t *testing.T) {
	h := newHouse()
	h.outcomes = []outcome{{result: "{}"}}
	service := lambda.New(nil)
	service.AddFunction(arn, echo("latest"))
	service.AddFunction(arn+":3", echo("three"))
	service.Attach(h.queue)
	client := sdk.NewFromConfig(aws.Config{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: simaws.New(simaws.Options{Clock: h.clock}, map[string]wire.Handler{"lambda": service})},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	invoke := func(function string, payload string) (*sdk.InvokeOutput, error) {
		return client.Invoke(context.Background(), &sdk.InvokeInput{FunctionName: aws.String(function), InvocationType: types.InvocationTypeEvent, Payload: []byte(payload)})
	}
	out, err := invoke("check-orders:3", `{"n":1}`)
	if err != nil || out.StatusCode != http.StatusAccepted || len(out.Payload) != 0 || out.FunctionError != nil {
		t.Errorf("%v: %+v", err, out)
	}
	if len(h.got) != 0 {
		t.Error("the function ran within the call")
	}
	h.clock.Advance(time.Second)
	if diff := cmp.Diff([]string{arn + `:3 {"n":1}`}, h.got); diff != "" {
		t.Error(diff)
	}
	if _, err := invoke("check-orders", `"`+strings.Repeat("x", 1<<20)+`"`); code(err) != "RequestTooLargeException" {
		t.Errorf("an event has 1 MB at most: %v", err)
	}
	if _, err := invoke("check-orders:4", `{}`); code(err) != "ResourceNotFoundException" {
		t.Errorf("what is not there refuses at once: %v", err)
	}
	service.RemoveFunction(arn + ":3")
	if _, err := invoke("check-orders:3", `{}`); code(err) != "ResourceNotFoundException" {
		t.Errorf("a version that was deleted: %v", err)
	}
}
