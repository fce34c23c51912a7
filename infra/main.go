// Command infra is the CDK app: it reads the plan and says what is deployed.
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/infra/stacks"
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
	if _, err := stacks.NewRecovery(app, stacks.RecoveryProps{
		Plan: loaded.Plan, Account: account(context("account")), Assets: context("functions"), Version: context("version"), Adopt: context("adopt"),
	}); err != nil {
		fail(err)
	}
	app.Synth(nil)
}

// account is that of the caller's credentials, as the CDK CLI found it, unless
// it is said.
func account(said string) string {
	if said != "" {
		return said
	}
	return os.Getenv("CDK_DEFAULT_ACCOUNT")
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
