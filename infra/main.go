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

// Exit codes, those of the CLI.
const (
	exitUsage    = 64 // the plan, or what was asked for, cannot be deployed
	exitInternal = 70
)

func main() {
	app := awscdk.NewApp(nil)
	err := run(app)
	jsii.Close()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "lifeboat:", err)
	if errors.Is(err, stacks.ErrSynthesis) {
		os.Exit(exitInternal)
	}
	os.Exit(exitUsage)
}

func run(app awscdk.App) error {
	context := func(name string) string {
		value, _ := app.Node().TryGetContext(jsii.String(name)).(string)
		return value
	}
	file := context("plan")
	loaded, err := planfile.Load(file)
	var problems planfile.Problems
	if errors.As(err, &problems) {
		return fmt.Errorf("the plan %s has %d problem(s):\n%w", file, len(problems), err)
	}
	if err != nil {
		return err
	}
	perDatabase, err := strconv.Atoi(cmp.Or(context("perDatabase"), "0"))
	if err != nil {
		return fmt.Errorf("PER_DATABASE is up to how many databases each has a schedule and alarms of its own, a whole number: %w", err)
	}
	list, err := stacks.List(stacks.Props{
		Plan: loaded.Plan, Account: account(context("account"), loaded.Plan), Assets: context("functions"), Version: context("version"),
		Authorities: context("authorities"), PerDatabase: perDatabase,
	})
	if err != nil {
		return fmt.Errorf("the plan %s: %w", file, err)
	}
	var deployment stacks.Deployment
	for _, stack := range list {
		if err := deployment.Make(app, stack); err != nil {
			return fmt.Errorf("the plan %s: %w", file, err)
		}
	}
	return deployment.Synthesize(app)
}

// account is where lifeboat is deployed: as it is said, as the plan says, or that
// of the caller's credentials, which the CDK CLI finds; "" where nobody knows.
func account(said string, p plan.Plan) string {
	var recovery, primary string
	if p.Accounts != nil {
		recovery, primary = p.Accounts.Recovery, p.Accounts.Primary
	}
	return cmp.Or(said, recovery, primary, os.Getenv("CDK_DEFAULT_ACCOUNT"))
}
