package wire

import (
	"context"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/rdsauth"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/secretsmanager"
	"github.com/lifeboat-dr/lifeboat/pkg/check/remote"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Openers are the ways to reach the copies of each kind. Making them makes no
// call; what is missing they tell the settings.
type Openers func(*lambdafn.Settings) drillstep.ByKind[drillstep.OpenChecks]

// OnAWS are the ways on AWS.
func OnAWS(s *lambdafn.Settings) drillstep.ByKind[drillstep.OpenChecks] {
	return drillstep.ByKind[drillstep.OpenChecks]{plan.KindRDSInstance: overTLS(s)}
}

// overTLS asks servers that take SQL.
func overTLS(s *lambdafn.Settings) drillstep.OpenChecks {
	roots, err := authorities(s.Env)
	s.Check(err)
	token := func(ctx context.Context, region string, endpoint drill.Endpoint, user string, now time.Time) (string, error) {
		return rdsauth.Token(ctx, s.Home().Credentials, region, endpoint, user, now)
	}
	opener := remote.Opener{Password: secretsmanager.New(s.Config).Read, Token: token, Roots: roots, Clock: s.Clock}
	return func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource, access drill.Access) (drillstep.CheckSession, error) {
		return opener.Open(ctx, run, spec, res, access)
	}
}
