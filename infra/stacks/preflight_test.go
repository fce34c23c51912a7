package stacks_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// Three weeks of a deployment in which backups are fresh and would be of no use:
// each cause is told of in the morning after it came, and its end is told to
// nobody. A drill in the middle has what the morning said in its evidence.
func TestMonthInWhichBackupsWouldBeOfNoUse(t *testing.T) {
	folder := synthesized(t).folder
	t.Parallel()
	m := opened(t, folder, sim.Scenario{})
	cloud := m.Cloud()
	keys := cloud.RDS.KeysIn(account, home)
	if len(keys) != 1 {
		t.Fatalf("recovery points have the keys %v", keys)
	}
	key := keys[0]
	m.do(on(3, 12), func() { cloud.KMS.SetState(key, kms.PendingDeletion) })
	m.do(on(5, 12), func() { cloud.KMS.SetState(key, kms.Enabled) })
	m.do(on(8, 12), func() { cloud.RDS.Withdraw(home, rds.Offer{Engine: "postgres"}) })
	m.do(on(9, 10), func() { m.start("refused", "{}") })
	m.do(on(11, 12), func() { cloud.RDS.Restock(home) })
	m.do(on(15, 9), func() { m.enable("lifeboat-prod-preflight", false) })
	m.do(on(18, 9), func() { m.enable("lifeboat-prod-preflight", true) })
	if err := m.Pass(on(21, 12)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`11-04 06:00 ticket ALARM: "lifeboat-prod-recoverability"`,
		`11-09 06:00 ticket ALARM: "lifeboat-prod-recoverability"`,
		`11-16 08:00 ticket ALARM: "lifeboat-prod-preflight-silent"`,
	}
	if diff := cmp.Diff(want, m.mails()); diff != "" {
		t.Errorf("mails of alarms (-want +got):\n%s", diff)
	}
	document, err := m.Evidence(m.called["refused"])
	if err != nil || document == nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(document.Findings, func(f drillevidence.Finding) bool {
		return f.Code == drill.VersionNotOffered && f.Severity == string(drill.Warning) && f.Hint != ""
	}) {
		t.Errorf("the evidence says nothing of it: %+v", document.Findings)
	}
}
