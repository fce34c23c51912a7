package planfile

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// backedUp is a plan whose policy holds.
const backedUp = `version: 1
deployment: prod
notify: [oncall@example.com]
regions: {primary: eu-west-1, recovery: eu-central-1}
backup:
  manage: true
  rules:
    - {name: nightly, schedule: 'cron(0 1 * * ? *)'}
workloads:
  - name: orders
    objectives: {rto: 4h, rpo: 7d}
    databases:
      - name: orders-db
        kind: rds-instance
        rds: {source: orders-prod}
        backup: {maintenanceWindow: "sun:04:00-sun:04:30"}
        checks:
          - name: orders are there
            sql: select count(*) from orders
            expect: {min: 1000}
`

const (
	theRule   = "- {name: nightly, schedule: 'cron(0 1 * * ? *)'}"
	theWindow = `{maintenanceWindow: "sun:04:00-sun:04:30"}`
)

// asRule replaces the keys of the rule.
func asRule(keys string) (from, to string) { return theRule, "- {name: nightly, " + keys + "}" }

func TestBackupPoliciesThatAreRefused(t *testing.T) {
	const nightly = "schedule: 'cron(0 1 * * ? *)', "
	type change struct{ old, new string }
	rule := func(keys string) change { old, to := asRule(keys); return change{old, to} }
	own := func(keys string) change { return change{theWindow, keys} }
	top := func(keys string) change { return change{"  manage: true\n", keys} }
	for name, c := range map[string]struct {
		reason string
		change
		line    int
		mention []string
	}{
		"half-hourly":                      {"AWS Backup takes hourly at most", rule("schedule: 'cron(0/30 * * * ? *)'"), 8, []string{"after 30m again", "hourly at most", "pointInTime"}},
		"uneven":                           {"it comes 6 times a day, twice within a quarter", rule("schedule: 'cron(0,15 1,9,17 * * ? *)'"), 8, []string{"after 15m"}},
		"a rate":                           {"AWS Backup knows cron only", rule("schedule: 'rate(1 hour)'"), 8, []string{"is a rate", "cron(0 * * * ? *)"}},
		"crontab's five fields":            {"AWS takes six", rule("schedule: 'cron(0 1 * * *)'"), 8, []string{"5 fields"}},
		"no schedule":                      {"AWS has a default that nobody meant", rule("retention: 7d"), 8, []string{"no schedule"}},
		"once":                             {"data ages without end after it", rule("schedule: 'cron(0 1 1 1 ? 2030)'"), 8, []string{"does not come again"}},
		"short start window":               {"AWS refuses it", rule(nightly + "startWindow: 30m"), 8, []string{"60 minutes at least"}},
		"start window in seconds":          {"it would be cut", rule(nightly + "startWindow: 90m30s"), 8, []string{"whole minutes"}},
		"completion before the start":      {"AWS refuses it", rule(nightly + "startWindow: 4h, completionWindow: 4h"), 8, []string{"5h, or more"}},
		"retention in hours":               {"AWS counts days", rule(nightly + "retention: 36h"), 8, []string{"whole days"}},
		"retention for ever":               {"36500 days are AWS's most", rule(nightly + "retention: 36500d1d"), 8, []string{"no duration"}},
		"cold storage":                     {"RDS has none", rule(nightly + "retention: 365d, coldAfter: 30d"), 8, []string{"no cold storage"}},
		"cold storage for too short":       {"90 days are AWS's least", rule(nightly + "retention: 100d, coldAfter: 30d"), 8, []string{"90 days", "120d at least"}},
		"copies cold for too short":        {"they are a lifecycle of their own", rule(nightly + "retention: 365d, copyRetention: 35d, coldAfter: 30d"), 8, []string{"copies are kept for 35d"}},
		"no name":                          {"findings name it", change{theRule, "- {schedule: 'cron(0 1 * * ? *)'}"}, 8, []string{"the rule has no name"}},
		"a name twice":                     {"which of them failed?", change{theRule, theRule + "\n    " + theRule}, 9, []string{"stands twice"}},
		"a name with a space":              {"AWS refuses it", change{"name: nightly", "name: every night"}, 8, []string{"no name of a rule"}},
		"eleven rules":                     {"ten are AWS's most", change{theRule, elevenRules()}, 8, []string{"11 rules", "10 of a backup plan"}},
		"below the lock":                   {"the job would fail", top("  manage: true\n  lock: {min: 50d}\n"), 9, []string{"minimum is 50d", "job would fail"}},
		"above the lock":                   {"the job would fail", top("  manage: true\n  retention: 60d\n  lock: {max: 50d}\n"), 10, []string{"maximum is 50d"}},
		"a copy below the lock":            {"it is a job of its own", change{theRule, "- {name: nightly, schedule: 'cron(0 1 * * ? *)', copyRetention: 7d}\n  lock: {min: 14d}"}, 8, []string{"copies are kept for 7d"}},
		"lock upside down":                 {"nothing could be both", top("  manage: true\n  lock: {min: 60d, max: 30d}\n"), 7, []string{"longer than max"}},
		"lock of nothing":                  {"it would be ignored", top("  manage: true\n  immutability: none\n  lock: {min: 7d}\n"), 8, []string{"nothing says that the vaults are locked"}},
		"grace of governance":              {"it has none", top("  manage: true\n  immutability: governance\n  lock: {grace: 3d}\n"), 8, []string{"only compliance"}},
		"short grace":                      {"AWS takes three days", top("  manage: true\n  immutability: compliance\n  lock: {grace: 2d}\n"), 8, []string{"three at least"}},
		"air-gapped":                       {"RDS instances do not reach it", top("  manage: true\n  immutability: air-gapped\n"), 7, []string{"rds-instance has no air-gapped", "normal vault only"}},
		"air-gapped for three days":        {"seven are AWS's least", change{theRule, "- {name: nightly, schedule: 'cron(0 1 * * ? *)', retention: 3d}\n  immutability: air-gapped"}, 8, []string{"minimum is 7d", "air-gapped vault"}},
		"air-gapped lock of three days":    {"seven are AWS's least", top("  manage: true\n  immutability: air-gapped\n  lock: {min: 3d}\n"), 8, []string{"7d at least"}},
		"continuous and hourly":            {"they exclude each other", change{theRule, theRule + "\n    - {name: hourly, schedule: 'cron(0 * * * ? *)'}\n    - {name: pit, schedule: 'cron(0 2 * * ? *)', continuous: true}"}, 9, []string{"exclude each other", "never copied", "pointInTime: native or replicated"}},
		"continuous and hourly elsewhere":  {"the policy's other rules count too", own("{rules: [{name: pit, schedule: 'cron(0 2 * * ? *)', continuous: true}, {name: often, schedule: 'cron(0 0/6 * * ? *)'}]}"), 16, []string{"snapshots every 6h", "exclude each other"}},
		"frequent copies of continuous":    {"one rule cannot be both", rule("schedule: 'cron(0 * * * ? *)', continuous: true, copy: true"), 8, []string{"copies of a continuous backup every 1h", "never copied"}},
		"two continuous rules":             {"there is one such point", rule(nightly + "continuous: true}\n    - {name: second, schedule: 'cron(0 5 * * ? *)', continuous: true"), 9, []string{"a second continuous rule"}},
		"continuous for long":              {"35 days are AWS's most", rule(nightly + "continuous: true, retention: 60d"), 8, []string{"35 days at most"}},
		"continuous that expires":          {"the one point would expire between two runs", rule("schedule: 'cron(0 1 ? * SUN *)', continuous: true, retention: 7d"), 8, []string{"would expire"}},
		"continuous and native":            {"two would change one setting", change{theRule, "- {name: nightly, schedule: 'cron(0 1 * * ? *)', continuous: true}\n  pointInTime: native"}, 8, []string{"continuous", "to be native"}},
		"vault name":                       {"AWS refuses it", top("  manage: true\n  vault: my vault\n"), 7, []string{"no name of a backup vault"}},
		"plan by its ARN":                  {"it is asked for by its id", top("  manage: true\n  plan: \"arn:aws:backup:eu-west-1:111122223333:backup-plan:abc\"\n"), 7, []string{"no id of a backup plan"}},
		"plan and tags":                    {"what it selects is its own", top("  manage: true\n  plan: 0f1c\n  tagged: {Backup: daily}\n"), 8, []string{"never changes it"}},
		"plan without rules, managed":      {"derived rules nobody would follow", change{"  manage: true\n  rules:\n    " + theRule + "\n", "  manage: true\n  plan: 0f1c\n"}, 7, []string{"nothing says what the backup plan should hold", "or remove plan"}},
		"a start window of months":         {"such a backup is none", rule(nightly + "startWindow: 60d, completionWindow: 90d"), 8, []string{"no backup that may start"}},
		"plan without rules":               {"nothing to compare it with", change{"  manage: true\n  rules:\n    " + theRule + "\n", "  manage: false\n  plan: 0f1c\n"}, 7, []string{"nothing says what the backup plan should hold"}},
		"tags and nothing made":            {"there would be no selection", top("  manage: false\n  tagged: {Backup: daily}\n"), 7, []string{"makes no selection"}},
		"no tags":                          {"everything carries all of none", top("  manage: true\n  tagged: {}\n"), 7, []string{"names no tag"}},
		"lifeboat's own tags":              {"copies carry them", top("  manage: true\n  tagged: {\"lifeboat:deployment\": prod}\n"), 7, []string{"prefix lifeboat"}},
		"no word on manage":                {"it costs money or data", top("  retention: 35d\n"), 6, []string{"nothing says whether lifeboat makes the backups", "manage: false"}},
		"immutability":                     {"no such word", top("  manage: true\n  immutability: worm\n"), 7, []string{`"worm" is no immutability`}},
		"replicated to nowhere":            {"there is no other region", change{"regions: {primary: eu-west-1, recovery: eu-central-1}\nbackup:\n", "regions: {primary: eu-west-1}\nbackup:\n  pointInTime: replicated\n"}, 6, []string{"no region to replicate to"}},
		"copies to nowhere":                {"there is no other place", change{", recovery: eu-central-1}\nbackup:\n  manage: true\n  rules:\n    " + theRule, "}\nbackup:\n  manage: true\n  rules:\n    - {name: nightly, schedule: 'cron(0 1 * * ? *)', copy: true}"}, 8, []string{"no place that copies could come to"}},
		"recovery vault of nowhere":        {"it would be lost with the databases", change{", recovery: eu-central-1}\nbackup:\n", "}\nbackup:\n  recoveryVault: copies\n"}, 6, []string{"is lost with them"}},
		"retention of no copies":           {"it would be ignored", rule(nightly + "copy: false, copyRetention: 7d"), 8, []string{"makes no copies"}},
		"no maintenance window":            {"RDS writes it otherwise", own(`{maintenanceWindow: "sunday 4:00"}`), 16, []string{"no weekly window", "sun:04:00-sun:04:30"}},
		"short maintenance window":         {"half an hour is RDS's least", own(`{maintenanceWindow: "sun:04:00-sun:04:10"}`), 16, []string{"shorter than 30m"}},
		"no automated window":              {"it is a daily one", own(`{automatedWindow: "sun:04:00-sun:04:30"}`), 16, []string{"no daily window"}},
		"windows that overlap":             {"RDS refuses that", own(`{maintenanceWindow: "sun:02:15-sun:02:45", automatedWindow: "02:00-02:30"}`), 16, []string{"overlaps the maintenance window"}},
		"windows that overlap at midnight": {"a window may reach the next day", own(`{maintenanceWindow: "mon:00:00-mon:00:30", automatedWindow: "23:45-00:15"}`), 16, []string{"overlaps"}},
		"bucket of an instance":            {"AWS keeps its backups", own("{bucket: {name: acme-dumps}}"), 16, []string{"rds-instance has no bucket"}},
		"no rules of its own":              {"nobody knows whether none or the policy's are meant", own("{rules: []}"), 16, []string{"there is no rule"}},
		"a text for the block":             {"a mapping is expected", own("daily"), 16, []string{"a mapping with keys", "pointInTime, rules"}},
	} {
		t.Run(name, func(t *testing.T) {
			refusal{reason: c.reason, old: c.old, new: c.new, line: c.line, mention: c.mention}.at(t, backedUp)
		})
	}
}

func elevenRules() string {
	list := make([]string, 11)
	for i := range list {
		list[i] = strings.Replace(theRule, "nightly", "nightly-"+string(rune('a'+i)), 1)
	}
	return strings.Join(list, "\n    ")
}

// at is check where the column says nothing: the line does.
func (c refusal) at(t *testing.T, base string) {
	t.Helper()
	text := strings.Replace(base, c.old, c.new, 1)
	if text == base {
		t.Fatal("the case changes nothing")
	}
	refusedAt(t, text, c.reason, c.line, c.mention...)
}

func refusedAt(t *testing.T, text, reason string, line int, mention ...string) {
	t.Helper()
	_, err := Parse("lifeboat.yaml", []byte(text))
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("%s: accepted, error %v", reason, err)
	}
	i := slices.IndexFunc(problems, func(p Problem) bool {
		return p.Line == line && strings.Contains(p.String(), mention[0])
	})
	if i < 0 {
		t.Fatalf("%s: no %q in line %d: %v", reason, mention[0], line, err)
	}
	for _, word := range mention {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %q does not mention %q", reason, err, word)
		}
	}
}

// What needs two places of a plan.
func TestBackupPoliciesThatContradictThemselves(t *testing.T) {
	edit := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(backedUp) }
	for name, c := range map[string]struct {
		reason, text string
		line         int
		mention      []string
	}{
		"continuous with the window": {"AWS Backup takes it over", edit(theRule, "- {name: pit, schedule: 'cron(0 1 * * ? *)', continuous: true}", theWindow, `{automatedWindow: "02:00-02:30"}`), 16, []string{"window of automated backups", "takes the automated backups"}},
		"plan and own rules":         {"nothing would follow them", edit("  manage: true\n", "  manage: true\n  plan: 0f1c\n", theWindow, "{rules: [{name: own, schedule: 'cron(0 2 * * ? *)'}]}"), 17, []string{"rules of its own", "nothing would follow"}},
		"tags of copies":             {"a drill's copy would be backed up", edit("  manage: true\n", "  manage: true\n  tagged: {Team: payments}\n", "workloads:", "tags: {Team: payments, CostCenter: \"1\"}\nworkloads:"), 7, []string{"copies of drills of orders-db carry these tags"}},
		"tags of one database's":     {"drill.tags reach copies as well", edit("  manage: true\n", "  manage: true\n  tagged: {Team: payments}\n", "        checks:", "        drill: {tags: {Team: payments}}\n        checks:"), 7, []string{"carry these tags"}},
		"derived rules and the lock": {"their jobs would fail", edit("  manage: true\n  rules:\n    "+theRule+"\n", "  manage: true\n  retention: 14d\n  lock: {min: 30d}\n"), 7, []string{"derived rules are kept for 14d", "job would fail"}},
		"no database on AWS":         {"nothing would be backed up", strings.Replace(good, "workloads:", "backup: {manage: true}\nworkloads:", 1), 3, []string{"no database of the plan is on AWS"}},
		"rules of files":             {"they would be ignored", strings.Replace(good, "        checks:", "        backup: {rules: [{name: a, schedule: 'cron(0 1 * * ? *)'}]}\n        checks:", 1), 10, []string{"kind postgres has no rules"}},
		"point in time of files":     {"it would be ignored", strings.Replace(good, "        checks:", "        backup: {pointInTime: native}\n        checks:", 1), 10, []string{"kind postgres has no pointInTime"}},
		"a bucket without a name":    {"which one?", strings.Replace(good, "        checks:", "        backup: {bucket: {objectLock: governance}}\n        checks:", 1), 10, []string{"the bucket has no name"}},
		"no name of a bucket":        {"S3 refuses it", strings.Replace(good, "        checks:", "        backup: {bucket: {name: Acme_Dumps}}\n        checks:", 1), 10, []string{"cannot be the name of a bucket"}},
		"a bucket made nowhere":      {"a plan without regions is not deployed", strings.Replace(good, "        checks:", "        backup: {bucket: {name: acme-dumps, manage: true}}\n        checks:", 1), 10, []string{"where the bucket is made"}},
		"retention without a lock":   {"it would be ignored", strings.Replace(good, "        checks:", "        backup: {bucket: {name: acme-dumps, objectLock: none, retention: 7d}}\n        checks:", 1), 10, []string{"nothing locks the objects"}},
		"one bucket, two locks":      {"a bucket has one", "regions: {primary: eu-west-1}\n" + strings.Replace(good, "        checks:", "        backup: {bucket: {name: acme-dumps, manage: true}}\n        checks:", 1) + strings.Replace(good[strings.Index(good, "      - name: orders-db"):], "orders-db\n        kind: postgres\n", "other-db\n        kind: postgres\n        backup: {bucket: {name: acme-dumps, manage: true, retention: 7d}}\n", 1), 18, []string{"with another lock"}},
	} {
		t.Run(name, func(t *testing.T) { refusedAt(t, c.text, c.reason, c.line, c.mention...) })
	}
}

// Of each rule the legitimate neighbour, which it must let through.
func TestBackupPoliciesThatAreAccepted(t *testing.T) {
	edit := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(backedUp) }
	rule := func(keys string) string { old, to := asRule(keys); return edit(old, to) }
	const nightly = "schedule: 'cron(0 1 * * ? *)', "
	for name, text := range map[string]string{
		"as it is":                                 backedUp,
		"hourly":                                   rule("schedule: 'cron(0 * * * ? *)'"),
		"an hour between two of a day":             rule("schedule: 'cron(30 1,2,5 * * ? *)'"),
		"weekdays":                                 rule("schedule: 'cron(0 1 ? * MON-FRI *)', startWindow: 8h, completionWindow: 9h"),
		"AWS's own example":                        rule("schedule: 'cron(0 5 ? * * *)'"),
		"the lock's own bounds":                    edit("  manage: true\n", "  manage: true\n  lock: {min: 35d, max: 35d}\n"),
		"compliance with the least grace":          edit("  manage: true\n", "  manage: true\n  immutability: compliance\n  lock: {grace: 3d}\n"),
		"a lock that no derived rule meets":        edit("  manage: true\n", "  manage: true\n  lock: {min: 90d}\n", "    - {name: nightly, schedule: 'cron(0 1 * * ? *)'}", "    - {name: nightly, schedule: 'cron(0 1 * * ? *)', retention: 90d}"),
		"no lock at all":                           edit("  manage: true\n", "  manage: true\n  immutability: none\n"),
		"a lock that is only checked":              edit("  manage: true\n", "  manage: false\n  immutability: governance\n  lock: {min: 7d}\n"),
		"continuous beside daily snapshots":        edit(theRule, theRule+"\n    - {name: pit, schedule: 'cron(0 2 * * ? *)', continuous: true}"),
		"continuous with a daily copy":             rule(nightly + "continuous: true, copy: true"),
		"an hourly continuous rule without copies": edit(theRule, "- {name: pit, schedule: 'cron(0 * * * ? *)', continuous: true}", "checks:", "drill: {scenario: operator-error}\n        checks:"),
		"native points in time and hourly":         edit(theRule, "- {name: hourly, schedule: 'cron(0 * * * ? *)'}\n  pointInTime: replicated", theWindow, `{automatedWindow: "02:00-02:30", maintenanceWindow: "sun:02:30-sun:03:00"}`),
		"an existing plan with its rules":          edit("  manage: true\n", "  manage: false\n  plan: 0f1c6a1e-8b5e-4d3a-9f0e-2b7c8d9e0f1a\n  vault: existing\n  recoveryVault: copies\n"),
		"another plan for one database":            edit("  manage: true\n", "  manage: false\n  plan: 0f1c\n", theWindow, "{rules: [{name: own, schedule: 'cron(0 2 * * ? *)'}]}"),
		"tags that only production carries":        edit("  manage: true\n", "  manage: true\n  tagged: {Team: payments, Backup: daily}\n", "workloads:", "tags: {Team: payments}\nworkloads:"),
		"the same key, another value":              edit("  manage: true\n", "  manage: true\n  tagged: {Backup: daily}\n", "workloads:", "tags: {Backup: never}\nworkloads:"),
		"a tag of CloudFormation":                  edit("  manage: true\n", "  manage: true\n  tagged: {\"aws:cloudformation:stack-name\": shop}\n"),
		"a database's own, without a policy":       edit("backup:\n  manage: true\n  rules:\n    "+theRule+"\n", "", theWindow, "{rules: [{name: own, schedule: 'cron(0 2 * * ? *)'}]}"),
		"no copies although there is a place":      edit(theRule, "- {name: nightly, schedule: 'cron(0 1 * * ? *)', copy: false}", "checks:", "drill: {scenario: operator-error}\n        checks:"),
		"a maintenance window over the week's end": edit(theWindow, `{maintenanceWindow: "Sat:23:30-Sun:00:30", automatedWindow: "00:30-01:00"}`),
		"dumps in a bucket":                        strings.Replace(good, "        checks:", "        backup: {bucket: {name: acme.dumps-1, objectLock: compliance, retention: 90d}}\n        checks:", 1),
		"dumps in a bucket of a plan with regions": "regions: {primary: eu-west-1}\n" + strings.Replace(good, "        checks:", "        backup: {bucket: {name: acme-dumps, manage: true}}\n        checks:", 1),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse("lifeboat.yaml", []byte(text)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBackupsThatWereMeant(t *testing.T) {
	_, err := Parse("p", []byte(strings.Replace(good, "backups: ./backups/*", "backup: ./backups/*", 1)))
	if err == nil || !strings.Contains(err.Error(), "did you mean backups") {
		t.Errorf("%v", err)
	}
	_, err = Parse("p", []byte(strings.Replace(backedUp, theWindow, "./backups/*", 1)))
	if err == nil || strings.Contains(err.Error(), "did you mean backups") {
		t.Errorf("an instance has no backups: %v", err)
	}
}

// Evidence of before there were policies names its plan for good.
func TestPlansWithoutAPolicyKeepTheirHash(t *testing.T) {
	const before = "1c8e1c6dc7d7bb5184577d4a101e4c2057ffe7ea3704f24273c465871552bdc5"
	loaded, err := Parse("p", []byte(goodRDS))
	if err != nil || loaded.Hash != before {
		t.Errorf("%v, %v", loaded, err)
	}
}

func TestComplianceIsWarnedOf(t *testing.T) {
	for name, text := range map[string]string{
		"vaults": strings.Replace(backedUp, "  manage: true\n", "  manage: true\n  immutability: compliance\n", 1),
		"bucket": strings.Replace(good, "        checks:", "        backup: {bucket: {name: acme-dumps, objectLock: compliance}}\n        checks:", 1),
	} {
		loaded, err := Parse("p", []byte(text))
		if err != nil || !strings.Contains(loaded.Warnings.Error(), "cannot be undone by anybody") {
			t.Errorf("%s: %v, %v", name, loaded.Warnings, err)
		}
	}
}

// A lock's bounds that nobody said are those of today's rules, for good.
func TestComplianceIsWarnedOfItsBounds(t *testing.T) {
	for lock, warned := range map[string]bool{"": true, "  lock: {min: 1d}\n": true, "  lock: {min: 1d, max: 400d}\n": false} {
		loaded, err := Parse("p", []byte(strings.Replace(backedUp, "  manage: true\n", "  manage: true\n  immutability: compliance\n"+lock, 1)))
		if err != nil || strings.Contains(loaded.Warnings.Error(), "room for the retentions") != warned {
			t.Errorf("%q: %v, %v", lock, loaded, err)
		}
	}
}

func TestNormalisedBackups(t *testing.T) {
	base, err := Parse("p", []byte(backedUp))
	if err != nil {
		t.Fatal(err)
	}
	b := base.Plan.Backup
	if b.Immutability != plan.ImmutabilityGovernance || b.Retention != plan.DefaultBackupRetention || b.Rules[0].StartWindow != plan.DefaultStartWindow || !*b.Rules[0].Copy {
		t.Errorf("defaults are missing: %+v", b)
	}
	spelt := strings.Replace(backedUp, "cron(0 1 * * ? *)'}", "cron(0 1 * * ? *)', startWindow: 1h, completionWindow: 7d, retention: 35d, copy: true, copyRetention: 35d}\n  immutability: governance\n  retention: 840h", 1)
	if same, err := Parse("p", []byte(spelt)); err != nil || same.Hash != base.Hash {
		t.Errorf("defaults that are written out change the hash: %v", err)
	}
	here := strings.Replace(backedUp, "        checks:", "        drill: {scenario: operator-error}\n        checks:", 1)
	copied, err := Parse("p", []byte(here))
	if err != nil {
		t.Fatal(err)
	}
	if other, err := Parse("p", []byte(strings.Replace(here, "cron(0 1 * * ? *)'}", "cron(0 1 * * ? *)', copy: false}", 1))); err != nil || other.Hash == copied.Hash {
		t.Errorf("no copies mean the same as copies: %v", err)
	}
}
