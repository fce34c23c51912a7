package planfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

const goodRDS = `version: 1
deployment: prod
regions: {primary: eu-west-1, recovery: eu-central-1}
accounts: {primary: "111122223333", recovery: "444455556666"}
evidence: {retention: 400d}
workloads:
  - name: orders
    objectives: {rto: 60m, rpo: 1h}
    databases:
      - name: orders-db
        kind: rds-instance
        source: orders-prod
        login: iam
        user: drill
        drill:
          scenario: account-loss
          from: snapshot
          instanceClass: db.t4g.medium
          # room for a subnet group
          # and for security groups
          parameterGroup: orders-postgres16
          optionGroup: default:postgres-16
          kmsKey: alias/orders
        limits: {restore: 48h, validate: 840s, statement: 600s}
        checks:
          - name: orders are there
            sql: select count(*) from orders
            expect: {min: 1000}
        customCheck:
          name: the shop works
          function: arn:aws:lambda:eu-central-1:111122223333:function:check-orders:live
notify: [oncall@example.com]
`

const rdsChecks = `        checks:
          - name: orders are there
            sql: select count(*) from orders
            expect: {min: 1000}
`

const rdsCustom = `        customCheck:
          name: the shop works
          function: arn:aws:lambda:eu-central-1:111122223333:function:check-orders:live
`

func TestWhatAnRDSInstanceCannotHave(t *testing.T) {
	const function = "arn:aws:lambda:eu-central-1:111122223333:function:check-orders:live"
	cases := map[string]refusal{
		"account as number":      {"YAML would drop its leading zeros", `"111122223333"`, `111122223333`, 4, 21, []string{"in quotes"}},
		"short account":          {"it has 12 digits", `"111122223333"`, `"11112222333"`, 4, 21, []string{"no AWS account", "12 digits"}},
		"no primary account":     {"it owns the backups", `primary: "111122223333", `, ``, 4, 11, []string{"primary account is missing"}},
		"same account":           {"losing it would lose both", `"444455556666"`, `"111122223333"`, 4, 47, []string{"losing it would lose both"}},
		"no recovery account":    {"only backups there survive", `, recovery: "444455556666"`, ``, 16, 21, []string{"needs a recovery account", "accounts.recovery"}},
		"short retention":        {"gone before anybody asks", "400d", "12h", 5, 23, []string{"1d at least"}},
		"no retention":           {"zero is no default that is written down", "400d", "0s", 5, 23, []string{"1d at least"}},
		"empty evidence":         {"it says nothing", "{retention: 400d}", "{}", 5, 11, []string{"1d at least"}},
		"half a day":             {"retention counts in whole days", "400d", "36h", 5, 23, []string{"whole days"}},
		"endless retention":      {"nothing can shorten it", "400d", "900000h", 5, 23, []string{"hundred years"}},
		"no regions":             {"where would it be restored?", "regions: {primary: eu-west-1, recovery: eu-central-1}\n", "", 1, 1, []string{"no regions", "orders/orders-db"}},
		"no source":              {"which instance?", "        source: orders-prod\n", "", 10, 9, []string{"which database"}},
		"source with underscore": {"RDS has no such name", "orders-prod", "orders_prod", 12, 17, []string{"identifier"}},
		"source with digit":      {"a letter comes first", "orders-prod", "1orders", 12, 17, []string{"a letter first"}},
		"source, two hyphens":    {"RDS refuses them", "orders-prod", "orders--prod", 12, 17, []string{"single hyphens"}},
		"source, hyphen last":    {"RDS refuses it", "orders-prod", "orders-", 12, 17, []string{"no hyphen last"}},
		"source, 64 characters":  {"63 at most", "orders-prod", strings.Repeat("a", 64), 12, 17, []string{"63"}},
		"unknown login":          {"no such way in", "login: iam", "login: password", 13, 16, []string{"managed-password, iam"}},
		"iam without user":       {"who logs in?", "        user: drill\n", "", 10, 9, []string{"nothing says who logs in", "rds_iam"}},
		"user as wildcard":       {"it would stand for every user in the policy", "user: drill", `user: "*"`, 14, 15, []string{"IAM authentication"}},
		"user of nobody":         {"the master user logs in", "        login: iam\n", "", 13, 15, []string{"login: iam"}},
		"unknown from":           {"no such backup", "from: snapshot", "from: tape", 17, 17, []string{"snapshot, pitr, copy"}},
		"pitr, account lost":     {"logs stay in their account", "from: snapshot", "from: pitr", 17, 17, []string{"loss of its account"}},
		"class":                  {"not a class", "db.t4g.medium", "t4g.medium", 18, 26, []string{"db.t4g.medium"}},
		"class without size":     {"not a class", "db.t4g.medium", "db.t4g", 18, 26, []string{"instance class"}},
		"subnet group":           {"the checks reach no other network", "# room for a subnet group", "subnetGroup: isolated", 19, 24, []string{"subnetGroup cannot be chosen", "custom-checks.md"}},
		"security group":         {"the same", "# and for security groups", "securityGroups: [sg-0123456789abcdef0]", 20, 27, []string{"securityGroups cannot be chosen"}},
		"nobody to notify":       {"alarms would reach no one", "notify: [oncall@example.com]\n", "", 1, 1, []string{"nobody is named", "orders/orders-db"}},
		"ticket to nobody":       {"no address", "notify: [oncall@example.com]", "notify: [oncall@example.com]\ntickets: [the team]", 33, 11, []string{"no e-mail address"}},
		"one zone":               {"RDS wants two", "recovery: eu-central-1}", "recovery: eu-central-1, zones: [eu-central-1a]}", 3, 62, []string{"1 zones", "two at least"}},
		"zone elsewhere":         {"copies are made in the recovery region", "recovery: eu-central-1}", "recovery: eu-central-1, zones: [eu-central-1a, eu-west-1b]}", 3, 78, []string{"no zone of eu-central-1"}},
		"zone twice":             {"one of them is meant to be another", "recovery: eu-central-1}", "recovery: eu-central-1, zones: [eu-central-1a, eu-central-1a]}", 3, 78, []string{"stands twice"}},
		"local zone":             {"RDS's subnets are in the region's own", "recovery: eu-central-1}", "recovery: eu-central-1, zones: [eu-central-1a, eu-central-1-ham-1a]}", 3, 78, []string{"no zone of"}},
		"long deployment":        {"the bucket's name would be too long", "deployment: prod", "deployment: payments-platform-production1", 2, 13, []string{"29 characters", "room for 28", "bucket", "63"}},
		"parameter group":        {"no such name", "orders-postgres16", "orders_postgres16", 21, 27, []string{"DB parameter group"}},
		"option group":           {"no such name", "default:postgres-16", "default-:x", 22, 24, []string{"option group"}},
		"key id":                 {"in which region?", "alias/orders", "1234abcd-12ab-34cd-56ef-1234567890ab", 23, 19, []string{"ARN or alias"}},
		"key elsewhere":          {"it is lost with its region", "alias/orders", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", 23, 19, []string{"lies in eu-west-1 and not in eu-central-1"}},
		"restore limit":          {"waiting does not mend it", "48h", "49h", 24, 27, []string{"48h at most"}},
		"validate limit":         {"a Lambda function runs 15 minutes", "validate: 840s", "validate: 15m", 24, 42, []string{"840s at most", "15 minutes"}},
		"statement limit":        {"a Lambda function runs 15 minutes", "statement: 600s", "statement: 601s", 24, 59, []string{"600s at most"}},
		"only proof":             {"nothing would have to hold", rdsChecks + rdsCustom, strings.Replace(rdsChecks, "            expect", "            stage: proof\n            expect", 1), 26, 11, []string{"stage gate"}},
		"no check at all":        {"nobody asked anything", rdsChecks + rdsCustom, "        checks: []\n", 25, 17, []string{"no check"}},
		"custom has no name":     {"evidence names it", "          name: the shop works\n", "", 30, 11, []string{"no name"}},
		"custom as a check":      {"one result would stand for both", "the shop works", "orders are there", 30, 17, []string{"stands twice"}},
		"custom by name":         {"the machine calls ARNs", function, "check-orders", 31, 21, []string{"no ARN of a Lambda function"}},
		"custom is a layer":      {"a layer cannot be called", "function:check-orders:live", "layer:check-orders:1", 31, 21, []string{"no ARN of a Lambda function"}},
		"custom in two parts":    {"one version or alias", "check-orders:live", "check-orders:live:1", 31, 21, []string{"no ARN of a Lambda function"}},
		"custom elsewhere":       {"Lambda calls no function of another region", "lambda:eu-central-1", "lambda:eu-west-1", 31, 21, []string{"lies in eu-west-1 and not in eu-central-1"}},
		"custom, partition":      {"no ARN of that region reads so", "arn:aws:lambda", "arn:aws-us-gov:lambda", 31, 21, []string{"partition aws-us-gov and not in aws"}},
		"key, partition":         {"the same", "alias/orders", "arn:aws-cn:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", 23, 19, []string{"partition aws-cn and not in aws"}},
		"two partitions":         {"no copy crosses them", "recovery: eu-central-1}", "recovery: us-gov-east-1}", 3, 41, []string{"us-gov-east-1 is a region of the partition aws-us-gov", "name a region of aws"}},
		"partition apart":        {"lifeboat does not know its names", "primary: eu-west-1", "primary: us-iso-east-1", 3, 20, []string{"aws-iso"}},
		"sovereign partition":    {"the same", "recovery: eu-central-1}", "recovery: eusc-de-east-1}", 3, 41, []string{"aws-eusc"}},
		"name of the kept stack": {"two deployments would have one stack", "deployment: prod", "deployment: prod-kept", 2, 13, []string{"prod-kept", "lifeboat-prod-kept", "rename"}},
		"name of the backups":    {"the same", "deployment: prod", "deployment: prod-backups", 2, 13, []string{"prod-backups", "lifeboat-prod-backups", "rename"}},
		"name of the vault":      {"the same", "deployment: prod", "deployment: prod-vault", 2, 13, []string{"prod-vault", "lifeboat-prod-vault", "rename"}},
		"name of the copies":     {"two deployments would have one vault", "deployment: prod", "deployment: prod-copies", 2, 13, []string{"prod-copies", "lifeboat-prod-copies", "rename"}},
		"names of alarms":        {"two deployments would have one alarm", "deployment: prod", "deployment: prod-drill-x", 2, 13, []string{"alarms", "rename"}},
		"a glob of backups":      {"kind postgres has it", "login: iam", "backups: ./b/*\n        login: iam", 13, 18, []string{"no backups"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { c.check(t, goodRDS) })
	}
}

// A copy is made in the recovery region in every scenario, so what it needs lies
// there.
func TestWhatTheCopyNeedsLiesWhereItIsMade(t *testing.T) {
	for _, scenario := range []string{"account-loss", "region-loss", "operator-error"} {
		for what, change := range map[string][]string{
			"function": {"lambda:eu-central-1", "lambda:eu-west-1"},
			"key":      {"alias/orders", "arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
		} {
			text := strings.NewReplacer(append(change, "scenario: account-loss", "scenario: "+scenario)...).Replace(goodRDS)
			if _, err := Parse("p", []byte(text)); err == nil || !strings.Contains(err.Error(), "lies in eu-west-1 and not in eu-central-1") {
				t.Errorf("%s: the %s of the primary region: %v", scenario, what, err)
			}
		}
	}
}

func TestWhatOtherKindsCannotHave(t *testing.T) {
	checks := "\n        checks: [{name: c, sql: select 1, expect: {equals: 1}}]\n"
	database := func(kind, rest string) string {
		return "version: 1\ndeployment: prod\nworkloads:\n  - name: w\n    objectives: {rto: 1h, rpo: 1h}\n    databases:\n      - name: d\n        kind: " + kind + "\n        " + rest + checks
	}
	cases := map[string]struct{ reason, text, mention string }{
		"from of postgres":     {"files are its backups", database("postgres", "backups: b/*\n        drill: {from: pitr}"), "no drill.from"},
		"login of postgres":    {"its socket lets it in", database("postgres", "backups: b/*\n        login: iam"), "no login"},
		"function of postgres": {"nothing on this machine calls it", database("postgres", "backups: b/*\n        customCheck: {name: f, function: 'arn:aws:lambda:eu-west-1:111122223333:function:f'}"), "no customCheck"},
		"an unknown kind":      {"it is a slip", database("rds-cluster", "source: c"), "is no kind of database"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse("p", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.mention) {
				t.Errorf("%s: %v does not mention %q", c.reason, err, c.mention)
			}
		})
	}
}

func TestAllowancesThatReachTheRTOAreRefused(t *testing.T) {
	text := func(rto, allowances string) string {
		return "version: 1\ndeployment: prod\nworkloads:\n  - name: w\n    objectives: {rto: " + rto + ", rpo: 1h}\n    allowances: " + allowances +
			"\n    databases:\n      - {name: d, kind: postgres, backups: b/*, checks: [{name: c, sql: select count(*) from t, expect: {min: 1}}]}\n"
	}
	for name, c := range map[string]struct {
		reason, text string
		refused      bool
	}{
		"they reach it":       {"nothing is left for the restore", text("15m", "{detection: 3m, decision: 10m, dns: 2m}"), true},
		"they leave a second": {"whether that is enough, the drill shows", text("15m", "{detection: 179s, decision: 10m, dns: 2m}"), false},
		"nothing declared":    {"nothing is added", text("1s", "{}"), false},
	} {
		_, err := Parse("p", []byte(c.text))
		if c.refused != (err != nil) || err != nil && !strings.Contains(err.Error(), "p:6:17: the allowances reach the RTO") {
			t.Errorf("%s: %s: %v", name, c.reason, err)
		}
	}
}

func TestAPlanWhoseGatesAskNothingIsWarnedOf(t *testing.T) {
	text := func(checks string) string {
		return "version: 1\ndeployment: prod\nworkloads:\n  - name: w\n    objectives: {rto: 1h, rpo: 1h}\n    databases:\n      - name: d\n        kind: postgres\n        postgres: {backups: b/*}\n        checks:\n" + checks
	}
	for name, c := range map[string]struct {
		reason, text string
		warned       bool
	}{
		"select 1":   {"it passes on any server", text("          - {name: c, sql: select 1, expect: {equals: 1}}\n"), true},
		"proof asks": {"the data may serve unasked", text("          - {name: c, sql: select 1, expect: {equals: 1}}\n          - {name: p, sql: select count(*) from t, stage: proof, expect: {min: 1}}\n"), true},
		"gate asks":  {"one that asks is enough", text("          - {name: c, sql: select 1, expect: {equals: 1}}\n          - {name: p, sql: select count(*) from t, expect: {min: 1}}\n"), false},
		"a function": {"what it reads is not known here", text("          - {name: c, sql: select healthy(), expect: {equals: true}}\n"), false},
	} {
		loaded, err := Parse("p", []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if c.warned != (loaded.Declared == 1) || c.warned && loaded.Warnings[0].Line != 11 {
			t.Errorf("%s: %s: %v", name, c.reason, loaded.Warnings)
		}
	}
}

func TestWhatAnRDSInstanceMayHave(t *testing.T) {
	key := "arn:aws:kms:%s:444455556666:key/mrk-1234abcd12ab34cd56ef1234567890ab"
	cases := map[string]struct {
		reason  string
		changes []string // old and new in turns
	}{
		"everything":              {"as it stands", nil},
		"only a function":         {"it is a gate", []string{rdsChecks, ""}},
		"only a check":            {"it is a gate", []string{rdsCustom, ""}},
		"proof and a function":    {"the function is the gate", []string{"            expect", "            stage: proof\n            expect"}},
		"one account":             {"the recovery account is optional", []string{`, recovery: "444455556666"`, "", "account-loss", "region-loss"}},
		"region lost":             {"copies in the other region count", []string{"account-loss", "region-loss"}},
		"point in time":           {"automated backups can be replicated to the region", []string{"account-loss", "region-loss", "from: snapshot", "from: pitr"}},
		"copy":                    {"there are a region and an account for it", []string{"from: snapshot", "from: copy"}},
		"copy to an account":      {"one place is enough", []string{"regions: {primary: eu-west-1, recovery: eu-central-1}", "regions: {primary: eu-central-1}"}},
		"master user":             {"the default", []string{"        login: iam\n        user: drill\n", ""}},
		"managed password":        {"the default, written down", []string{"        login: iam\n        user: drill\n", "        login: managed-password\n        database: shop\n"}},
		"Oracle's classes":        {"they have four parts", []string{"db.t4g.medium", "db.r5.6xlarge.tpc2.mem4x"}},
		"default parameter group": {"it exists everywhere", []string{"orders-postgres16", "default.postgres16"}},
		"key ARN":                 {"in the region of the drill", []string{"alias/orders", fmt.Sprintf(key, "eu-central-1")}},
		"function without alias":  {"its newest version", []string{"check-orders:live", "check-orders"}},
		"function version":        {"a published one", []string{"check-orders:live", "check-orders:7"}},
		"function, newest":        {"named so", []string{"check-orders:live", "check-orders:$LATEST"}},
		"other partition": {"China and the governments' clouds", []string{
			"{primary: eu-west-1, recovery: eu-central-1}", "{primary: us-gov-west-1, recovery: us-gov-east-1}", "arn:aws:lambda:eu-central-1", "arn:aws-us-gov:lambda:us-gov-east-1",
		}},
		"operator error": {"all that there is counts; the copy is made in the recovery region", []string{"account-loss", "operator-error"}},
		"function at the source": {"without a recovery region the copy is made there", []string{
			"primary: eu-west-1, recovery: eu-central-1", "primary: eu-west-1", "lambda:eu-central-1", "lambda:eu-west-1",
		}},
		"retention of one day":    {"the least", []string{"400d", "24h"}},
		"retention of a hundred":  {"the most", []string{"400d", "36500d"}},
		"source of 63 characters": {"the most", []string{"orders-prod", strings.Repeat("a", 63)}},
		"source in capital":       {"RDS does not tell them apart", []string{"orders-prod", "Orders-Prod"}},
		"deep read":               {"asked for", []string{"        checks:\n", "        builtinChecks: {heapRead: true, amcheck: true}\n        checks:\n"}},
		"MySQL's quotes":          {"a semicolon in a name", []string{"select count(*) from orders", "select count(*) from `a;b`"}},
		"no limits":               {"the kind's", []string{"        limits: {restore: 48h, validate: 840s, statement: 600s}\n", ""}},
		"zones":                   {"those of the account that have what it takes", []string{"recovery: eu-central-1}", "recovery: eu-central-1, zones: [eu-central-1b, eu-central-1c]}"}},
		"long deployment":         {"all names that follow from it fit", []string{"deployment: prod", "deployment: payments-platform-production"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer(c.changes...).Replace(goodRDS)
			if text == goodRDS && len(c.changes) > 0 {
				t.Fatal("the case changes nothing")
			}
			if _, err := Parse("p", []byte(text)); err != nil {
				t.Errorf("%s: %v", c.reason, err)
			}
		})
	}
}

func TestAllProblemsOfAnRDSPlanAtOnce(t *testing.T) {
	text := strings.NewReplacer(
		`"444455556666"`, `"4444"`, "400d", "1h", "orders-prod", "orders_prod", "user: drill", "user: a b", "from: snapshot", "from: tape",
		"db.t4g.medium", "medium", "alias/orders", "orders", "48h", "50h", "function:check-orders", "check-orders",
	).Replace(goodRDS)
	_, err := Parse("p.yaml", []byte(text))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 9 {
		t.Fatalf("nine mistakes, %d problems: %v", len(problems), err)
	}
}

func TestDefaultsOfAnRDSPlan(t *testing.T) {
	text := strings.NewReplacer("        login: iam\n        user: drill\n", "", "evidence: {retention: 400d}\n", "", rdsChecks, "").Replace(goodRDS)
	loaded, err := Parse("p", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	d := loaded.Plan.Workloads[0].Databases[0]
	if d.Login != "managed-password" || *d.BuiltinChecks.HeapRead || *d.BuiltinChecks.Amcheck || *d.BuiltinChecks.InvalidIndexes {
		t.Errorf("%+v", d)
	}
	if got := loaded.Plan.EvidenceRetention(); got != 400*24*time.Hour {
		t.Errorf("evidence is kept for %s", got)
	}
	if d.Checks == nil {
		t.Error("no checks are [] in JSON, not null")
	}
	said, err := Parse("p", []byte(strings.Replace(text, "regions:", "evidence: {retention: 9600h}\nregions:", 1)))
	if err != nil || said.Hash != loaded.Hash {
		t.Errorf("a default that is written down changed the hash: %v", err)
	}
}

// An editor that checks a plan against the schema must not refuse "60m".
func TestDurationsAreTextsInTheSchema(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Type       string
			Properties map[string]struct {
				Ref string `json:"$ref"`
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	for _, at := range [][2]string{{"Objectives", "rto"}, {"Expect", "maxAge"}, {"Limits", "restore"}, {"Evidence", "retention"}} {
		if got := schema.Defs[at[0]].Properties[at[1]].Ref; got != "#/$defs/Duration" || schema.Defs["Duration"].Type != "string" {
			t.Errorf("%s.%s is %q", at[0], at[1], got)
		}
	}
}

func TestKindsToComeAreRefused(t *testing.T) {
	for _, kind := range plan.KindNames(func(k plan.Kind) bool { return !k.Drillable }) {
		text := "version: 1\ndeployment: prod\nworkloads:\n  - name: w\n    objectives: {rto: 1h, rpo: 1h}\n    databases:\n      - {name: d, kind: " + kind + ", source: x}\n"
		if _, err := Parse("p", []byte(text)); err == nil || !strings.Contains(err.Error(), "cannot be drilled yet") {
			t.Errorf("%s would be drilled never, in silence: %v", kind, err)
		}
	}
}
