package drill

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIdentityIsComparedWithTheLastGoodDrill(t *testing.T) {
	tests := map[string]struct {
		reason string
		change func(*Case)
		codes  []string
	}{
		"same": {"nothing to say", func(*Case) {}, nil},
		"another database": {"its checks may pass all the same", func(c *Case) {
			c.Spec.Reference.Database = "tenant_b"
		}, []string{"IdentityChanged"}},
		"another cluster": {"a base backup of another server", func(c *Case) {
			c.Spec.Reference.SystemIdentifier = "7381"
			c.Facts[2].Status.Says.SystemIdentifier = "7382" // known once it was restored
		}, []string{"IdentityChanged"}},
		"a first base backup": {"no good drill saw a cluster, and that is said", func(c *Case) {
			c.Facts[2].Status.Says.SystemIdentifier = "7382"
		}, []string{"NotCompared"}},
		"upgraded": {"each part is a warning of its own", func(c *Case) {
			c.Spec.Reference.ServerVersion, c.Spec.Reference.Encoding = "14.9", "LATIN1"
			c.Facts[0].RecoveryPoint.ServerVersion, c.Facts[0].RecoveryPoint.Says.Encoding = "15.18 (Debian)", "UTF8"
		}, []string{"IdentityChanged", "IdentityChanged"}},
		"less exact": {"a base backup says only the major version", func(c *Case) {
			c.Spec.Reference.ServerVersion = "15.18 (Debian 15.18-0+deb12u1)"
			c.Facts[0].RecoveryPoint.ServerVersion = "15"
		}, nil},
		"first": {"that is said", func(c *Case) { c.Spec.Reference = nil }, []string{"NothingToCompare"}},
		"history unreadable": {"not to be compared is not the first", func(c *Case) {
			c.Spec.Reference = nil
			c.Facts = append(c.Facts, Fact{At: noon, Kind: FactNoted, Finding: &Finding{Severity: Warning, Code: HistoryUnreadable, What: "past drills could not be read"}})
		}, []string{HistoryUnreadable}},
		"nameless": {"a plain dump without --create", func(c *Case) {
			c.Facts[0].RecoveryPoint.Says = Identity{}
		}, []string{"IdentityUnknown"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			v := Judge(with(good(), tc.change))
			var codes []string
			for _, f := range v.Findings {
				codes = append(codes, f.Code)
			}
			if diff := cmp.Diff(tc.codes, codes); diff != "" || v.Ending != Passed {
				t.Errorf("%s: ended %s with findings (-want +got):\n%s", tc.reason, v.Ending, diff)
			}
		})
	}
}

func TestWhatIsKnownFillsWhatIsNot(t *testing.T) {
	dump := Identity{Database: "orders", ServerVersion: "15.18 (Debian)", Encoding: "UTF8"}
	base := Identity{SystemIdentifier: "7381", ServerVersion: "15"}
	want := Identity{Database: "orders", SystemIdentifier: "7381", ServerVersion: "15.18 (Debian)", Encoding: "UTF8"}
	if diff := cmp.Diff(want, base.Or(dump)); diff != "" {
		t.Errorf("a base backup after a dump (-want +got):\n%s", diff)
	}
	if got := (Identity{ServerVersion: "16"}).Or(dump).ServerVersion; got != "16" {
		t.Errorf("after an upgrade the version is %q", got)
	}
}

func TestOnlyGoodDrillsAreAReference(t *testing.T) {
	tests := map[string]struct {
		reason string
		change func(*Case)
		good   bool
	}{
		"passed":       {"all as planned", func(*Case) {}, true},
		"too slow":     {"the data are good all the same", func(c *Case) { c.Spec.Objectives.RTOSeconds = 14 }, true},
		"too old":      {"the data are what they were", func(c *Case) { c.Spec.Objectives.RPOSeconds = 1 }, true},
		"gate failed":  {"it may be another's", setCheck("rows", CheckFailed), false},
		"proof failed": {"it is damaged", setCheck("heap", CheckFailed), false},
		"not proven":   {"nothing was seen", func(c *Case) { c.Failure = &Failure{Error: string(RestoreFailed)} }, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if v := Judge(with(good(), tc.change)); v.Good() != tc.good {
				t.Errorf("%s: a drill that ended %s is good: %t", tc.reason, v.Ending, v.Good())
			}
		})
	}
}
