// Command infra is the CDK app: it reads the plan and says what is deployed.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/infra/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	context := func(name string) string {
		value, _ := app.Node().TryGetContext(jsii.String(name)).(string)
		return value
	}
	loaded, err := planfile.Load(context("plan"))
	if err != nil {
		fail(err)
	}
	where, err := account(context("account"), loaded.Plan)
	if err != nil {
		fail(err)
	}
	perDatabase, err := strconv.Atoi(cmp.Or(context("perDatabase"), "0"))
	if err != nil {
		fail(fmt.Errorf("PER_DATABASE is up to how many databases each has a schedule and alarms of its own, a whole number: %w", err))
	}
	if _, err := stacks.NewRecovery(app, stacks.RecoveryProps{
		Plan: loaded.Plan, Account: where, Assets: context("functions"), Version: context("version"), Adopt: context("adopt"), PerDatabase: perDatabase,
	}); err != nil {
		fail(err)
	}
	app.Synth(nil)
}

// account is where lifeboat is deployed: as it is said, as the plan says, or that
// of the caller's credentials, which the CDK CLI finds.
func account(said string, p plan.Plan) (string, error) {
	candidates := []string{said}
	if p.Accounts != nil {
		candidates = append(candidates, p.Accounts.Recovery, p.Accounts.Primary)
	}
	candidates = append(candidates, os.Getenv("CDK_DEFAULT_ACCOUNT"))
	for _, c := range candidates {
		if c != "" {
			return c, nil
		}
	}
	return "", errors.New("no account: sign in to AWS, say ACCOUNT=<12 digits>, or write accounts in the plan")
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
