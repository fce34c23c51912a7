package open

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/account"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws/examine"
	"github.com/lifeboat-dr/lifeboat/pkg/world/local"
)

// Machine are a doctor's checks of this machine. A plan of nil is that there is
// none, and file where it was looked for; sweep is the command that removes what
// killed drills left.
func Machine(o Options, file, sweep string) ([]doctor.Check, error) {
	e := local.Examination{PlanFile: file, Sweep: sweep, Options: local.Options{StateDir: o.StateDir, Version: o.Version, SweepKept: o.SweepKept}}
	if o.Plan != nil {
		e.Plan, e.PlanDir, e.PlanHash = o.Plan.Plan, o.Plan.Folder, o.Plan.Hash
		for _, warning := range o.Plan.Warnings {
			e.Warnings = append(e.Warnings, warning.String())
		}
	}
	return local.Checks(e)
}

// Account looks at the account that a plan is deployed in: its checks, and where
// that is, once somebody was asked. file is the plan's name, assembly the folder of
// what was synthesized of it; standIns is of tests. The error is ErrNoRegion; no
// call is made.
func Account(ctx context.Context, o Options, file, assembly string, standIns bool) (*examine.Doctor, error) {
	needs := func(ctx context.Context) (account.Needs, error) {
		return account.Rehearse(ctx, assembly, account.Rehearsing{StandIns: standIns})
	}
	return examine.New(ctx, examine.Options{Plan: o.Plan.Plan, PlanFile: file, Version: o.Version, Assembly: assembly, Needs: needs})
}

// AlwaysOfAccounts are the areas of an account that are told of whichever are asked
// for.
var AlwaysOfAccounts = examine.Always
