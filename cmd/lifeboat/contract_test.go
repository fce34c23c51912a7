package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestExitCodesAndStreams: what scripts rely on.
func TestExitCodesAndStreams(t *testing.T) {
	c := newCLI(t)
	c.write("lifeboat.yaml", smallPlan)
	c.write("two.yaml", smallPlan+"      - name: other\n        kind: postgres\n        postgres: {backups: ./b/*}\n        checks: [{name: c, sql: select 1, expect: {equals: 1}}]\n")
	c.write("bad.yaml", strings.NewReplacer("version: 1", "version: 7", "rto: 5m", "rto: 5", "backups:", "backup:").Replace(smallPlan))
	c.write("pass.asl.json", `{"QueryLanguage":"JSONata","StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"Output":"{% {'n': $states.input.n + 1} %}","End":true}}}`)
	c.write("task.asl.json", `{"QueryLanguage":"JSONata","StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true}}}`)
	c.write("bad.asl.json", `{"QueryLanguage":"JSONata","StartAt":"T","States":{"T":{"Type":"Pass","Colour":"red"}}}`)
	c.write("in.json", `{"n": 1}`)
	cases := map[string]struct {
		reason string
		args   []string
		code   int
		stdout string // part of it
		stderr []string
	}{
		"plan":              {"a table", []string{"plan"}, 0, "shop/db", nil},
		"bad plan":          {"every problem, with its position", []string{"plan", "--plan", "bad.yaml"}, 64, "", []string{"bad.yaml:1:", "no unit", "did you mean backups"}},
		"no plan":           {"it says how to begin", []string{"drill", "--plan", "none.yaml"}, 64, "", []string{"none.yaml", "--plan"}},
		"unknown database":  {"it lists those there are", []string{"drill", "nope"}, 64, "", []string{"shop/db"}},
		"which of two":      {"it lists them", []string{"drill", "--plan", "two.yaml"}, 64, "", []string{"shop/db", "shop/other"}},
		"unknown command":   {"bad usage", []string{"dril"}, 64, "", []string{"did you mean"}},
		"unknown flag":      {"bad usage", []string{"drill", "--nope"}, 64, "", []string{"--nope"}},
		"too many words":    {"bad usage", []string{"plan", "x"}, 64, "", []string{"--help"}},
		"help":              {"on stdout", []string{"drill", "--help"}, 0, "exit code is the ending", nil},
		"history":           {"there is none", []string{"history", "--json"}, 0, "[]", nil},
		"sweep":             {"nothing to do", []string{"sweep", "--dry-run", "--json"}, 0, "[]", nil},
		"machine run":       {"an hour passes at once", []string{"machine", "run", "pass.asl.json", "--input", "in.json", "--json"}, 0, `"SUCCEEDED"`, nil},
		"machine with task": {"there is nothing to run it", []string{"machine", "run", "task.asl.json"}, 64, "", []string{"Task states"}},
		"machine check":     {"by path", []string{"machine", "check", "bad.asl.json"}, 64, "", []string{"States.T.Colour", "States.T: "}},
		"machine graph":     {"Mermaid", []string{"machine", "graph", "pass.asl.json"}, 0, "flowchart TD", nil},
		"backup to nowhere": {"the password stays unsaid", []string{"backup", "--url", "postgres://u:hunter2@127.0.0.1:1/x?connect_timeout=1", "--to", "b"}, 2, "", []string{"127.0.0.1"}},
		"backup no folder":  {"bad usage", []string{"backup", "--url", "postgres://x/"}, 64, "", []string{"--to"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := &cli{t: t, dir: c.dir, env: c.env}
			code, stdout, stderr := c.run(tc.args...)
			if code != tc.code || !strings.Contains(stdout, tc.stdout) {
				t.Errorf("%s: exit %d, stdout %q, stderr %q", tc.reason, code, stdout, stderr)
			}
			for _, word := range tc.stderr {
				if !strings.Contains(stderr, word) {
					t.Errorf("%s: stderr does not say %q: %q", tc.reason, word, stderr)
				}
			}
			if strings.Contains(stdout+stderr, "\033[") {
				t.Errorf("escape codes, though this is no terminal: %q %q", stdout, stderr)
			}
			if strings.Contains(stdout+stderr, "hunter2") {
				t.Errorf("the password was printed: %q %q", stdout, stderr)
			}
			if slices.Contains(tc.args, "--json") && !json.Valid([]byte(stdout)) {
				t.Errorf("--json printed something else than one document: %q", stdout)
			}
		})
	}
}

// TestOneDocumentWhateverHappens: a script that asked for JSON reads one document
// also where a command was refused before it had begun.
func TestOneDocumentWhateverHappens(t *testing.T) {
	c := newCLI(t)
	c.write("lifeboat.yaml", smallPlan)
	c.write("bad.yaml", strings.Replace(smallPlan, "version: 1", "version: 7", 1))
	c.write("task.asl.json", `{"QueryLanguage":"JSONata","StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true}}}`)
	c.write("file", "")
	must(t, os.MkdirAll(filepath.Join(c.dir, "open"), 0o700))
	must(t, os.Chmod(filepath.Join(c.dir, "open"), 0o777))
	cases := map[string]struct {
		args []string
		code int
		name string
	}{
		"unknown command":           {[]string{"dril", "--json"}, exitUsage, ""},
		"unknown flag":              {[]string{"drill", "--nope", "--json"}, exitUsage, ""},
		"no value of --json":        {[]string{"history", "--json=maybe"}, exitUsage, ""},
		"no value of another flag":  {[]string{"evidence", "verify", "--json", "--aws=maybe"}, exitUsage, ""},
		"heads without a name":      {[]string{"evidence", "verify", "--json", "--heads", ""}, exitUsage, ""},
		"a copy without a name":     {[]string{"evidence", "verify", "--json", "--from="}, exitUsage, ""},
		"no such flag here":         {[]string{"machine", "check", "task.asl.json", "--json"}, exitUsage, ""},
		"too many words":            {[]string{"drill", "--json", "a", "b"}, exitUsage, ""},
		"no plan":                   {[]string{"drill", "--json", "--plan", "none.yaml"}, exitUsage, ""},
		"a bad plan":                {[]string{"plan", "--json=true", "--plan", "bad.yaml"}, exitUsage, ""},
		"an unknown database":       {[]string{"drill", "--json", "nope"}, exitUsage, ""},
		"a state folder of others":  {[]string{"drill", "--json", "--state-dir", "open"}, exitFailureClean, "RestoreRefused"},
		"a state folder no folder":  {[]string{"drill", "--json", "--state-dir", "file"}, exitInternal, ""},
		"sweep in one of others":    {[]string{"sweep", "--json", "--state-dir", "open"}, exitFailureDirty, "RestoreRefused"},
		"history in no folder":      {[]string{"history", "--json", "--state-dir", "file"}, exitInternal, ""},
		"no region":                 {[]string{"drill", "--aws", "--json"}, exitUsage, ""},
		"prune without a region":    {[]string{"prune", "--json"}, exitUsage, ""},
		"nothing to rehearse":       {[]string{"rehearse", "--json"}, exitUsage, ""},
		"a machine with tasks":      {[]string{"machine", "run", "task.asl.json", "--json"}, exitUsage, ""},
		"no source":                 {[]string{"backup", "--json", "--to", "b", "--url", "postgres://127.0.0.1:1/x?connect_timeout=1"}, exitFailureClean, "BackupFailed"},
		"a backup without a folder": {[]string{"backup", "--json"}, exitUsage, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := &cli{t: t, dir: c.dir, env: c.env}
			code, stdout, stderr := c.run(tc.args...)
			var document struct {
				Error struct {
					Name, What, Hint string
					ExitCode         int
				}
			}
			if err := json.Unmarshal([]byte(stdout), &document); err != nil {
				t.Fatalf("exit %d, %v: %q, stderr %q", code, err, stdout, stderr)
			}
			if e := document.Error; code != tc.code || e.ExitCode != code || e.What == "" || e.Name != tc.name {
				t.Errorf("exit %d, %+v, stderr %q", code, e, stderr)
			}
			if stderr == "" {
				t.Error("people were told nothing")
			}
		})
	}
	if entries, _ := os.ReadDir(filepath.Join(c.dir, "open")); len(entries) > 0 {
		t.Errorf("something was made in a folder of others: %v", entries)
	}
}

// TestRootInAFolderOfTheUsers is sudo in a project: refused, before anything is
// made, with what to do.
func TestRootInAFolderOfTheUsers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this is about root")
	}
	c := newCLI(t)
	c.write("lifeboat.yaml", smallPlan)
	must(t, os.Chown(c.dir, ordinary, ordinary))
	for _, command := range []string{"drill", "sweep"} {
		code, stdout, stderr := c.run(command, "--json")
		if command == "drill" && (code != exitFailureClean || !strings.Contains(stdout, "without sudo") || !strings.Contains(stderr, "--state-dir")) {
			t.Errorf("%s: exit %d, %s %s", command, code, stdout, stderr)
		}
		if !json.Valid([]byte(stdout)) {
			t.Errorf("%s: no document: %q", command, stdout)
		}
	}
	if _, err := os.Stat(filepath.Join(c.dir, ".lifeboat")); err == nil {
		t.Error("a state folder was made all the same")
	}
	root := t.TempDir()
	if code, stdout, stderr := c.run("drill", "--json", "--state-dir", root); code != exitFailureClean || !strings.Contains(stdout, "NoUsableBackup") {
		t.Errorf("in a folder of root's own: exit %d, %s %s", code, stdout, stderr)
	}
}

// TestMachineRunMatchesTheRecordedForm compares the names of the fields with
// those that scripts know from GetExecutionHistory.
func TestMachineRunMatchesTheRecordedForm(t *testing.T) {
	c := newCLI(t)
	c.write("m.asl.json", `{"QueryLanguage":"JSONata","StartAt":"F","States":{"F":{"Type":"Fail","Error":"E","Cause":"c"}}}`)
	code, stdout, _ := c.run("machine", "run", "m.asl.json", "--json")
	var result struct {
		Status, Error, Cause string
		Events               []map[string]any
	}
	if err := json.Unmarshal([]byte(stdout), &result); err != nil {
		t.Fatal(err)
	}
	if code == 0 || result.Status != "FAILED" || result.Error != "E" || result.Cause != "c" || len(result.Events) != 3 {
		t.Errorf("exit %d, %+v", code, result)
	}
	last := result.Events[2]
	details, _ := last["executionFailedEventDetails"].(map[string]any)
	if last["type"] != "ExecutionFailed" || last["id"] != 3.0 || last["previousEventId"] != 2.0 || details["error"] != "E" {
		t.Errorf("%v", last)
	}
}

// TestDamagedPageIsFound: with checksums on, reading every table to its end
// meets the damage, and the drill does not pass.
func TestDamagedPageIsFound(t *testing.T) {
	c, source := withBackup(t)
	path := source.Value("shop", "select pg_relation_filepath('orders')")
	backups, err := filepath.Glob(filepath.Join(c.dir, "backups", "*"))
	if err != nil || len(backups) != 1 {
		t.Fatal(backups, err)
	}
	f, err := os.OpenFile(filepath.Join(backups[0], path), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte("damage"), 3*8192+4000)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err) // and open for writing it would be one in the making
	}
	code, summary := c.drill()
	if code != exitFailureClean && code != exitObjectivesMissed {
		t.Errorf("with its manifest: exit %d, %s", code, summary.Ending)
	}
	// Without a manifest nothing but reading the table can find it.
	if err := os.Remove(filepath.Join(backups[0], "backup_manifest")); err != nil {
		t.Fatal(err)
	}
	code, summary = c.drill()
	if code != exitObjectivesMissed || !strings.Contains(findingsText(summary.Findings), "shop.public.orders") {
		t.Errorf("without a manifest: exit %d, %s, %v", code, summary.Ending, summary.Findings)
	}
	c.nothingLeft()
}
