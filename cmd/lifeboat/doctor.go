package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/world/open"
)

// exitUnhealthy: some line is not ok.
const exitUnhealthy = 1

type doctorFlags struct {
	plan     planFlags
	aws      bool
	template string
	only     string
}

func newDoctorCommand(s ui.Streams) *cobra.Command {
	out := ui.Output{Streams: s}
	var flags doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is wrong here, or in the account, before a drill finds it",
		Long: `Looks at this machine, for the plan's drills: its sandbox, PostgreSQL's programs, the
newest backup of each database and the room for it, the state folder and what is in it.
With --aws it looks at the account where the plan is deployed: it asks AWS, read-only,
what the deployment would ask there, as its assembly says (make doctor synthesizes it).
Each line is ok, wrong or unknown, with the exact command where it is not ok. What lifeboat
concluded from what it read, and nobody was asked, is marked as judged. docs/doctor.md
The exit code is 0 where every line is ok, and 1 where one is wrong or unknown.`,
		Args: exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := flags.patient(cmd)
			if err != nil {
				return err
			}
			if p.checks, err = p.only(flags.only); err != nil {
				return err
			}
			report, err := p.examine(cmd.Context(), s.Err)
			if err != nil {
				return err
			}
			err = out.Result(report, func(w io.Writer, p ui.Paint) error {
				ui.Doctor(w, p, report)
				return nil
			})
			if err == nil && !report.Healthy() {
				err = &exitError{code: exitUnhealthy, err: errors.New("not every line is ok"), quiet: true}
			}
			return err
		},
	}
	flags.plan.register(cmd.Flags())
	cmd.Flags().BoolVar(&flags.aws, "aws", false, "look at the account where the plan is deployed")
	namedVar(cmd.Flags(), &flags.template, "template", "build/cdk.out", "with --aws: the folder of what was synthesized of the plan")
	namedVar(cmd.Flags(), &flags.only, "only", "", "look at these areas alone, with commas between them (default all)")
	out.Flag(cmd.Flags(), "one JSON document: the report")
	return cmd
}

// patient is what is looked at.
type patient struct {
	where  func() string // once it was looked at
	checks []doctor.Check
	always []string // areas that are looked at whichever are asked for
}

// patient that the flags name.
func (f *doctorFlags) patient(cmd *cobra.Command) (patient, error) {
	if !f.aws && cmd.Flag("template").Changed {
		return patient{}, usageError("leave it out, or say --aws", "--template says nothing of this machine: nothing is deployed on it")
	}
	if f.aws && cmd.Flag("state-dir").Changed {
		return patient{}, usageError("leave it out, or leave --aws out", "--state-dir says nothing of an account: a deployment keeps nothing on this machine")
	}
	loaded, err := f.load(cmd)
	if err != nil {
		return patient{}, err
	}
	o := open.Options{Plan: loaded, StateDir: f.plan.stateDir, Version: versionString(), SweepKept: sweepKept(cmd)}
	if f.aws {
		account, err := open.Account(cmd.Context(), o, f.plan.file, f.template, testStandIns())
		if err != nil {
			return patient{}, worldError(err)
		}
		return patient{account.Where, account.Checks(), open.AlwaysOfAccounts}, nil
	}
	checks, err := open.Machine(o, f.plan.file, sweepWith(cmd, "lifeboat sweep"))
	return patient{func() string { return "this machine" }, checks, nil}, err
}

// load reads the plan. This machine can be looked at without one, where none was
// named.
func (f *doctorFlags) load(cmd *cobra.Command) (*planfile.Loaded, error) {
	loaded, err := f.plan.load()
	if errors.Is(err, fs.ErrNotExist) && !f.aws && !cmd.Flag("plan").Changed {
		return nil, nil
	}
	return loaded, err
}

// only keeps the areas that were asked for, in the order in which they are looked
// at.
func (p patient) only(areas string) ([]doctor.Check, error) {
	if areas == "" {
		return p.checks, nil
	}
	var there []string
	kept := slices.Clone(p.always)
	for _, c := range p.checks {
		there = append(there, c.Area)
	}
	for area := range strings.SplitSeq(areas, ",") {
		area = strings.TrimSpace(area)
		if !slices.Contains(there, area) {
			return nil, usageError("the areas are "+strings.Join(there, ", "), "--only: there is no area %q", area)
		}
		kept = append(kept, area)
	}
	return slices.DeleteFunc(slices.Clone(p.checks), func(c doctor.Check) bool { return !slices.Contains(kept, c.Area) }), nil
}

// examine runs the checks and tells which, until somebody stops it: what was not
// asked then says nothing of what was looked at.
func (p patient) examine(ctx context.Context, stderr io.Writer) (doctor.Report, error) {
	at, done := ui.Looking(stderr)
	told := slices.Clone(p.checks)
	for i, c := range p.checks {
		told[i].Run = func(ctx context.Context) []doctor.Line {
			at(c.Area)
			return c.Run(ctx)
		}
	}
	report := doctor.Examine(ctx, clock.Real{}.Now(), "", told)
	done()
	report.Where = p.where()
	if ctx.Err() != nil {
		return doctor.Report{}, &exitError{code: exitInternal, err: fmt.Errorf("look at %s: %w", report.Where, context.Cause(ctx)), hint: "run it again, for some areas alone with --only"}
	}
	return ui.Examined(report), nil
}
