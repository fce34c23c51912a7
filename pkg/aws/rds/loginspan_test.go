package rds

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// What is waited for in a recovery too is not taken for the making of a login.
func TestWhatIsWaitedForOnlyForTheLogin(t *testing.T) {
	tests := map[string]struct {
		reason string
		change []func(*types.DBInstance)
		login  drill.Login
		making bool
	}{
		"asked for":      {"nobody else needs it", nil, "", true},
		"the secret":     {"it is being made", []func(*types.DBInstance){withSecret("creating")}, "", true},
		"the password":   {"it is being set", []func(*types.DBInstance){inState("resetting-master-credentials")}, "", true},
		"changed for it": {"the secret says so", []func(*types.DBInstance){inState("modifying"), withSecret("creating")}, "", true},
		"changed":        {"by somebody", []func(*types.DBInstance){inState("modifying")}, "", false},
		"restarted":      {"while it is made, too", []func(*types.DBInstance){inState("rebooting"), withSecret("creating")}, "", false},
		"IAM, password":  {"none is made for the drill", []func(*types.DBInstance){inState("resetting-master-credentials")}, drill.LoginIAM, false},
		"IAM, rebooting": {"none is made", []func(*types.DBInstance){inState("rebooting")}, drill.LoginIAM, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			f, spec := newFake(t), specOf(plan.ScenarioRegionLoss)
			if tc.login != "" {
				spec.RDS.Login, spec.RDS.User = tc.login, "checker"
			}
			f.refuge.instances[run.Throwaway] = copyInstance(tc.change...)
			_, err := login(f, spec)
			if wantError(t, err, drill.NotReady); drill.MakingLogin(err) != tc.making {
				t.Errorf("%s: %v: making %t", tc.reason, err, !tc.making)
			}
		})
	}
}
