package wire

import (
	"context"
	"time"

	"github.com/lifeboat-dr/lifeboat/functions/kinds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rdsauth"
	"github.com/lifeboat-dr/lifeboat/pkg/check/remote"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Openers are the ways to reach the copies of each kind. Making them makes no
// call; what is missing they tell the settings.
type Openers func(*lambdafn.Settings) drillstep.ByKind[drillstep.OpenChecks]

// openers are those of AWS.
func openers(s *lambdafn.Settings) drillstep.ByKind[drillstep.OpenChecks] {
	return drillstep.ByKind[drillstep.OpenChecks]{plan.KindRDSInstance: overTLS(s, kinds.Instances(s).Login)}
}

// login is where and as whom the checks get into a copy.
type login = func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (endpoint drill.Endpoint, user, password string, err error)

// overTLS asks servers that take SQL.
func overTLS(s *lambdafn.Settings, logIn login) drillstep.OpenChecks {
	roots, err := authorities(s.Env)
	s.Check(err)
	token := func(ctx context.Context, region string, endpoint drill.Endpoint, user string, now time.Time) (string, error) {
		return rdsauth.Token(ctx, s.Home().Credentials, region, endpoint, user, now)
	}
	opener := remote.Opener{Login: logIn, Token: token, Roots: roots, Clock: s.Clock}
	return func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (drillstep.CheckSession, error) {
		return opener.Open(ctx, run, spec, res)
	}
}
