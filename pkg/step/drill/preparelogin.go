package drillstep

import (
	"context"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// LoginMaker looks whether a copy is still as it was asked for, and tells where and
// as whom the checks get in. It returns at once, and can be repeated: NotReady
// while a login is being made. A copy that somebody stopped is CopyStopped.
type LoginMaker interface {
	PrepareLogin(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (drill.Access, error)
}

// PrepareLogin is the look at the copy before each call of ValidateData, which
// itself has no way to ask the provider anything. Where the login is not there
// yet it says when to come back, for a while.
type PrepareLogin struct {
	Logins  ByKind[LoginMaker]
	Journal Journal
	Clock   step.Clock
}

type PrepareLoginIn struct {
	Run      drill.Run      `json:"run"`
	Spec     drill.Spec     `json:"spec"`
	Resource drill.Resource `json:"resource"`
	// Progress is that of the call before, of either state; nil in the first one.
	Progress *Progress `json:"progress"`
}

type PrepareLoginOut struct {
	Access   drill.Access `json:"access"`
	Progress Progress     `json:"progress"`
}

func (s PrepareLogin) Handle(ctx context.Context, in PrepareLoginIn) (PrepareLoginOut, error) {
	started := s.Clock.Now()
	var progress Progress
	if in.Progress != nil {
		progress = *in.Progress
	}
	logins, err := s.Logins.Of(in.Spec.Kind)
	if err != nil {
		return PrepareLoginOut{}, err
	}
	access, err := logins.PrepareLogin(ctx, in.Run, in.Spec, in.Resource)
	if drill.NameOf(err) == drill.NotReady {
		progress, err = patience{s.Journal, s.Clock, "PrepareLogin"}.comeBack(ctx, in.Run, in.Spec, in.Resource, progress, started, err)
		return PrepareLoginOut{Progress: progress}, err
	}
	if err != nil {
		return PrepareLoginOut{}, step.Named(drill.ValidationImpossible, err, "preparing the login of %s %s", in.Resource.Kind, in.Resource.ID)
	}
	progress.Next, progress.PreparedAt = NextAsk, started
	return PrepareLoginOut{access, progress}, nil
}

// patience waits for a copy to let somebody in; state is who waits.
type patience struct {
	journal Journal
	clock   step.Clock
	state   string
}

// firstLogin is how long to wait for the second attempt to get in, loginPoll
// for the others; maxLogin is when to give up. RDS takes a minute or two to
// make a master password.
const (
	firstLogin = 45 * time.Second
	loginPoll  = 15 * time.Second
	maxLogin   = 30 * time.Minute
)

// made is when a login was there that was being made: at the last look from
// outside, which is where the other state has found that it is not.
func (p patience) made(progress Progress, started time.Time) time.Time {
	if p.state == "ValidateData" {
		return progress.PreparedAt
	}
	return started
}

// comeBack says when to ask again: progress with Next wait. Only while a login is
// being made for the drill the time is the login's: a copy that is restarted, or
// does not answer, would be no sooner there in a disaster.
func (p patience) comeBack(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource, progress Progress, started time.Time, notReady error) (Progress, error) {
	if progress.WaitingSince.IsZero() {
		progress.WaitingSince = started
	}
	if making := drill.MakingLogin(notReady); making != progress.MakingLogin {
		kind, at := drill.FactPhaseStarted, started
		if !making {
			kind, at = drill.FactPhaseEnded, p.made(progress, started)
		}
		if err := p.journal.Append(ctx, run.ID, drill.Fact{At: at, State: p.state, Kind: kind, Note: drill.PhaseLogin}); err != nil {
			return Progress{}, fmt.Errorf("writing the record of run %s: %w", run.ID, err)
		}
		progress.MakingLogin = making
	}
	if now := p.clock.Now(); now.Sub(progress.WaitingSince) >= maxLogin {
		return Progress{}, &drill.Error{
			Name: drill.ValidationImpossible, What: fmt.Sprintf("%s %s let nobody in for %s", res.Kind, res.ID, maxLogin), Err: notReady,
			Hint: "look at the events of the instance in the console, and at the network between the validating function and the copy",
		}
	}
	wait := loginPoll
	if progress.NextAt == "" {
		wait = firstLogin
	}
	if spec.Limits.LocalPace() {
		wait = time.Second // at the local pace
	}
	progress.Next, progress.NextAt = NextWait, timestamp(spec.Limits, p.clock.Now().Add(wait))
	return progress, nil
}
