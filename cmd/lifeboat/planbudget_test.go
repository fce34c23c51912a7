package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// planWith changes the plan of the examples and asks lifeboat plan about it.
func planWith(t *testing.T, args []string, pairs ...string) (code int, stdout, stderr string) {
	t.Helper()
	text, err := os.ReadFile("../../examples/rds/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(pairs...).Replace(string(text))
	file := filepath.Join(t.TempDir(), "lifeboat.yaml")
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	code = run(context.Background(), append([]string{"plan", "--plan", file}, args...), strings.NewReader(""), &out, &errOut)
	return code, out.String(), errOut.String()
}

// one line, whatever the widths of its columns.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestPlanShowsWhatALossWouldCost(t *testing.T) {
	code, stdout, stderr := planWith(t, nil)
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, want := range []string{
		"orders/orders-db region-loss 1h 20m assumed replicated automated backups",
		"orders/orders-db operator-error - 10m assumed automated backups", // for information
		"orders backup-restore 1h 43m30s assumed detection 1m30s declared, decision 10m declared, restore 30m declared, warm-up 0s assumed, dns 2m declared",
	} {
		if !strings.Contains(words(stdout), want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
}

func TestPlanSaysWhatImmutabilityIsNot(t *testing.T) {
	for immutability, c := range map[string]struct{ note, warning string }{
		"governance": {"it stops mistakes, and no administrator", ""},
		"none":       {"can delete all of them", ""},
		"compliance": {"grace period of 3d has ended nobody can remove the lock", "compliance cannot be undone by anybody"},
	} {
		code, stdout, stderr := planWith(t, nil, "  manage: false", "  manage: true\n  immutability: "+immutability)
		if code != 0 || !strings.Contains(stdout, c.note) || !strings.Contains(stderr, c.warning) || (c.warning == "") != (stderr == "") {
			t.Errorf("%s: exit %d\n%s\n%s", immutability, code, stdout, stderr)
		}
	}
}

// A target that cannot be met is refused by its name, with what would meet it and
// the events that break it.
func TestPlanRefusesWhatCannotBeMet(t *testing.T) {
	const hourly = "rules: [{name: hourly, schedule: 'cron(0 * * * ? *)'}]"
	code, stdout, stderr := planWith(t, nil, "  pointInTime: replicated", "  "+hourly)
	if code != exitUsage || stdout != "" {
		t.Fatalf("exit %d: %s", code, stdout)
	}
	for _, want := range []string{
		"and the RPO is 1h: an hourly cron is no RPO", "write backup.pointInTime: replicated", // what, and what instead
		"of data are lost", "started hourly recovery point 1", "failed hourly", "maintenance", "disaster", // the witness
		"lifeboat.yaml:34:", "1 problem(s)",
	} {
		if !strings.Contains(words(stderr), want) {
			t.Errorf("%q is not in\n%s", want, stderr)
		}
	}
	code, stdout, _ = planWith(t, []string{"--json"}, "  pointInTime: replicated", "  "+hourly)
	var document struct {
		Error  struct{ ExitCode int }
		Budget struct {
			Databases []struct {
				Losses []struct {
					Judged  bool
					Worst   struct{ Seconds *float64 }
					Witness []struct{ Kind string }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(stdout), &document); err != nil || code != exitUsage || document.Error.ExitCode != exitUsage {
		t.Fatalf("exit %d, %v: %s", code, err, stdout)
	}
	loss := document.Budget.Databases[0].Losses[0]
	if !loss.Judged || loss.Worst.Seconds == nil || *loss.Worst.Seconds <= 3600 || len(loss.Witness) == 0 || loss.Witness[len(loss.Witness)-1].Kind != "disaster" {
		t.Errorf("%+v", loss)
	}
}

func TestPlanJudgesByWhatDrillsMeasured(t *testing.T) {
	drills := func(n int, seconds float64, ending string) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(`{"workload":"orders","database":"orders-db","ending":%q,"objectives":{"rto":{"actualSeconds":%v}}}`, ending, seconds+float64(i))
		}
		file := filepath.Join(t.TempDir(), "drills.json")
		if err := os.WriteFile(file, []byte("["+strings.Join(list, ",")+"]"), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for name, c := range map[string]struct {
		reason, file string
		code         int
		want         string
	}{
		"a few":         {"the longest, which it says", drills(3, 1000, "Passed"), 0, "restore 16m42s measured (longest of 3 drills, too few for a p95)"},
		"twenty":        {"the 95th percentile", drills(20, 1000, "Passed"), 0, "restore 16m58s measured (p95 of 20 drills)"},
		"missed":        {"the restore was measured all the same", drills(2, 1000, "ObjectivesMissed"), 0, "longest of 2 drills"},
		"failed":        {"half a recovery is none", drills(2, 10, "FailureClean"), 0, "restore 30m declared"},
		"slow":          {"the target is below what was measured", drills(2, 4000, "Passed"), exitUsage, "the RTO of 1h is below the measured restore"},
		"no such file":  {"a mistake of the caller", "nothing.json", exitUsage, "--history: open nothing.json"},
		"another world": {"nobody knows where that is", "azure", exitUsage, "--history local, --history aws, or a file"},
	} {
		code, stdout, stderr := planWith(t, []string{"--history", c.file})
		if code != c.code || !strings.Contains(words(stdout+stderr), c.want) {
			t.Errorf("%s: %s: exit %d\n%s\n%s", name, c.reason, code, stdout, stderr)
		}
	}
	file := filepath.Join(t.TempDir(), "evidence.json")
	if err := os.WriteFile(file, []byte(`{"ending":"Passed"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"--history " + file, "--history=", "--state-dir x", "--history " + file + " --state-dir x", "--migrate --history local", "--history local --state-dir nowhere"} {
		if code, _, stderr := planWith(t, strings.Fields(args)); code != exitUsage {
			t.Errorf("%s: exit %d: %s", args, code, stderr)
		}
	}
}

// A file can be anybody's, and put together: what does not belong to the plan is not
// counted, and said; what no drill can have measured is refused.
func TestPlanTakesOnlyWhatItsOwnDrillsMeasured(t *testing.T) {
	entry := func(run, deployment, database, scenario, seconds string) string {
		return fmt.Sprintf(`{"runId":%q,"deployment":%q,"workload":"orders","database":%q,"scenario":%q,"ending":"Passed","objectives":{"rto":{"actualSeconds":%s}}}`, run, deployment, database, scenario, seconds)
	}
	own := entry("a", "prod", "orders-db", "region-loss", "1000")
	for name, c := range map[string]struct {
		file string
		code int
		want []string
	}{
		"one of its own":             {own, 0, []string{"restore 16m40s measured (the only drill"}},
		"the same twice":             {own + "," + own, 0, []string{"the only drill"}},
		"of another deployment":      {entry("a", "staging", "orders-db", "region-loss", "1000"), 0, []string{"1 drill is there of other databases or deployments than the plan's prod", "no drill of these databases", "restore 30m declared"}},
		"of another database":        {entry("a", "prod", "others", "region-loss", "1000") + "," + own, 0, []string{"1 drill is there of other databases", "the only drill"}},
		"for another scenario":       {entry("a", "prod", "orders-db", "operator-error", "1000"), 0, []string{"1 drill is there for another scenario", "restore 30m declared"}},
		"of before it was written":   {entry("a", "", "orders-db", "", "1000"), 0, []string{"1 drill is there without a deployment", "restore 16m40s measured"}},
		"negative":                   {entry("a", "prod", "orders-db", "region-loss", "-3000"), exitUsage, []string{"entry 1: no recovery takes -3000s"}},
		"in no time":                 {entry("a", "prod", "orders-db", "region-loss", "0"), exitUsage, []string{"no recovery takes 0s"}},
		"longer than an int64 holds": {entry("a", "prod", "orders-db", "region-loss", "1e300"), exitUsage, []string{"below the measured restore"}},
	} {
		file := filepath.Join(t.TempDir(), "drills.json")
		if err := os.WriteFile(file, []byte("["+c.file+"]"), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := planWith(t, []string{"--history", file})
		for _, want := range c.want {
			if code != c.code || !strings.Contains(words(stdout+stderr), want) {
				t.Errorf("%s: exit %d, want %d and %q\n%s\n%s", name, code, c.code, want, stdout, stderr)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "null.json")
	if err := os.WriteFile(file, []byte("null"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := planWith(t, []string{"--history", file}); code != exitUsage || !strings.Contains(stderr, "no list of drills") {
		t.Errorf("null: exit %d: %s", code, stderr)
	}
}

// Without --history nobody is asked, whatever lies on the machine.
func TestPlanOfTheLocalHistory(t *testing.T) {
	state := t.TempDir()
	code, stdout, stderr := planWith(t, []string{"--history", "local", "--state-dir", state})
	if code != 0 || !strings.Contains(stderr, "no drill of these databases was measured there") || !strings.Contains(words(stdout), "restore 30m declared") {
		t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
	}
}
