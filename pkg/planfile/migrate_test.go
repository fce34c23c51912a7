package planfile

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const migrateHead = `# a plan
version: 1
deployment: prod
notify: [oncall@example.com]
regions: {primary: eu-west-1, recovery: eu-central-1}
workloads:
  - name: w
    objectives: {rto: 1h, rpo: 1h}
    databases:
`

const (
	oneCheck = "        checks: [{name: c, sql: select count(*) from t, expect: {min: 1}}]\n"
	oneLine  = "checks: [{name: \"c, d\", sql: 'select ''a, b'' from \"t\"', expect: {min: 1}}]"
)

// migrations are plans of before, and what becomes of their databases.
var migrations = map[string]struct{ reason, before, after string }{
	"neighbours": {
		"one line more, and an indentation",
		"      - name: d\n        kind: postgres\n        backups: ./b/*   # where they lie\n        database: \"shop\"\t# tab\there\n" + oneCheck,
		"      - name: d\n        kind: postgres\n        postgres:\n          backups: ./b/*   # where they lie\n          database: \"shop\"\t# tab\there\n" + oneCheck,
	},
	"comments above": {
		"they go with their keys, those behind a blank line or elsewhere do not",
		"      - name: d\n        kind: postgres\n        # far\n\n        # near\n        # nearer\n        backups: ./b/*\n        # of checks\n" + oneCheck + "        # of nobody\n",
		"      - name: d\n        kind: postgres\n        # far\n\n        postgres:\n          # near\n          # nearer\n          backups: ./b/*\n        # of checks\n" + oneCheck + "        # of nobody\n",
	},
	"apart": {
		"they meet at the first",
		"      - name: d\n        kind: postgres\n        backups: ./b/*\n        limits: {restore: 2h}\n        # a user\n        user: 'me'\n" + oneCheck + "        settings:\n          work_mem: 8MB\n\n          # more\n          jit: off\n      # the end\n",
		"      - name: d\n        kind: postgres\n        postgres:\n          backups: ./b/*\n          # a user\n          user: 'me'\n          settings:\n            work_mem: 8MB\n\n            # more\n            jit: off\n        limits: {restore: 2h}\n" + oneCheck + "      # the end\n",
	},
	"behind the hyphen": {
		"the block takes its place",
		"      - backups: ./b/*  # first\n        name: d\n        kind: postgres\n        trust: backup\n" + oneCheck,
		"      - postgres:\n          backups: ./b/*  # first\n          trust: backup\n        name: d\n        kind: postgres\n" + oneCheck,
	},
	"behind the hyphen, block below": {
		"what follows moves up",
		"      - backups: ./b/*\n        name: d\n        kind: postgres\n        postgres:\n          user: me\n" + oneCheck,
		"      - name: d\n        kind: postgres\n        postgres:\n          user: me\n          backups: ./b/*\n" + oneCheck,
	},
	"rds": {
		"from leaves the drill",
		"      - name: d\n        kind: rds-instance\n        source: orders\n        drill:\n          scenario: region-loss\n          # not from the logs\n          from: snapshot # c\n          instanceClass: db.t4g.medium\n        login: iam\n        user: u\n" + oneCheck,
		"      - name: d\n        kind: rds-instance\n        rds:\n          source: orders\n          login: iam\n          user: u\n          # not from the logs\n          from: snapshot # c\n        drill:\n          scenario: region-loss\n          instanceClass: db.t4g.medium\n" + oneCheck,
	},
	"from alone": {
		"the drill stays, with its comments",
		"      - name: d\n        kind: rds-instance\n        source: orders\n        drill: # monthly\n          from: snapshot\n" + oneCheck,
		"      - name: d\n        kind: rds-instance\n        rds:\n          source: orders\n          from: snapshot\n        drill: {} # monthly\n" + oneCheck,
	},
	"from in flow": {
		"one comma goes",
		"      - name: d\n        kind: rds-instance\n        source: orders\n        drill: {from: \"copy\", scenario: region-loss} # c\n" + oneCheck,
		"      - name: d\n        kind: rds-instance\n        rds:\n          source: orders\n          from: \"copy\"\n        drill: {scenario: region-loss} # c\n" + oneCheck,
	},
	"from alone in flow": {
		"nothing is left of it", "      - name: d\n        kind: rds-instance\n        source: orders\n        drill: { from: copy }\n" + oneCheck,
		"      - name: d\n        kind: rds-instance\n        rds:\n          source: orders\n          from: copy\n        drill: {  }\n" + oneCheck,
	},
	"a bit of both": {
		"the rest joins what is there",
		"      - name: d\n        kind: rds-instance\n        rds:\n          source: orders # s\n        login: managed-password # l\n" + oneCheck,
		"      - name: d\n        kind: rds-instance\n        rds:\n          source: orders # s\n          login: managed-password # l\n" + oneCheck,
	},
	"block in flow": {
		"the rest joins what is there",
		"      - name: d\n        kind: rds-instance\n        login: managed-password\n        rds: {source: orders} # s\n        drill: {scenario: region-loss, from: copy}\n" + oneCheck,
		"      - name: d\n        kind: rds-instance\n        rds: {source: orders, from: copy, login: managed-password} # s\n        drill: {scenario: region-loss}\n" + oneCheck,
	},
	"flow": {
		"quotes and commas in it are text",
		"      - {name: d, kind: postgres, backups: ./b/*, user: me, " + oneLine + "} # c\n",
		"      - {name: d, kind: postgres, postgres: {backups: ./b/*, user: me}, " + oneLine + "} # c\n",
	},
	"flow, apart": {
		"they meet at the first",
		"      - {name: d, backups: ./b/*, kind: postgres, " + oneLine + ", settings: {a: 'x, }'}, trust: backup}\n",
		"      - {name: d, postgres: {backups: ./b/*, settings: {a: 'x, }'}, trust: backup}, kind: postgres, " + oneLine + "}\n",
	},
	"flow, rds": {
		"from leaves the drill",
		"      - {name: d, kind: rds-instance, source: orders, drill: {scenario: region-loss, from: copy}, " + oneLine + "}\n",
		"      - {name: d, kind: rds-instance, rds: {source: orders, from: copy}, drill: {scenario: region-loss}, " + oneLine + "}\n",
	},
	"flow of several lines": {
		"comments between neighbours stay",
		"      - {\n          name: d, kind: postgres,\n          backups: ./b/*, # where\n          # who\n          user: me # end\n          , " + oneLine + "}\n",
		"      - {\n          name: d, kind: postgres,\n          postgres: {backups: ./b/*, # where\n          # who\n          user: me} # end\n          , " + oneLine + "}\n",
	},
	"JSON": {
		"it stays JSON",
		"      - {\"name\":\"d\",\"kind\":\"postgres\",\"backups\":\"./b/*\",\"checks\":[{\"name\":\"c\",\"sql\":\"select count(*) from t\",\"expect\":{\"min\":1}}]}\n",
		"      - {\"name\":\"d\",\"kind\":\"postgres\",\"postgres\": {\"backups\":\"./b/*\"},\"checks\":[{\"name\":\"c\",\"sql\":\"select count(*) from t\",\"expect\":{\"min\":1}}]}\n",
	},
	"anchors": {
		"an alias means what it meant",
		"      - name: d\n        kind: postgres\n        backups: &b ./b/*\n        settings: &s\n          jit: off\n" + oneCheck +
			"      - name: e\n        kind: postgres\n        backups: *b\n        settings: *s\n" + oneCheck,
		"",
	},
	"anchors elsewhere": {
		"the recovery is kept as it is written",
		"      - name: d\n        kind: postgres\n        backups: ./b/*\n" + oneCheck + "    recovery: {steps: [{name: r, kind: restore, database: d}, {name: a, kind: endpoint, database: d, after: &after [r]}, {name: b, kind: sql-check, database: d, after: *after}]}\n",
		"",
	},
	"an alias of a database": {
		"it moves once",
		"      - &d\n        name: d\n        kind: postgres\n        backups: ./b/*\n" + oneCheck +
			"  - name: v\n    objectives: {rto: 1h, rpo: 1h}\n    databases: [*d]\n",
		"",
	},
	"texts of several lines": {
		"their indentation is the block's",
		"      - name: d\n        kind: postgres\n        backups: >-\n          ./b/*\n        user: \"m\\\n          e\"\n        settings:\n          search_path: |-\n            a\n\n              # b\n" + oneCheck,
		"",
	},
	"no indentation of lists": {
		"YAML allows it",
		"    - name: d\n      kind: postgres\n      checks:\n      - {name: c, sql: select count(*) from t, expect: {min: 1}}\n      # where\n      backups: ./b/*\n    -\n      name: e\n      kind: postgres\n      checks:\n      - {name: c, sql: select count(*) from t, expect: {min: 1}}\n      backups: ./b/*\n    -   name: f\n        kind: postgres\n        backups: ./b/*\n" + oneCheck,
		"",
	},
	"no end of the last line": {
		"the key that moves has no line break",
		"      - name: d\n        kind: postgres\n        user: \"ü\"\n" + oneCheck + "        \"backups\": ./b/*",
		"",
	},
	"end of the document": {
		"it is no part of the value",
		"      - name: d\n        kind: postgres\n" + oneCheck + "        backups: ./b/*\n...\n# after\n",
		"",
	},
}

func TestMigrate(t *testing.T) {
	for name, c := range migrations {
		t.Run(name, func(t *testing.T) {
			before := migrateHead + c.before
			for form, change := range map[string]func(string) string{
				"plain": func(s string) string { return s },
				"CRLF":  func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
				"BOM":   func(s string) string { return byteOrderMark + s },
			} {
				after := migrated(t, form, change(before))
				if c.after != "" {
					if diff := cmp.Diff(change(migrateHead+c.after), after); diff != "" {
						t.Errorf("%s: %s (-want +got):\n%s", form, c.reason, diff)
					}
				}
			}
		})
	}
}

// migrated checks what is true of every migration.
func migrated(t *testing.T, name, before string) string {
	t.Helper()
	old, err := Parse(name, []byte(strings.TrimPrefix(before, byteOrderMark)))
	if err != nil {
		t.Fatalf("%s: the plan of before: %v\n%s", name, err, before)
	}
	m, err := Migrate(name, []byte(before))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	after := string(m.Text)
	now, err := Parse(name, m.Text)
	if err != nil {
		t.Fatalf("%s: the plan of after: %v\n%s", name, err, after)
	}
	if now.Hash != old.Hash || m.Hash != old.Hash || now.Declared != 0 || m.Keys == 0 {
		t.Errorf("%s: %d keys, hash %.8s of %.8s, warnings %v\n%s", name, m.Keys, now.Hash, old.Hash, now.Warnings, after)
	}
	if again, err := Migrate(name, m.Text); err != nil || string(again.Text) != after || again.Keys != 0 {
		t.Errorf("%s: not idempotent: %v", name, err)
	}
	if diff := cmp.Diff(substance(before), substance(after)); diff != "" {
		t.Errorf("%s: something was lost, or is new (-before +after):\n%s\n%s", name, diff, after)
	}
	return after
}

// substance is every character that a migration must keep, in no order: all but
// spaces, and what blocks are made of.
func substance(text string) string {
	text = strings.NewReplacer("\"postgres\":", "", "postgres:", "", "rds:", "", "{", "", "}", "", ",", "").Replace(text)
	characters := strings.Split(strings.Join(strings.Fields(text), ""), "")
	slices.Sort(characters)
	return strings.Join(characters, "")
}

func TestWhatCannotBeMigratedIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		reason, text string
		line, column int
	}{
		"drill is an alias": {"from would be taken from elsewhere", "      - name: d\n        kind: rds-instance\n        source: o\n        drill: &d {from: copy}\n" + oneCheck +
			"      - name: e\n        kind: rds-instance\n        source: p\n        drill: *d\n" + oneCheck, 18, 9},
		"block is an alias": {"what moves would move elsewhere", "      - name: d\n        kind: postgres\n        postgres: &p {backups: b/*}\n" + oneCheck +
			"      - name: e\n        kind: postgres\n        postgres: *p\n        user: me\n" + oneCheck, 16, 9},
		"comment in flow":   {"what is it about?", "      - {backups: b/*, # c\n        name: d, kind: postgres, # u\n        user: me,\n        " + oneLine + "}\n", 12, 9},
		"comment into flow": {"there is no room for it", "      - name: d\n        kind: postgres\n        postgres: {backups: b/*}\n        user: me # c\n" + oneCheck, 12, 19},
		"complex key":       {"its end cannot be told", "      - name: d\n        kind: postgres\n        ? backups\n        : b/*\n" + oneCheck, 12, 11},
		"no plan":           {"it cannot be used anyway", "      - name: d\n        kind: postgres\n" + oneCheck, 10, 9},
	} {
		m, err := Migrate("p", []byte(migrateHead+c.text))
		var problems Problems
		if !errors.As(err, &problems) || m.Text != nil || !slices.ContainsFunc(problems, func(p Problem) bool { return p.Line == c.line && p.Column == c.column }) {
			t.Errorf("%s: %s: %v\n%s", name, c.reason, err, m.Text)
		}
	}
}

func FuzzMigrate(f *testing.F) {
	for _, c := range migrations {
		f.Add([]byte(migrateHead + c.before))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Migrate("p", data)
		if err != nil {
			return
		}
		now, err := Parse("p", []byte(strings.TrimPrefix(string(m.Text), byteOrderMark)))
		if err != nil || now.Hash != m.Hash {
			t.Errorf("it means something else: %v", err)
		}
	})
}
