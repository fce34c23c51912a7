package constructs

import (
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Every kind that is drilled on AWS has permissions, and none that nobody asked
// for; together, no policy has two statements of one name, which IAM refuses.
func TestEveryKindHasItsPermissions(t *testing.T) {
	names := plan.KindNames(plan.DrilledOnAWS)
	for _, name := range names {
		k := kinds[name]
		if k.permissions == nil || k.source == nil {
			t.Errorf("nothing says what functions may do with %s", name)
			continue
		}
		p := k.permissions(Scope{Names: Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}})
		for does, statements := range map[string][]Statement{
			"look for backups": p.lookForBackups, "restore": p.restore, "look at copies": p.lookAtCopies, "list copies": p.listCopies,
			"remove": p.remove, "be fenced": p.fence,
		} {
			if len(statements) == 0 {
				t.Errorf("%s: no permission to %s", name, does)
			}
		}
	}
	if len(kinds) != len(names) {
		t.Errorf("%d kinds are drilled on AWS, %d have permissions", len(names), len(kinds))
	}
	scope := Scope{Names: Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}, Kinds: names, Sources: []string{"arn"}, Users: []string{"checker"}}
	for function, statements := range Permissions(scope) {
		sids := map[string]bool{}
		for _, s := range statements {
			if sids[s.Sid] || s.Sid == "" || s.Reason == "" {
				t.Errorf("%s: %q stands twice, or without a reason", function, s.Sid)
			}
			sids[s.Sid] = true
		}
	}
	for function, statements := range Permissions(Scope{Names: scope.Names}) {
		for _, s := range statements {
			for _, action := range s.Actions {
				if len(action) > 4 && action[:4] == "rds:" {
					t.Errorf("%s may %s, and the plan has no database", function, action)
				}
			}
		}
	}
}
