package lambdafn

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

func around(variables map[string]string, plan string) Env {
	return Env{
		Getenv: func(name string) string { return variables[name] },
		ReadFile: func(name string) ([]byte, error) {
			if name != deployed.PlanFile || plan == "" {
				return nil, fs.ErrNotExist
			}
			return []byte(plan), nil
		},
	}
}

func TestSettings(t *testing.T) {
	whole := map[string]string{"AWS_REGION": "eu-central-1", deployed.EnvAccount: "111122223333", deployed.EnvVersion: "1.0.0"}
	for name, c := range map[string]struct {
		reason string
		env    Env
		read   func(*Settings)
		wants  []string // in the error; none: no error
	}{
		"whole":   {"nothing is missing", around(whole, "{}"), func(s *Settings) { s.Plan() }, nil},
		"nothing": {"all that is missing is said at once", around(nil, ""), func(s *Settings) { s.Get(deployed.EnvTable) }, []string{"AWS_REGION", deployed.EnvAccount, deployed.EnvVersion, deployed.EnvTable}},
		"no number": {"a retention of nobody knows how long is none", around(map[string]string{
			"AWS_REGION": "x", deployed.EnvAccount: "x", deployed.EnvVersion: "x", deployed.EnvRetentionDays: "a year",
		}, ""), func(s *Settings) { s.Int(deployed.EnvRetentionDays) }, []string{deployed.EnvRetentionDays, "a year"}},
		"no plan":     {"a function without the plan does nothing", around(whole, ""), func(s *Settings) { s.Plan() }, []string{"plan"}},
		"broken plan": {"nor one with half of it", around(whole, "{"), func(s *Settings) { s.Plan() }, []string{deployed.PlanFile}},
	} {
		s := c.env.Settings()
		c.read(s)
		err := s.Err()
		if (err == nil) != (len(c.wants) == 0) {
			t.Errorf("%s: %s: %v", name, c.reason, err)
		}
		for _, want := range c.wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %s: %q does not say %s", name, c.reason, err, want)
			}
		}
	}
}

func TestList(t *testing.T) {
	s := around(map[string]string{deployed.EnvSecurityGroups: "sg-1,sg-2"}, "").Settings()
	if got := s.List(deployed.EnvSecurityGroups); len(got) != 2 || got[1] != "sg-2" {
		t.Errorf("%q", got)
	}
}
