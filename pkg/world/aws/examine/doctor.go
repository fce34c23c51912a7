// Package examine is a doctor in the account where lifeboat is deployed: it logs in
// as whoever asks, rehearses what was synthesized, and puts adapters of AWS behind
// the checks of pkg/doctor/account. It asks, and changes nothing.
package examine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sts"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/account"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws"
)

// Always are the areas that come before all others, and are told of whichever were
// asked for: nothing can be asked without who asks, nor compared without what was
// synthesized.
var Always = []string{areaLogin, areaAssembly}

const (
	areaLogin    = "login"
	areaAssembly = "assembly"
)

// Options say what is looked at, and for which plan.
type Options struct {
	Plan     plan.Plan
	PlanFile string // as it was named
	Version  string // of lifeboat
	Assembly string // the folder of what was synthesized of the plan
	// Needs is what the deployment needs; nil: Assembly is rehearsed.
	Needs func(context.Context) (account.Needs, error)
	// Config is the caller's, of a region; nil: that of the environment.
	Config func(ctx context.Context, region string) (sdk.Config, error)
	Clock  clock.Clock // nil: the wall clock
	// Pause keeps calls below the rates of IAM and Step Functions; nil: it waits.
	Pause func(context.Context, time.Duration) error
}

// Doctor looks at the account where a plan is deployed. It asks AWS nothing
// before a check runs.
type Doctor struct {
	o      Options
	region string
	caller func() (session, error)
	needs  func() (account.Needs, error)
}

// session is the caller's, in the region of the deployment.
type session struct {
	config sdk.Config
	caller sts.Caller
}

// New makes one. The error is aws.ErrNoRegion.
func New(ctx context.Context, o Options) (*Doctor, error) {
	d := &Doctor{o: o, region: o.Plan.DrillRegion()}
	if d.region == "" {
		return nil, aws.ErrNoRegion
	}
	if d.o.Clock == nil {
		d.o.Clock = clock.Real{}
	}
	if d.o.Pause == nil {
		d.o.Pause = clock.Pause
	}
	if d.o.Config == nil {
		d.o.Config = func(ctx context.Context, region string) (sdk.Config, error) {
			return awsconfig.Load(ctx, awsconfig.Options{Region: region, Version: o.Version})
		}
	}
	d.caller = sync.OnceValues(func() (session, error) { return d.logIn(ctx) })
	if d.o.Needs == nil {
		d.o.Needs = func(ctx context.Context) (account.Needs, error) {
			return account.Rehearse(ctx, o.Assembly, account.Rehearsing{})
		}
	}
	d.needs = sync.OnceValues(func() (account.Needs, error) { return d.o.Needs(ctx) })
	return d, nil
}

func (d *Doctor) logIn(ctx context.Context) (session, error) {
	cfg, err := d.o.Config(ctx, d.region)
	if err != nil {
		return session{}, err
	}
	caller, err := sts.New(cfg).Caller(ctx)
	return session{cfg, caller}, err
}

// Where is what is looked at, as far as it is known by now.
func (d *Doctor) Where() string {
	in := "an account that is not known"
	if s, err := d.caller(); err == nil {
		in = "account " + s.caller.Account
	}
	return fmt.Sprintf("deployment %s, %s, %s", d.o.Plan.Deployment, in, d.region)
}

// Checks are all of them, in the order in which they are looked at.
func (d *Doctor) Checks() []doctor.Check {
	checks := []doctor.Check{
		{Area: areaLogin, Run: func(context.Context) []doctor.Line { return []doctor.Line{d.login()} }},
		{Area: areaAssembly, Run: func(context.Context) []doctor.Line { return []doctor.Line{d.assembly()} }},
	}
	for _, a := range areas {
		checks = append(checks, doctor.Check{Area: a.name, Run: func(ctx context.Context) []doctor.Line { return d.look(ctx, a) }})
	}
	return checks
}

// look runs a check, where who asks and what is needed is known.
func (d *Doctor) look(ctx context.Context, a area) []doctor.Line {
	for _, before := range []struct {
		area string
		line doctor.Line
	}{{areaLogin, d.login()}, {areaAssembly, d.assembly()}} {
		if before.line.State != doctor.OK {
			return []doctor.Line{{
				Subject: a.name, State: doctor.Unknown, What: "not asked: see " + before.area, Basis: doctor.Asked, Command: before.line.Command,
			}}
		}
	}
	s, _ := d.caller()
	n, _ := d.needs()
	if home := d.account(); home != "" && home != s.caller.Account && !a.everywhere {
		return []doctor.Line{{
			Subject: a.name, State: doctor.Unknown, Basis: doctor.Asked, Command: d.checkout().SignIn(home, a.name),
			What: "not asked: it is of account " + home + ", in which lifeboat is deployed, and the caller is of " + s.caller.Account,
		}}
	}
	return a.make(d, s, n).Run(ctx)
}

// login is who asks, and whether that is where the plan is deployed.
func (d *Doctor) login() doctor.Line {
	line := doctor.Line{Subject: "caller", Basis: doctor.Asked, Command: "aws sts get-caller-identity"}
	s, err := d.caller()
	if err != nil {
		line.State, line.What = doctor.Unknown, because(err)
		return line
	}
	line.Subject = s.caller.ARN
	if owner := d.o.Plan.Owner(); owner != "" && owner == s.caller.Account && owner != d.account() {
		line.State, line.Command = doctor.OK, ""
		line.What = fmt.Sprintf("asks, in account %s of the databases: what lies in %s is not asked", owner, d.account())
		return line
	}
	if wanted := d.account(); wanted != "" && wanted != s.caller.Account {
		line.State = doctor.Wrong
		line.What = fmt.Sprintf("the caller is of account %s, and the plan is deployed in %s; log in there, for instance with AWS_PROFILE", s.caller.Account, wanted)
		return line
	}
	line.State, line.What, line.Command = doctor.OK, "asks, in account "+s.caller.Account+", "+d.region, ""
	return line
}

// account that the plan names for its deployment; "" where it leaves it to the
// caller's credentials.
func (d *Doctor) account() string {
	a := d.o.Plan.Accounts
	switch {
	case a == nil:
		return ""
	case a.Recovery != "":
		return a.Recovery
	}
	return a.Primary
}

// assembly is whether what was synthesized can be rehearsed, and is of this account
// and region.
func (d *Doctor) assembly() doctor.Line {
	line := doctor.Line{Subject: d.o.Assembly, State: doctor.Unknown, Basis: doctor.Judged, Command: "make doctor PLAN=" + printable.ShellWord(d.o.PlanFile)}
	n, err := d.needs()
	switch s, callerErr := d.caller(); {
	case errors.Is(err, fs.ErrNotExist):
		line.What = "nothing was synthesized there, so what the deployment needs is not known; make synthesizes the plan, and asks again"
		return line
	case err != nil:
		line.What = "what was synthesized there cannot be rehearsed, so what the deployment needs is not known; " + because(err)
		return line
	case callerErr == nil && n.Names.Account != cmp.Or(d.account(), s.caller.Account), n.Names.Region != d.region:
		line.State = doctor.Wrong
		line.What = fmt.Sprintf("it is of account %s in %s, not of this one in %s; make synthesizes the plan for the account of the caller, and asks again", n.Names.Account, n.Names.Region, d.region)
		return line
	}
	line.State, line.Command = doctor.OK, ""
	line.What = fmt.Sprintf("rehearsed: %d database(s) ask AWS %d questions", len(n.Databases), len(n.Questions))
	return line
}

func because(err error) string {
	if hint := drill.HintOf(err); hint != "" {
		return err.Error() + "; " + hint
	}
	return err.Error()
}
