package main

import (
	"testing"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// TestExitCodesOfRecoveriesThatDidNotRun: 2 says that nothing is left behind, which is
// known of a recovery that came to its end alone.
func TestExitCodesOfRecoveriesThatDidNotRun(t *testing.T) {
	tests := map[string]struct {
		reason string
		name   drill.ErrorName
		code   int
	}{
		"another runs":        {"what was asked for cannot be", world.RecoveryRunning, exitUsage},
		"cut off":             {"its throwaways may be there", world.RecoveryCutOff, exitFailureDirty},
		"refused decision":    {"what was asked for cannot be", recoverystep.DecisionRefused, exitUsage},
		"no such recovery":    {"the caller's mistake", drill.InvalidInput, exitUsage},
		"its record is gone":  {"nothing is known of it any more", world.RecoveryLost, exitInternal},
		"gone, and not clean": {"something is left behind", drill.CleanupFailed, exitFailureDirty},
		"of a drill":          {"as it was", drill.NoUsableBackup, exitFailureClean},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if exit := asExit(&drill.Error{Name: tc.name, What: "it was so"}); exit.code != tc.code {
				t.Errorf("%s: exit %d, want %d", tc.reason, exit.code, tc.code)
			}
		})
	}
}

// TestCommandsSayWhere: what is printed is pasted, and has to reach the same recovery.
func TestCommandsSayWhere(t *testing.T) {
	t.Chdir(t.TempDir()) // there is no plan
	tests := map[string]struct {
		reason string
		given  []string
		words  []string
		want   string
	}{
		"resume without a plan": {"it needs one, and there is none", nil, []string{"resume", "r1"}, "lifeboat recover resume r1 --plan FILE"},
		"status without a plan": {"it needs none", nil, []string{"status", "r1"}, "lifeboat recover status r1"},
		"resume with its plan":  {"it is told", []string{"--plan", "a b.yaml"}, []string{"resume", "r1"}, "lifeboat recover resume r1 --plan='a b.yaml'"},
		"another state folder":  {"the record lies there", []string{"--state-dir", "x"}, []string{"abort", "r1"}, "lifeboat recover abort r1 --state-dir=x"},
		"on AWS":                {"not on this machine", []string{"--aws", "--plan", "p.yaml"}, []string{"resume", "r1"}, "lifeboat recover resume r1 --plan=p.yaml --aws"},
		"a new one":             {"nothing trails", []string{"--world", "aws", "--plan", "p.yaml"}, nil, "lifeboat recover --plan=p.yaml --world=aws"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var flags worldFlags
			var cmd cobra.Command
			flags.register(cmd.Flags())
			must(t, cmd.ParseFlags(tc.given))
			if got := recoverCommands(&cmd)(tc.words...); got != tc.want {
				t.Errorf("%s: %s, want %s", tc.reason, got, tc.want)
			}
		})
	}
}
