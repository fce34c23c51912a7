package planfile

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// recovers is a plan whose recovery is one; every case changes a line of it.
const recovers = `version: 1
deployment: prod
notify: [oncall@example.com]
regions: {primary: eu-west-1, recovery: eu-central-1}
recovery:
  decision: 60m
  network: {subnets: [subnet-0a1b2c3d4e5f60001], securityGroups: [sg-0a1b2c3d4e5f60001]}
workloads:
  - name: shop
    objectives: {rto: 2h, rpo: 60m}
    databases:
      - name: customers-db
        kind: rds-instance
        rds: {source: customers-prod}
        recovery: {target: {identifier: customers-recovered, subnetGroup: shop-data, securityGroups: [sg-0a1b2c3d4e5f60002]}}
        checks: [{name: rows, sql: select count(*) from customers, expect: {min: 1}}]
      - name: orders-db
        kind: rds-instance
        rds: {source: orders-prod}
        checks: [{name: rows, sql: select count(*) from orders, expect: {min: 1}}]
    recovery:
      steps:
        - {name: ready, kind: validate}
        - {name: customers, kind: restore, database: customers-db, after: [ready]}
        - {name: orders, kind: restore, database: orders-db, after: [ready]}
        - {name: told, kind: endpoint, database: orders-db, after: [orders]}
        - {name: warm, kind: invoke, function: "arn:aws:lambda:eu-central-1:111122223333:function:warm:live", after: [told]}
        - {name: rest, kind: wait, for: 5m, after: [warm]}
        - {name: asked, kind: sql-check, database: orders-db, after: [orders]}
        - {name: answers, kind: http-check, url: "https://shop.example.com/", after: [rest, asked]}
        - {name: safe, kind: protect, database: orders-db, after: [orders]}
`

func TestRecoveriesThatAreRefused(t *testing.T) {
	const (
		ready   = "{name: ready, kind: validate}"
		orders  = "{name: orders, kind: restore, database: orders-db, after: [ready]}"
		told    = "{name: told, kind: endpoint, database: orders-db, after: [orders]}"
		warm    = `{name: warm, kind: invoke, function: "arn:aws:lambda:eu-central-1:111122223333:function:warm:live", after: [told]}`
		rest    = "{name: rest, kind: wait, for: 5m, after: [warm]}"
		asked   = "{name: asked, kind: sql-check, database: orders-db, after: [orders]}"
		answers = `{name: answers, kind: http-check, url: "https://shop.example.com/", after: [rest, asked]}`
		safe    = "{name: safe, kind: protect, database: orders-db, after: [orders]}"
		target  = "{target: {identifier: customers-recovered, subnetGroup: shop-data, securityGroups: [sg-0a1b2c3d4e5f60002]}}"
		network = "  network: {subnets: [subnet-0a1b2c3d4e5f60001], securityGroups: [sg-0a1b2c3d4e5f60001]}\n"
	)
	type change struct{ old, new string }
	aim := func(keys string) change {
		return change{target, "{target: {subnetGroup: shop-data, securityGroups: [sg-0a1b2c3d4e5f60002], " + keys + "}}"}
	}
	for name, c := range map[string]struct {
		reason string
		change
		line    int
		mention []string
	}{
		"a cycle": {"none could begin", change{ready, "{name: ready, kind: validate, after: [answers]}"}, 25,
			[]string{"shop/ready, which comes after shop/", "which comes after shop/answers", "none of them could ever begin"}},
		"itself":                  {"it could not begin", change{rest, "{name: rest, kind: wait, for: 5m, after: [warm, rest]}"}, 28, []string{"shop/rest, which comes after shop/rest"}},
		"unknown step":            {"it would wait for ever", change{told, "{name: told, kind: endpoint, database: orders-db, after: [orders, oders]}"}, 26, []string{"there is no such step", "steps of shop: answers, asked"}},
		"unknown workload":        {"it would wait for ever", change{rest, "{name: rest, kind: wait, for: 5m, after: [pay/warm]}"}, 28, []string{`"pay/warm"`}},
		"twice after one":         {"most likely another was meant", change{rest, "{name: rest, kind: wait, for: 5m, after: [warm, shop/warm]}"}, 28, []string{"twice"}},
		"a name twice":            {"nobody could decide about one", change{rest, "{name: warm, kind: wait, for: 5m, after: [told]}"}, 28, []string{"stands twice"}},
		"no name":                 {"nobody could decide about it", change{safe, "{kind: protect, database: orders-db, after: [orders]}"}, 31, []string{"the step has no name"}},
		"a name with a slash":     {"it would be another workload's", change{safe, "{name: a/b, kind: protect, database: orders-db, after: [orders]}"}, 31, []string{"cannot be a name"}},
		"no kind":                 {"nobody knows what it does", change{ready, "{name: ready}"}, 23, []string{"the kind is missing"}},
		"no such kind":            {"nobody knows what it does", change{ready, "{name: ready, kind: verify}"}, 23, []string{`"verify" is no kind of step`, "validate, restore"}},
		"approval":                {"it is known, and to come", change{ready, "{name: ready, kind: approval}"}, 23, []string{"approval is not there yet"}},
		"dns-cutover":             {"it is known, and to come", change{ready, "{name: ready, kind: dns-cutover}"}, 23, []string{"dns-cutover is not there yet"}},
		"an unknown key":          {"it would be ignored", change{ready, "{name: ready, kind: validate, afer: []}"}, 23, []string{"did you mean after?"}},
		"another kind's key":      {"it would be ignored", change{rest, "{name: rest, kind: wait, for: 5m, url: \"https://x.example.com\", after: [warm]}"}, 28, []string{"wait has no url", "its own keys: for"}},
		"a database of wait":      {"it would be ignored", change{rest, "{name: rest, kind: wait, for: 5m, database: orders-db, after: [warm]}"}, 28, []string{"wait has no database"}},
		"no database":             {"which?", change{orders, "{name: orders, kind: restore, after: [ready]}"}, 25, []string{"nothing says which database", "customers-db, orders-db"}},
		"unknown database":        {"there is none", change{safe, "{name: safe, kind: protect, database: order-db, after: [orders]}"}, 31, []string{`shop has no database "order-db"`}},
		"restored twice":          {"there would be two", change{rest, "{name: rest, kind: restore, database: orders-db, after: [warm]}"}, 28, []string{"recovered twice", "orders does it as well"}},
		"before its restore":      {"there is nothing yet", change{told, "{name: told, kind: endpoint, database: orders-db, after: [customers]}"}, 26, []string{"may begin before orders-db is recovered", "add orders to its after"}},
		"without after":           {"there is nothing yet", change{safe, "{name: safe, kind: protect, database: orders-db}"}, 31, []string{"may begin before"}},
		"nothing restores it":     {"there is nothing", change{orders, "{name: orders, kind: wait, for: 1m, after: [ready]}"}, 26, []string{"no step of shop restores or promotes orders-db"}},
		"promotion of nothing":    {"it names no replica", change{orders, "{name: orders, kind: promote-replica, database: orders-db, after: [ready]}"}, 25, []string{"orders-db names no replica"}},
		"a timeout of days":       {"it will not end", change{orders, "{name: orders, kind: restore, database: orders-db, after: [ready], timeout: 3d}"}, 25, []string{"48h at most"}},
		"a long call":             {"Lambda ends it", change{warm, strings.Replace(warm, "after", "timeout: 16m, after", 1)}, 27, []string{"15m at most"}},
		"cut off while waiting":   {"it could never succeed", change{rest, "{name: rest, kind: wait, for: 5m, timeout: 5m, after: [warm]}"}, 28, []string{"cut off after 5m"}},
		"a wait of no time":       {"what for?", change{rest, "{name: rest, kind: wait, after: [warm]}"}, 28, []string{"it waits for 0s"}},
		"a wait of days":          {"nobody means that", change{rest, "{name: rest, kind: wait, for: 2d, after: [warm]}"}, 28, []string{"24h at most"}},
		"an exercise without":     {"the rest would be about nothing", change{orders, "{name: orders, kind: restore, database: orders-db, after: [ready], exercise: false}"}, 25, []string{"cannot do without restore"}},
		"command on AWS":          {"nothing would run it", change{warm, "{name: warm, kind: invoke, command: [./warm.sh], after: [told]}"}, 27, []string{"command is for recoveries of this machine", "Lambda function"}},
		"no function":             {"what is called?", change{warm, "{name: warm, kind: invoke, after: [told]}"}, 27, []string{"nothing says which function"}},
		"a function by name":      {"the machine calls it by its ARN", change{warm, "{name: warm, kind: invoke, function: warm, after: [told]}"}, 27, []string{"no ARN of a Lambda function"}},
		"a function that is lost": {"it goes with the region", change{warm, strings.Replace(warm, "eu-central-1", "eu-west-1", 1)}, 27, []string{"lies in eu-west-1"}},
		"a payload of one value":  {"a function takes a mapping", change{warm, strings.Replace(warm, "after", "payload: all, after", 1)}, 27, []string{"a mapping with keys is expected"}},
		"a payload's key twice":   {"one would be ignored", change{warm, strings.Replace(warm, "after", "payload: {a: {b: 1, b: 2}}, after", 1)}, 27, []string{`"b" stands twice`}},
		"a store of nobody":       {"there are two", change{told, "{name: told, kind: endpoint, database: orders-db, store: consul, after: [orders]}"}, 26, []string{"ssm, secretsmanager"}},
		"no URL":                  {"what is asked?", change{answers, "{name: answers, kind: http-check, after: [rest, asked]}"}, 30, []string{"nothing says what is asked"}},
		"a file":                  {"it proves nothing of a service", change{answers, `{name: answers, kind: http-check, url: "file:///etc/passwd", after: [rest, asked]}`}, 30, []string{"no URL of http"}},
		"credentials in the URL":  {"it stands in reports", change{answers, `{name: answers, kind: http-check, url: "https://a:b@shop.example.com/", after: [rest, asked]}`}, 30, []string{"credentials in the URL"}},
		"no such status":          {"nothing answers it", change{answers, `{name: answers, kind: http-check, url: "https://shop.example.com/", status: 20, after: [rest, asked]}`}, 30, []string{"no status of HTTP"}},
		"sql without expect":      {"whatever it answers would pass", change{asked, "{name: asked, kind: sql-check, database: orders-db, sql: select 1, after: [orders]}"}, 29, []string{"expects nothing"}},
		"expect without sql":      {"it would be ignored", change{asked, "{name: asked, kind: sql-check, database: orders-db, expect: {min: 1}, after: [orders]}"}, 29, []string{"expect stands without sql"}},
		"a list as an answer":     {"one value is compared", change{asked, "{name: asked, kind: sql-check, database: orders-db, sql: select 1, expect: {equals: [1]}, after: [orders]}"}, 29, []string{"one value is expected"}},
		"sql-check from nowhere":  {"lifeboat's network does not reach it", change{network, ""}, 28, []string{"from where asked reaches the recovered database", "declare recovery.network"}},
		"no subnets":              {"a function stands in some", change{"subnets: [subnet-0a1b2c3d4e5f60001]", "subnets: []"}, 7, []string{"there are 0 subnets"}},
		"subnets by name":         {"Lambda takes ids", change{"subnet-0a1b2c3d4e5f60001]", "shop-a]"}, 7, []string{"no id of a subnet"}},
		"a stack by its ARN":      {"names are asked for", change{ready, "{name: ready, kind: validate, stacks: [\"arn:x\"]}"}, 23, []string{"no name of a stack"}},
		"an image without tag":    {"which?", change{ready, "{name: ready, kind: validate, images: [shop/web]}"}, 23, []string{"with a tag or digest"}},
		"an image that is lost":   {"it goes with the region", change{ready, "{name: ready, kind: validate, images: [\"111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/web:1\"]}"}, 23, []string{"lies in eu-west-1"}},
		"a secret that is lost":   {"it goes with the region", change{ready, "{name: ready, kind: validate, secrets: [\"arn:aws:secretsmanager:eu-west-1:111122223333:secret:pay-AbCdEf\"]}"}, 23, []string{"lies in eu-west-1"}},
		"decision at once":        {"nobody decides so fast", change{"decision: 60m", "decision: 5s"}, 6, []string{"1m to 24h"}},
		"never exercised":         {"there is no such day", change{"decision: 60m", "schedule: cron(0 4 31 2 ? *)"}, 6, []string{"never comes"}},
		"no schedule":             {"Scheduler refuses it", change{"decision: 60m", "schedule: monthly"}, 6, []string{"neither cron(...) nor rate(...)", "or none"}},

		"target as a throwaway":   {"the sweeper would take it", aim("identifier: Lifeboat-prod-0123456789ab"), 15, []string{"begins as lifeboat's throwaways do"}},
		"target without a name":   {"it must be found", aim("instanceClass: db.t4g.medium"), 15, []string{"no identifier"}},
		"target with spaces":      {"RDS refuses it", aim("identifier: my database"), 15, []string{"cannot be the identifier"}},
		"target in no network":    {"the default one is nobody's choice", change{"subnetGroup: shop-data, ", ""}, 15, []string{"in which network"}},
		"target in the isolation": {"no application reaches it", change{"subnetGroup: shop-data", "subnetGroup: lifeboat-prod"}, 15, []string{"isolated network"}},
		"target open to anybody":  {"the VPC's default group", change{"securityGroups: [sg-0a1b2c3d4e5f60002]", "securityGroups: []"}, 15, []string{"0 security groups"}},
		"target without backups":  {"it could not be recovered again", aim("identifier: c, backupRetention: 12h"), 15, []string{"1d to 35d"}},
		"target's class":          {"RDS refuses it", aim("identifier: c, instanceClass: t4g.medium"), 15, []string{"no instance class"}},
		"target's port":           {"RDS refuses it", aim("identifier: c, port: 80"), 15, []string{"1150 to 65535"}},
		"target's key":            {"it would be lost", aim("identifier: c, kmsKey: \"arn:aws:kms:eu-west-1:111122223333:key/0a1b\""), 15, []string{"lies in eu-west-1"}},
		"target's tags":           {"by these lifeboat knows its own", aim("identifier: c, tags: {\"lifeboat:purpose\": x}"), 15, []string{"prefix lifeboat"}},
		"nothing in it":           {"most likely something was forgotten", change{target, "{}"}, 15, []string{"recovery says nothing"}},

		"no steps":          {"nothing would be recovered", change{recovers[strings.Index(recovers, "    recovery:\n      steps:"):], "    recovery: {steps: []}\n"}, 21, []string{"has no steps"}},
		"only talk":         {"nothing is recovered", change{recovers[strings.Index(recovers, "        - {name: ready"):], "        - {name: rest, kind: wait, for: 1m}\n"}, 23, []string{"no step restores or promotes"}},
		"nobody's":          {"it would be ignored", change{recovers[strings.Index(recovers, "    recovery:\n      steps:"):], ""}, 6, []string{"no workload declares a recovery"}},
		"free as before":    {"it never did anything", change{ready, "validate stacks"}, 23, []string{"a step is a mapping", "kept as written and never used", "{name: orders, kind: restore", "belongs into a comment"}},
		"a key for people":  {"it never did anything", change{ready, "{name: ready, run: ./validate.sh}"}, 23, []string{`a step has no key "run"`, "kept as written and never used"}},
		"a text for people": {"it never did anything", change{recovers[strings.Index(recovers, "      steps:\n"):], "      steps: see the runbook\n"}, 22, []string{"steps are a list", "kept as written and never used"}},

		"unknown step elsewhere":     {"which are there?", change{rest, "{name: rest, kind: wait, for: 5m, after: [shop/wram]}"}, 28, []string{"steps of shop: answers"}},
		"a workload of nobody":       {"which is meant?", change{rest, "{name: rest, kind: wait, for: 5m, after: [pay/warm]}"}, 28, []string{`no workload "pay"`}},
		"a payload that is too long": {"no state takes it", change{warm, strings.Replace(warm, "after", "payload: {a: "+strings.Repeat("x", 40000)+"}, after", 1)}, 27, []string{"the step warm has 40", "32768 at most"}},
		"a number that is rounded":   {"the function would get another", change{warm, strings.Replace(warm, "after", "payload: {id: [9007199254740993]}, after", 1)}, 27, []string{"9007199254740993 would be another one", "in quotes"}},
		"a number's zeros":           {"the function would get another", change{warm, strings.Replace(warm, "after", "payload: {zip: 01067}, after", 1)}, 27, []string{"01067 would be another one"}},
		"a number beyond 64 bits":    {"the function would get another", change{warm, strings.Replace(warm, "after", "payload: {id: 12345678901234567890123}, after", 1)}, 27, []string{"12345678901234567890123 would be another one"}},
		"zeros of no octal number":   {"the function would get another", change{warm, strings.Replace(warm, "after", "payload: {zip: 0815}, after", 1)}, 27, []string{"0815 would be another one"}},
		"somebody else's registry":   {"it is never found in ECR", change{ready, "{name: ready, kind: validate, images: [\"public.ecr.aws/nginx/nginx:1\"]}"}, 23, []string{"lies in the registry public.ecr.aws", "nginx/nginx:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			refusal{reason: c.reason, old: c.old, new: c.new, line: c.line, mention: c.mention}.at(t, recovers)
		})
	}
}

func TestRecoveriesThatAreAccepted(t *testing.T) {
	if _, err := Parse("p.yaml", []byte(recovers)); err != nil {
		t.Error(err)
	}
	data, err := os.ReadFile("../../examples/recovery/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := Parse("p.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	if declared := loaded.Warnings[:loaded.Declared]; len(declared) > 0 {
		t.Errorf("warnings: %v", declared)
	}
}

// A replica that is promoted keeps its name.
func TestTargetsOfPromotions(t *testing.T) {
	const promoting = `version: 1
deployment: prod
notify: [oncall@example.com]
regions: {primary: eu-west-1, recovery: eu-central-1}
workloads:
  - name: shop
    topology: pilot-light
    objectives: {rto: 2h, rpo: 60m}
    standby: {record: {name: shop.example.com, ttl: 60s}}
    databases:
      - name: db
        kind: rds-instance
        rds: {source: orders-prod, replica: orders-replica}
        recovery: {target: {identifier: orders-replica, subnetGroup: shop-data, securityGroups: [sg-0a1b2c3d4e5f60002]}}
        checks: [{name: rows, sql: select count(*) from orders, expect: {min: 1}}]
    recovery:
      steps: [{name: db, kind: promote-replica, database: db}]
`
	if _, err := Parse("p.yaml", []byte(promoting)); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct{ reason, old, new, mention string }{
		"another name":              {"promoting does not rename it", "identifier: orders-replica", "identifier: orders-recovered", "is not the replica"},
		"restored over the replica": {"it is there", "kind: promote-replica", "kind: restore", "is the replica of shop/db"},
	} {
		if _, err := Parse("p.yaml", []byte(strings.Replace(promoting, c.old, c.new, 1))); err == nil || !strings.Contains(err.Error(), c.mention) {
			t.Errorf("%s (%s): %v", name, c.reason, err)
		}
	}
}

// What could not be read is said once: what follows from it only repeats it.
func TestWhatFollowsFromAnUnreadableStepIsNotSaid(t *testing.T) {
	const told = "{name: told, kind: endpoint, database: orders-db, after: [orders]}"
	const orders = "{name: orders, kind: restore, database: orders-db, after: [ready]}"
	for name, c := range map[string]struct{ reason, old, new, mention string }{
		"one step without a list": {"it lacks nothing else", told, "{name: told, kind: endpoint, database: orders-db, after: orders}", "a list is expected"},
		"merged keys":             {"what it lacks may be in them", orders, "{<<: {kind: restore, after: [ready]}, name: orders, database: orders-db}", "merge keys would hide"},
		"a kind of nobody":        {"it may be meant to restore", orders, "{name: orders, kind: resotre, database: orders-db, after: [ready]}", `"resotre" is no kind`},
		"keys for people":         {"it was never meant as a step", "{name: ready, kind: validate}", "{name: ready, run: ./validate.sh}", `no key "run"`},
	} {
		_, err := Parse("p.yaml", []byte(strings.Replace(recovers, c.old, c.new, 1)))
		var problems Problems
		if !errors.As(err, &problems) || len(problems) != 1 || !strings.Contains(problems[0].What+problems[0].Why, c.mention) {
			t.Errorf("%s (%s): %v", name, c.reason, err)
		}
	}
}

// Two workloads that restore one database would have two of it after a failover.
func TestOneDatabaseThatTwoWorkloadsRecover(t *testing.T) {
	two := strings.Replace(recovers, "workloads:\n", `workloads:
  - name: pay
    objectives: {rto: 2h, rpo: 60m}
    databases:
      - name: db
        kind: rds-instance
        rds: {source: Orders-Prod}
        checks: [{name: rows, sql: select count(*) from payments, expect: {min: 1}}]
    recovery:
      steps: [{name: db, kind: restore, database: db}]
`, 1)
	loaded, err := Parse("p.yaml", []byte(two))
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Warnings) == 0 || loaded.Warnings[0].Line != 34 || !strings.Contains(loaded.Warnings[0].String(), "pay/db and shop/orders both recover orders-prod") {
		t.Errorf("%v", loaded.Warnings)
	}
}

// Without another region the source may be there still.
func TestTargetsInTheRegionOfTheSource(t *testing.T) {
	home := strings.NewReplacer("regions: {primary: eu-west-1, recovery: eu-central-1}", "regions: {primary: eu-central-1}",
		"identifier: customers-recovered", "identifier: Orders-Prod").Replace(recovers)
	if _, err := Parse("p.yaml", []byte(home)); err == nil || !strings.Contains(err.Error(), "is the source of shop/orders-db") {
		t.Errorf("%v", err)
	}
	if _, err := Parse("p.yaml", []byte(strings.Replace(recovers, "identifier: customers-recovered", "identifier: customers-prod", 1))); err != nil {
		t.Errorf("in another region the name is free: %v", err)
	}
}

func TestATargetThatNothingRecovers(t *testing.T) {
	text := strings.Replace(recovers, "{name: customers, kind: restore, database: customers-db, after: [ready]}", "{name: customers, kind: wait, for: 1s, after: [ready]}", 1)
	loaded, err := Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Warnings) == 0 || loaded.Warnings[0].Line != 15 || !strings.Contains(loaded.Warnings[0].What, "no step recovers shop/customers-db") {
		t.Errorf("%v", loaded.Warnings)
	}
}

// A recovery passes when its steps do: that one database is in none somebody must see.
func TestADatabaseThatNothingRecovers(t *testing.T) {
	text := strings.Replace(recovers, "{name: customers, kind: restore, database: customers-db, after: [ready]}", "{name: customers, kind: wait, for: 1s, after: [ready]}", 1)
	text = strings.Replace(text, "        recovery: {target: {identifier: customers-recovered, subnetGroup: shop-data, securityGroups: [sg-0a1b2c3d4e5f60002]}}\n", "", 1)
	loaded, err := Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Warnings) == 0 || loaded.Warnings[0].Line != 12 || !strings.Contains(loaded.Warnings[0].String(), "passes without it") {
		t.Errorf("%v", loaded.Warnings)
	}
}

// A step may come after one of another workload; that is not found within its own.
func TestOrderBetweenWorkloads(t *testing.T) {
	two := strings.Replace(recovers, "workloads:\n", `workloads:
  - name: pay
    objectives: {rto: 2h, rpo: 60m}
    databases:
      - name: pay-db
        kind: rds-instance
        rds: {source: pay-prod}
        checks: [{name: rows, sql: select count(*) from payments, expect: {min: 1}}]
    recovery:
      steps: [{name: pay, kind: restore, database: pay-db, after: [shop/told]}]
`, 1)
	if _, err := Parse("p.yaml", []byte(two)); err != nil {
		t.Error(err)
	}
	around := strings.Replace(two, "{name: ready, kind: validate}", "{name: ready, kind: validate, after: [pay/pay]}", 1)
	_, err := Parse("p.yaml", []byte(around))
	if err == nil || !strings.Contains(err.Error(), "pay/pay, which comes after shop/told") {
		t.Errorf("a cycle over two workloads: %v", err)
	}
	near := strings.Replace(two, "after: [shop/told]", "after: [told]", 1)
	if _, err := Parse("p.yaml", []byte(near)); err == nil || !strings.Contains(err.Error(), "did you mean shop/told?") {
		t.Errorf("another workload's step without its name: %v", err)
	}
}

// On this machine there are commands, and no AWS.
func TestRecoveriesOfThisMachine(t *testing.T) {
	const local = `version: 1
deployment: laptop
workloads:
  - name: shop
    objectives: {rto: 10m, rpo: 7d}
    databases:
      - {name: db, kind: postgres, postgres: {backups: ./b/*}, checks: [{name: rows, sql: select count(*) from t, expect: {min: 1}}]}
    recovery:
      steps:
        - {name: db, kind: restore, database: db}
        - {name: told, kind: endpoint, database: db, after: [db]}
        - {name: warm, kind: invoke, command: [./warm.sh, --all], after: [told]}
        - {name: asked, kind: sql-check, database: db, after: [db]}
`
	if _, err := Parse("p.yaml", []byte(local)); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct{ reason, old, new, mention string }{
		"a function":  {"there is none here", "command: [./warm.sh, --all]", `function: "arn:aws:lambda:eu-central-1:111122223333:function:warm"`, "function is for recoveries on AWS"},
		"no command":  {"what is run?", "command: [./warm.sh, --all], ", "", "nothing says what is run"},
		"a store":     {"it is a file", "told, kind: endpoint, database: db", "told, kind: endpoint, database: db, store: ssm", "store is for recoveries on AWS"},
		"a promotion": {"there is no replica", "db, kind: restore", "db, kind: promote-replica", "no replica that could be promoted"},
		"a target":    {"there is no failover", "postgres: {backups: ./b/*}", "postgres: {backups: ./b/*}, recovery: {target: {identifier: x, subnetGroup: y, securityGroups: [sg-0a1b2c3d]}}", "kind postgres has no target"},
		"a schedule":  {"nothing runs it", "workloads:", "recovery: {schedule: rate(7 days)}\nworkloads:", "nothing exercises recoveries of this machine on a schedule"},
		"stacks":      {"there are none", "{name: db, kind: restore, database: db}", "{name: db, kind: restore, database: db}\n        - {name: v, kind: validate, stacks: [a]}", "stacks is for recoveries on AWS"},
	} {
		text := strings.Replace(local, c.old, c.new, 1)
		if _, err := Parse("p.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), c.mention) {
			t.Errorf("%s (%s): %v", name, c.reason, err)
		}
	}
}

// More steps than a record holds are refused, over all workloads.
func TestTooManySteps(t *testing.T) {
	var more strings.Builder
	for range plan.MaxRecoverySteps {
		more.WriteString("        - {name: w" + strings.Repeat("x", more.Len()%50) + string(rune('a'+more.Len()%26)) + ", kind: wait, for: 1s}\n")
	}
	_, err := Parse("p.yaml", []byte(recovers+more.String()))
	if err == nil || !strings.Contains(err.Error(), "steps together") {
		t.Errorf("%v", err)
	}
}

func TestPayloadsAreKeptAsTheyAreWritten(t *testing.T) {
	text := strings.Replace(recovers, "function: \"arn", "payload: {n: 1, on: true, none: null, list: [a, {b: \"2\"}]}, function: \"arn", 1)
	loaded, err := Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"n": 1.0, "on": true, "none": nil, "list": []any{"a", map[string]any{"b": "2"}}}
	if diff := cmp.Diff(want, loaded.Plan.Workloads[0].Recovery.Steps[4].Payload); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is the default and what is written out has one hash; a plan without recoveries
// the one that it had.
func TestHashOfRecoveries(t *testing.T) {
	hash := func(text string) string {
		t.Helper()
		loaded, err := Parse("p.yaml", []byte(text))
		if err != nil {
			var problems Problems
			errors.As(err, &problems)
			t.Fatalf("%v", problems)
		}
		return loaded.Hash
	}
	same := strings.NewReplacer("{name: ready, kind: validate}", "{name: ready, kind: validate, timeout: 10m, exercise: true}",
		"database: orders-db, after: [orders]}\n        - {name: warm", "database: orders-db, store: ssm, after: [orders]}\n        - {name: warm",
		"identifier: customers-recovered", "identifier: customers-recovered, multiAz: true, deletionProtection: true, backupRetention: 7d",
		"decision: 60m", "schedule: "+(plan.Plan{Deployment: "prod", Workloads: []plan.Workload{{
			Databases: []plan.Database{{Kind: plan.KindRDSInstance}}, Recovery: &plan.Recovery{Steps: make([]plan.Step, 1)},
		}}}).ExerciseSchedule()).Replace(recovers)
	if same == recovers || hash(same) != hash(recovers) {
		t.Error("writing the defaults out changes the hash")
	}
	if other := strings.Replace(recovers, "for: 5m", "for: 6m", 1); hash(other) == hash(recovers) {
		t.Error("another plan has the same hash")
	}
	if got := hash(backedUp); got != "c31e12012846dbfaa19e3ef523431aacdf8fad6154ea77fc5e505e8a0d1383f4" {
		t.Errorf("a plan without recoveries has now the hash %s", got)
	}
}
