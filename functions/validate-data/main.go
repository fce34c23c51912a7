// Command validate-data is the Lambda function of the state ValidateData, the
// only one inside the network of the restored copies.
package main

import (
	"context"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rdsauth"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
	"github.com/lifeboat-dr/lifeboat/pkg/rdsca"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	"github.com/lifeboat-dr/lifeboat/pkg/validation"
)

func main() {
	env := lambdafn.Setup()
	table := dynamodb.New(env.Config(), env.Get(deployed.EnvTable), nil)
	instances := rds.New(rds.Options{Config: env.ConfigIn, Account: env.Account})
	roots, err := rdsca.Load(lambdafn.Authorities())
	env.Check(err)
	token := func(ctx context.Context, region string, endpoint drill.Endpoint, user string, now time.Time) (string, error) {
		return rdsauth.Token(ctx, env.Config().Credentials, region, endpoint, user, now)
	}
	opener := validation.Opener{Login: instances.Login, Token: token, Roots: roots}
	open := func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (step.CheckSession, error) {
		return opener.Open(ctx, run, spec, res)
	}
	env.Start(step.JSON(step.ValidateData{OpenChecks: open, Journal: table, Clock: clock.Real{}}.Handle))
}
