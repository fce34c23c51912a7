package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/open"
)

// leaves are the commands that do something, by their words.
func leaves() map[string]*cobra.Command {
	found := map[string]*cobra.Command{}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if !c.HasSubCommands() {
			found[strings.TrimPrefix(c.CommandPath(), "lifeboat ")] = c
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(ui.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}))
	return found
}

// operands are what commands must be given beside flags.
var operands = map[string][]string{
	"evidence show": {"run-1"}, "evidence report": {"run-1"},
	"recover abort": {"run-1"}, "recover resume": {"run-1"}, "recover retry": {"run-1", "shop/restore"}, "recover skip": {"run-1", "shop/restore"},
}

// withFlag are the commands that have a flag, their parents' included.
func withFlag(flag string) []string {
	var names []string
	for name, c := range leaves() {
		if c.Flags().Lookup(flag) != nil || c.InheritedFlags().Lookup(flag) != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestFlagsOfAllCommands: what scripts may count on, command by command.
func TestFlagsOfAllCommands(t *testing.T) {
	worlds := []string{"drill", "evidence list", "evidence report", "evidence show", "evidence verify", "history", "recover abort", "recover resume", "recover retry", "recover skip", "recover status", "sweep"}
	documents := []string{"advise", "backup", "doctor", "drill", "evidence list", "evidence show", "evidence verify", "history", "machine run", "plan", "prune", "recover abort", "recover resume", "recover retry", "recover skip", "recover status", "rehearse", "sweep"}
	for flag, want := range map[string][]string{"world": worlds, "aws": slices.Sorted(slices.Values(append(slices.Clone(worlds), "doctor"))), "json": documents} {
		if diff := cmp.Diff(want, withFlag(flag)); diff != "" {
			t.Errorf("--%s (-want +got):\n%s", flag, diff)
		}
	}
}

// TestWorldsNoFlagOfAnyCommandIsEmpty: a variable that was not set is no name, and
// every command says so, of every flag.
func TestWorldsNoFlagOfAnyCommandIsEmpty(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, command := range leaves() {
		flags := command.Flags()
		flags.AddFlagSet(command.InheritedFlags())
		flags.VisitAll(func(flag *pflag.Flag) {
			if flag.Value.Type() != "string" {
				return
			}
			var out, errOut bytes.Buffer
			args := append(strings.Fields(name), "--"+flag.Name, "")
			args = append(args, operands[name]...)
			code := run(t.Context(), args, strings.NewReader(""), &out, &errOut)
			if code != exitUsage || !strings.Contains(errOut.String(), "--"+flag.Name) {
				t.Errorf("%s --%s '': exit %d, %s%s", name, flag.Name, code, &out, &errOut)
			}
		})
	}
}

// TestWorldsOfAllCommands: every command that works in a world refuses what is
// none, and what says nothing there, with one document.
func TestWorldsOfAllCommands(t *testing.T) {
	c := newCLI(t)
	c.write("lifeboat.yaml", smallPlan)
	for name, command := range leaves() {
		flags := command.Flags()
		flags.AddFlagSet(command.InheritedFlags())
		if flags.Lookup("world") == nil {
			continue
		}
		refused := map[string]struct{ args, flag, says string }{
			"an unknown world":         {"--world mars", "world", "local and aws"},
			"the simulated one":        {"--world sim", "world", "lifeboat rehearse"},
			"two worlds":               {"--aws --world local", "world", "which of the two"},
			"a plan without a region":  {"--world aws", "world", "declare regions"},
			"the same by the old flag": {"--aws", "aws", "declare regions"},
			"a folder on AWS":          {"--world aws --state-dir x", "state-dir", "say --world local"},
			"a copy of a bucket":       {"--world aws --from x", "from", "say --world local"},
			"a head of a bucket":       {"--aws --heads x", "heads", "say --world local"},
			"kept ones on AWS":         {"--world aws --kept", "kept", "say --world local"},
			"nothing is deployed":      {"--deployed-plan", "deployed-plan", "say --world aws"},
		}
		for what, tc := range refused {
			if flags.Lookup(tc.flag) == nil {
				continue // the command has no such flag
			}
			t.Run(name+"/"+what, func(t *testing.T) {
				args := append(strings.Fields(name), strings.Fields(tc.args)...)
				args = append(args, operands[name]...)
				if flags.Lookup("to") != nil {
					args = append(args, "--to", "page.html")
				}
				asJSON := flags.Lookup("json") != nil
				if asJSON {
					args = append(args, "--json")
				}
				code, stdout, stderr := (&cli{t: t, dir: c.dir, env: c.env}).run(args...)
				if code != exitUsage || !strings.Contains(stderr, tc.says) {
					t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
				}
				var document failure
				if err := json.Unmarshal([]byte(stdout), &document); asJSON && (err != nil || document.Error.ExitCode != code) {
					t.Errorf("no document: %q", stdout)
				}
			})
		}
	}
}

func TestHelpShowsGroups(t *testing.T) {
	var out bytes.Buffer
	if code := run(context.Background(), []string{"--help"}, strings.NewReader(""), &out, io.Discard); code != exitPassed {
		t.Errorf("exit %d", code)
	}
	at := 0
	for _, want := range []string{"The plan:", "  plan ", "Drills:", "  drill ", "  sweep ", "Evidence:", "  history ", "Deployment:", "  prune ", "Tools:", "  backup "} {
		i := strings.Index(out.String()[at:], want)
		if i < 0 {
			t.Fatalf("%q is not where it belongs in %s", want, out.String())
		}
		at += i
	}
	if strings.Contains(out.String(), "Additional Commands") {
		t.Errorf("a command is in no group: %s", out.String())
	}
}

func TestSweepOfADeployment(t *testing.T) {
	const orphan = `{"region":"eu-central-1","throwaway":{"copy":[{"kind":"rds-instance","id":"lifeboat-prod-aaaaaaaaaaaa"}]}}`
	tests := map[string]struct {
		reason string
		args   []string
		answer string
		failed string
		code   int
		stdout string
	}{
		"found":     {"its removal was asked for", nil, `{"orphans":[` + orphan + `],"kept":[]}`, "", exitPassed, "removing      rds-instance lifeboat-prod-aaaaaaaaaaaa"},
		"a dry run": {"it stays", []string{"--dry-run", "--json"}, `{"dryRun":true,"orphans":[` + orphan + `],"kept":[]}`, "", exitPassed, `"would remove"`},
		"nothing":   {"a list", []string{"--json"}, `{"orphans":[],"kept":[]}`, "", exitPassed, "[]\n"},
		"it failed": {"something may be left", []string{"--json"}, `{"errorType":"CleanupFailed","errorMessage":"lifeboat-prod-x has no age\nhint: look"}`, "Unhandled", exitFailureDirty, `"name": "CleanupFailed"`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDeployment(t, func(_ context.Context, payload []byte) ([]byte, string, error) {
				if dry := slices.Contains(tc.args, "--dry-run"); strings.Contains(string(payload), "true") != dry {
					t.Errorf("the sweeper was given %s", payload)
				}
				return []byte(tc.answer), tc.failed, nil
			})
			code, stdout, stderr := d.run(append([]string{"sweep", "--world", "aws"}, tc.args...)...)
			if code != tc.code || !strings.Contains(stdout, tc.stdout) {
				t.Errorf("%s: exit %d, %s %s", tc.reason, code, stdout, stderr)
			}
			if slices.Contains(tc.args, "--json") && !json.Valid([]byte(stdout)) {
				t.Errorf("no document: %q", stdout)
			}
		})
	}
}

func TestSweepWhereNothingIsDeployed(t *testing.T) {
	code, stdout, stderr := newDeployment(t, nil).run("sweep", "--world", "aws", "--json")
	if code != exitFailureDirty || !strings.Contains(stderr, "docs/deploy.md") || !json.Valid([]byte(stdout)) {
		t.Errorf("exit %d, %s %s", code, stdout, stderr)
	}
}

func TestHistoryOfADeployment(t *testing.T) {
	d := newDeployment(t, nil)
	if code, stdout, stderr := d.run("history", "--world", "aws", "--json"); code != exitPassed || stdout != "[]\n" {
		t.Errorf("none: exit %d, %s %s", code, stdout, stderr)
	}
	d.record("run-1", d.now)
	d.record("run-2", d.now.Add(24*time.Hour))
	code, stdout, stderr := d.run("history", "--world", "aws", "--json")
	var rows []drillevidence.Summary
	if err := json.Unmarshal([]byte(stdout), &rows); err != nil || code != exitPassed || len(rows) != 2 {
		t.Fatalf("exit %d, %s %s (%v)", code, stdout, stderr, err)
	}
	if rows[0].RunID != "run-2" || rows[0].Evidence != "s3://"+d.names.Bucket()+"/evidence/run-2.json" || rows[0].Report != "" {
		t.Errorf("%+v", rows[0])
	}
	if code, stdout, stderr := d.run("history", "--aws", "orders/orders-db"); code != exitPassed || strings.Count(stdout, "Passed") != 2 {
		t.Errorf("exit %d, %s %s", code, stdout, stderr)
	}
	if _, err := d.bucket.Put(context.Background(), "evidence/scribble.json", "application/json", []byte("{")); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := d.run("history", "--aws"); code != exitPassed || !strings.Contains(stdout, "run-1") || !strings.Contains(stderr, "scribble") {
		t.Errorf("exit %d, %s %s", code, stdout, stderr)
	}
	d.server.Close()
	if code, stdout, _ := d.run("history", "--aws", "--json"); code == exitPassed || !json.Valid([]byte(stdout)) {
		t.Errorf("nobody answers: exit %d, %s", code, stdout)
	}
}

// TestReportOfADrill: an outcome comes to one exit code, whichever world it is of.
func TestReportOfADrill(t *testing.T) {
	document := drilled(1)
	tests := map[string]struct {
		reason  string
		in      open.Name
		outcome world.Outcome
		code    int
		says    string // in the error, or the document
		quiet   bool
	}{
		"passed":          {"the ending", open.AWS, world.Outcome{Ending: drill.Passed, Document: &document}, exitPassed, `"runId"`, true},
		"missed":          {"the ending", open.Local, world.Outcome{Ending: drill.ObjectivesMissed, Document: &document}, exitObjectivesMissed, `"runId"`, true},
		"dirty":           {"the ending", open.AWS, world.Outcome{Ending: drill.FailureDirty, Document: &document}, exitFailureDirty, `"runId"`, true},
		"of another plan": {"the caller's mistake", open.AWS, world.Outcome{Ending: drill.FailureClean, Refused: drill.PlanMismatch, Cause: "0123"}, exitUsage, "PlanMismatch: 0123", false},
		"busy":            {"no mistake", open.AWS, world.Outcome{Ending: drill.FailureClean, Refused: drill.SlotBusy}, exitFailureClean, "SlotBusy", false},
		"no evidence":     {"that is said", open.Local, world.Outcome{Ending: drill.FailureDirty, Cause: "disk full"}, exitFailureDirty, "disk full", false},
		"no ending":       {"lifeboat's own fault", open.AWS, world.Outcome{Error: "States.Runtime", Cause: "why", Document: &document}, exitInternal, "States.Runtime", false},
		"neither":         {"lifeboat's own fault", open.AWS, world.Outcome{Error: "States.Runtime", Cause: "why"}, exitInternal, "States.Runtime", false},
		"twice":           {"harmless", open.Local, world.Outcome{Duplicate: true, ExecutionID: "arn"}, exitPassed, `"duplicate"`, true},
		"twice, on AWS":   {"where it was", open.AWS, world.Outcome{Duplicate: true, ExecutionID: "arn"}, exitPassed, `"executionArn": "arn"`, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var stdout bytes.Buffer
			out := ui.Output{Streams: ui.Streams{Out: &stdout, Err: io.Discard}}
			var command cobra.Command
			out.Flag(command.Flags(), "")
			must(t, command.Flags().Set("json", "true"))
			code, quiet := exitPassed, true
			if err := reportDrill(out, tc.in, &tc.outcome); err != nil {
				exit := asExit(err)
				code, quiet = exit.code, exit.quiet
				stdout.WriteString(exit.Error())
			}
			if code != tc.code || quiet != tc.quiet || !strings.Contains(stdout.String(), tc.says) {
				t.Errorf("%s: exit %d, quiet %t: %s", tc.reason, code, quiet, stdout.String())
			}
			if tc.in == open.Local && strings.Contains(stdout.String(), "executionArn") {
				t.Errorf("nobody can look at an execution on this machine: %s", stdout.String())
			}
		})
	}
}

func TestADrillThatIsNotFollowedIsNoEnding(t *testing.T) {
	exit := asExit(&world.NotFollowed{Hint: "stop it with: ...", Err: context.Canceled})
	if exit.code != exitInternal || exit.hint == "" {
		t.Errorf("%+v", exit)
	}
}
