package drill

import (
	"fmt"
	"strings"
	"testing"
)

// Only what passes while a login is made is left out of the RTO.
func TestWhatIsLeftOutForTheLogin(t *testing.T) {
	began := func(s float64) Fact { return Fact{At: at(s), Kind: FactPhaseStarted, Note: PhaseLogin} }
	over := func(s float64) Fact { return Fact{At: at(s), Kind: FactPhaseEnded, Note: PhaseLogin} }
	tests := map[string]struct {
		reason string
		facts  []Fact
		rto    float64
		want   string // from the restore to the checks
	}{
		"none":                 {"a copy that was restarted, or let nobody in", nil, 300, "connect 100-300"},
		"at once":              {"the usual way", []Fact{began(100), over(200)}, 200, "login 100-200 connect 200-300"},
		"after a restart":      {"the restart is recovery", []Fact{began(180), over(200)}, 280, "connect 100-180 login 180-200 connect 200-300"},
		"before a restart":     {"the same", []Fact{began(100), over(120)}, 280, "login 100-120 connect 120-300"},
		"around it":            {"each by itself", []Fact{began(100), over(120), began(250), over(280)}, 250, "login 100-120 connect 120-250 login 250-280 connect 280-300"},
		"written twice":        {"every step may be repeated", []Fact{began(100), began(110), over(120), over(130)}, 280, "login 100-120 connect 120-300"},
		"never over":           {"it is not known when it was", []Fact{began(100)}, 300, "connect 100-300"},
		"no beginning":         {"nothing is left out for it", []Fact{over(200)}, 300, "connect 100-300"},
		"before the restore":   {"as seen late", []Fact{began(50), over(120)}, 280, "login 100-120 connect 120-300"},
		"after we were let in": {"it is no way to be let in any more", nil, 300, "connect 100-300"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := Case{Run: Run{StartedAt: at(0)}, Facts: []Fact{
				{At: at(1), Kind: FactRecoveryPoint}, {At: at(2), Kind: FactRestoreRequested},
				{At: at(100), Kind: FactRestoreObserved, Status: &RestoreStatus{Available: true, ObservedAt: at(100), UnavailableAt: at(100)}},
			}}
			c.Facts = append(c.Facts, tc.facts...)
			c.Facts = append(c.Facts, Fact{At: at(300), Kind: FactPhaseEnded, Note: PhaseConnect})
			if name == "after we were let in" {
				c.Facts = append(c.Facts, began(310), over(320))
			}
			if got := momentsOf(c); got.gated.Sub(got.started)-got.loginTook() != Seconds(tc.rto) {
				t.Errorf("%s: %s are left out", tc.reason, got.loginTook())
			}
			var got []string
			for _, p := range Phases(c) {
				if from := p.StartedAt.Sub(noon).Seconds(); p.Phase == PhaseLogin || p.Phase == PhaseConnect {
					got = append(got, fmt.Sprintf("%s %.0f-%.0f", p.Phase, from, from+p.Seconds))
					if p.InRTO != (p.Phase == PhaseConnect) {
						t.Errorf("%s: %+v", tc.reason, p)
					}
				}
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("%s: %s, want %s", tc.reason, got, tc.want)
			}
		})
	}
}
