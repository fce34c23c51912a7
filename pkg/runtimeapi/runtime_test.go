package runtimeapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/runtimeapi"
)

func runtime(t *testing.T) *runtimeapi.Runtime {
	t.Helper()
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	if out, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", bootstrap, "./testdata/echo").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := runtimeapi.New(map[string]runtimeapi.Function{"echo": {Bootstrap: bootstrap, Timeout: 2 * time.Second}}, nil)
	t.Cleanup(r.Close)
	return r
}

func call(r *runtimeapi.Runtime, do string) (count int, name string) {
	payload, _ := json.Marshal(do)
	out, err := r.Invoke(context.Background(), "echo", payload)
	var failed *runtimeapi.Error
	if errors.As(err, &failed) {
		return 0, failed.Type
	}
	if err != nil {
		return 0, err.Error()
	}
	var answer struct {
		Count  int
		Secret string
	}
	if json.Unmarshal(out, &answer) != nil || answer.Secret != "" {
		return 0, "answered " + string(out)
	}
	return answer.Count, ""
}

func TestWorkersAreUsedAgainUnlessTheyAreBroken(t *testing.T) {
	r := runtime(t)
	steps := []struct {
		do, reason string
		count      int
		failed     string
	}{
		{"a", "the first call starts a worker", 1, ""},
		{"b", "the second one uses it", 2, ""},
		{"fail", "an error is an answer", 0, "errorString"},
		{"c", "and leaves the worker fit", 4, ""},
		{"panic", "a panic is reported by its type", 0, "string"},
		{"d", "and its worker is gone", 1, ""},
		{"exit", "a worker may end", 0, runtimeapi.Exited},
		{"e", "and is gone", 1, ""},
		{"hang", "a worker that does not answer is killed", 0, runtimeapi.TimedOut},
		{"f", "and is gone", 1, ""},
	}
	for _, s := range steps {
		count, failed := call(r, s.do)
		if count != s.count || failed != s.failed {
			t.Errorf("%s (%s): call %d of its worker, error %q; want %d, %q", s.do, s.reason, count, failed, s.count, s.failed)
		}
		if r.Workers() > 1 {
			t.Errorf("%s: %d workers", s.do, r.Workers())
		}
	}
}

func TestCallsRunSideBySide(t *testing.T) {
	r := runtime(t)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if _, failed := call(r, "wait"); failed != "" {
				t.Error(failed)
			}
		})
	}
	wait.Wait()
	if r.Workers() < 2 {
		t.Errorf("%d workers for 4 calls at once", r.Workers())
	}
}

func TestUnknownFunction(t *testing.T) {
	if _, err := runtime(t).Invoke(context.Background(), "none", nil); !errors.Is(err, runtimeapi.ErrNoFunction) {
		t.Errorf("got %v", err)
	}
}
