package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/advise"
)

const pilotLight = "../../examples/topologies/pilot-light.yaml"

func example(t *testing.T, replace ...string) string {
	t.Helper()
	text, err := os.ReadFile(pilotLight)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(replace...).Replace(string(text))
}

func TestAdvise(t *testing.T) {
	c := newCLI(t)
	c.write("meets.yaml", example(t))
	c.write("misses.yaml", example(t, "rto: 2h", "rto: 75m"))
	c.write("hopeless.yaml", example(t, "rpo: 30m", "rpo: 2m"))
	c.write("prices.json", `{"currency": "USD", "regions": {}, "healthChecks": {}}`)
	c.write("undated.json", `{"currency": "USD", "regions": {"us-west-2": {"backupGiBMonth": 0.095}}, "healthChecks": {}}`)
	c.write("negative.json", `{"currency": "USD", "regions": {"us-west-2": {"date": "2026-08-06", "url": "https://example.com", "backupGiBMonth": -0.095}}, "healthChecks": {}}`)
	cases := map[string]struct {
		reason string
		args   []string
		code   int
		stdout []string
		stderr string
	}{
		"meets":            {"what the plan has, and what it costs", []string{"--plan", "meets.yaml"}, 0, []string{"pilot-light (the plan's)  yes", "from the cheapest on: pilot-light", "no price of gp3 in us-west-2", "of 2026-08-06"}, ""},
		"misses":           {"who is refused by lifeboat plan asks here", []string{"--plan", "misses.yaml", "orders"}, 0, []string{"pilot-light (the plan's)  no", "from the cheapest on: warm-standby", "warm-standby needs a health check"}, ""},
		"hopeless":         {"a script reads it off the exit code", []string{"--plan", "hopeless.yaml"}, 1, []string{"none is known to meet the targets"}, ""},
		"sizes":            {"what is said is not assumed", []string{"--plan", "meets.yaml", "--size", "500", "--change", "1", "--engine", "mysql"}, 0, []string{"675 GiB for 35 days"}, ""},
		"prices of others": {"what they leave out is not known", []string{"--plan", "meets.yaml", "--prices", "prices.json"}, 0, []string{"none is known that was needed", "unknown"}, ""},
		"prices of no day": {"nobody could tell how old they are", []string{"--plan", "meets.yaml", "--prices", "undated.json"}, 64, nil, "the day that it is of"},
		"no prices":        {"bad usage", []string{"--plan", "meets.yaml", "--prices", "none.json"}, 64, nil, "none.json"},
		"no workload":      {"it lists those there are", []string{"--plan", "meets.yaml", "carts"}, 64, nil, "orders"},
		"less than none":   {"bad usage", []string{"--plan", "meets.yaml", "--size", "-1"}, 64, nil, "negative"},
		"no size at all":   {"no sum has it, and no JSON", []string{"--plan", "meets.yaml", "--size", "NaN", "--json"}, 64, nil, "--size NaN"},
		"without end":      {"no sum has it, and no JSON", []string{"--plan", "meets.yaml", "--change", "Inf"}, 64, nil, "--change +Inf"},
		"prices below 0":   {"they would take from what is known", []string{"--plan", "meets.yaml", "--prices", "negative.json"}, 64, nil, "-0.095"},
		"no plan":          {"bad usage", []string{"--plan", "none.yaml"}, 64, nil, "none.yaml"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := &cli{t: t, dir: c.dir, env: c.env}
			code, stdout, stderr := c.run(append([]string{"advise"}, tc.args...)...)
			if code != tc.code || !strings.Contains(stderr, tc.stderr) {
				t.Errorf("%s: exit %d, %s%s", tc.reason, code, stdout, stderr)
			}
			for _, word := range tc.stdout {
				if !strings.Contains(stdout, word) {
					t.Errorf("%s: %q is not in\n%s", tc.reason, word, stdout)
				}
			}
		})
	}
	code, stdout, _ := c.run("advise", "--plan", "meets.yaml", "--json")
	var document struct {
		Workloads []advise.Table `json:"workloads"`
	}
	if err := json.Unmarshal([]byte(stdout), &document); err != nil || code != 0 || len(document.Workloads) != 1 || len(document.Workloads[0].Rows) != 5 {
		t.Errorf("exit %d, %v, %+v", code, err, document)
	}
}
