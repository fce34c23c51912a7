package stacks_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// What the stacks make backs the databases up: with the roles, keys, policies and
// topics of the templates, in two regions, and in two accounts.
func TestBackupsOfADeployment(t *testing.T) {
	for name, c := range map[string]struct {
		plan  func(*testing.T) plan.Plan
		owner string
	}{"one account": {managed, account}, "two accounts": {declared, owner}} {
		t.Run(name, func(t *testing.T) {
			a, err := synthesize(t, c.plan(t), false, nil)
			if err != nil {
				t.Fatal(err)
			}
			w := open(t, a.folder, nil)
			w.Cloud().Backup.Crossing(true)
			if err := w.Pass(26 * time.Hour); err != nil {
				t.Fatal(err)
			}
			primary, simulated := c.plan(t).Regions.Primary, w.Cloud().Backup
			made, copied := simulated.Arrived(c.owner, primary, "lifeboat-prod"), simulated.Arrived(account, home, "lifeboat-prod-copies")
			if len(made) < 4 || len(copied) < 4 {
				t.Errorf("%d recovery points and %d copies", len(made), len(copied))
			}
			for _, j := range simulated.Jobs(c.owner, primary) {
				if j.State != backup.StateCompleted && j.State != backup.StateRunning && j.State != backup.StateCreated && j.State != backup.StatePending {
					t.Errorf("job of %s: %s: %s", j.Created, j.State, j.Message)
				}
			}
			for _, j := range simulated.Copies(c.owner, primary) {
				if j.State == backup.StateFailed || j.State == backup.StateRunning && w.Now().Sub(j.Created) > 2*time.Hour {
					t.Errorf("copy of %s: %s: %s", j.Created, j.State, j.Message)
				}
			}
			for _, trouble := range w.Troubles() {
				t.Error(trouble)
			}
			// People are told of a job that fails: the lock takes nothing any more.
			simulated.Vault(c.owner, primary, "lifeboat-prod").Lock = &backup.Lock{MinDays: 3650}
			if err := w.Pass(5 * time.Hour); err != nil {
				t.Fatal(err)
			}
			told := 0
			for _, address := range w.Addresses() {
				for _, mail := range w.Inbox(address) {
					if strings.Contains(mail.Body, "orders-prod ended as FAILED") {
						told++
					}
				}
			}
			if told == 0 {
				t.Errorf("nobody is told: %+v", w.Addresses())
			}
			if !slices.ContainsFunc(w.Cloud().RDS.Snapshots(account, home), func(s *rds.Snapshot) bool { return s.Type == "awsbackup" && s.Instance == "orders-prod" }) {
				t.Error("a drill finds no copy in RDS")
			}
		})
	}
}
