package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

const recoveryExample = "../../examples/recovery"

func rehearseRecovery(args ...string) (code int, out, errOut string) {
	var stdout, stderr bytes.Buffer
	all := append([]string{"rehearse", "--recover", "--plan", filepath.Join(recoveryExample, "lifeboat.yaml")}, args...)
	code = run(context.Background(), all, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func recoveryScenario(name string) string {
	return filepath.Join(recoveryExample, "scenarios", name+".yaml")
}

func TestRehearseRecoverShowsTheRecovery(t *testing.T) {
	code, out, errOut := rehearseRecovery("--scenario", recoveryScenario("skipped"))
	if code != exitPassed || errOut != "" {
		t.Errorf("exit code %d, stderr %q", code, errOut)
	}
	for _, want := range []string{"failover of shop", "ObjectivesMissed", "shop/warm-cache", "skipped", "erin", "customers-recovered", "/lifeboat-prod/endpoint/shop/orders-db", "states:StartExecution", "as expected"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in the output\n%s", want, out)
		}
	}
}

func TestRehearseRecoverJSON(t *testing.T) {
	code, out, errOut := rehearseRecovery("--json", "--scenario", recoveryScenario("aborted"))
	var document struct {
		Rehearsals []struct {
			Mode, Ending string
			Met          bool
			LeftBehind   []string
			Evidence     struct{ Decisions []struct{ Choice string } }
		}
	}
	if err := json.Unmarshal([]byte(out), &document); err != nil || len(document.Rehearsals) != 1 {
		t.Fatalf("%v: %s", err, errOut)
	}
	r := document.Rehearsals[0]
	if code != exitPassed || r.Mode != "exercise" || r.Ending != "FailureClean" || !r.Met || len(r.LeftBehind) > 0 || len(r.Evidence.Decisions) != 1 {
		t.Errorf("exit code %d, %+v", code, r)
	}
}

func TestRehearseRecoverIsAskedForRightly(t *testing.T) {
	for name, c := range map[string]struct {
		reason string
		args   []string
	}{
		"no mode":      {"there are two", []string{"--mode", "rehearsal"}},
		"no scenario":  {"it is not there", []string{"--scenario", "none.yaml"}},
		"no runs":      {"nothing would be shown", []string{"--runs", "0"}},
		"no recovery":  {"the plan declares none", []string{"--plan", filepath.Join(rdsExample, "lifeboat.yaml")}},
		"drill's mode": {"drills have none", []string{"--recover=false", "--mode", "failover"}},
	} {
		if code, _, errOut := rehearseRecovery(c.args...); code != exitUsage || errOut == "" {
			t.Errorf("%s: %s: exit code %d: %s", name, c.reason, code, errOut)
		}
	}
}
