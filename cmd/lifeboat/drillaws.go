package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sts"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	worldaws "github.com/lifeboat-dr/lifeboat/pkg/world/aws"
)

// awsDrill starts an execution of the deployed machine and follows it.
type awsDrill struct {
	plan          plan.Plan
	database      string
	scheduledTime string
	deployedPlan  bool // whatever plan is deployed
	keep, asJSON  bool
}

func (d awsDrill) run(ctx context.Context, s streams) error {
	world, caller, err := openAWS(ctx, d.plan)
	if err != nil {
		return err
	}
	region := d.plan.DrillRegion()
	request := drillstep.Request{Database: d.database, StartedBy: caller.ARN, Trigger: trigger(d.scheduledTime), ScheduledTime: d.scheduledTime, Keep: d.keep}
	if !d.deployedPlan {
		request.PlanHash = d.plan.Hash()
	}
	arn, err := world.Start(ctx, request, randomHex())
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "Drilling %s in %s\n  execution %s\n", d.database, region, arn)
	outcome, err := world.Follow(ctx, arn, func(e sfn.Event) {
		if e.State != "" && !quietState(e.State) && isEntered(e) {
			fmt.Fprintf(s.err, "  %s  %s\n", e.At.Format("15:04:05"), e.State)
		}
	})
	if errors.Is(err, context.Canceled) {
		return &exitError{code: exitInternal, err: errors.New("not followed any more: the drill goes on in AWS"), hint: "stop it with: aws stepfunctions stop-execution --region " + region + " --execution-arn " + arn}
	}
	if err != nil {
		return err
	}
	return reportAWSDrill(s, outcome, d.asJSON)
}

// openAWS is where the plan is deployed, as the caller's credentials reach it.
func openAWS(ctx context.Context, p plan.Plan) (*worldaws.World, sts.Caller, error) {
	region := p.DrillRegion()
	if region == "" {
		return nil, sts.Caller{}, usageError("declare regions in the plan", "the plan names no region to drill in")
	}
	cfg, err := awsconfig.Load(ctx, awsconfig.Options{Region: region, Version: versionString()})
	if err != nil {
		return nil, sts.Caller{}, err
	}
	caller, err := sts.New(cfg).Caller(ctx)
	if err != nil {
		return nil, sts.Caller{}, err
	}
	options := worldaws.Options{Config: cfg, Deployment: p.Deployment, Account: caller.Account, Clock: clock.Real{}, Pause: pause}
	return worldaws.Open(options), caller, nil
}

func isEntered(e sfn.Event) bool {
	return len(e.Type) > len("Entered") && e.Type[len(e.Type)-len("Entered"):] == "Entered"
}

// reportAWSDrill prints the result and maps the ending to the exit code. An
// execution that ends in none of the four is an internal error.
func reportAWSDrill(s streams, o *worldaws.Outcome, asJSON bool) error {
	if o.Duplicate {
		fmt.Fprintln(s.err, "This scheduled time was drilled before: nothing to do.")
		if asJSON {
			return printJSON(s.out, map[string]any{"ending": nil, "outcome": "duplicate", "executionArn": o.ExecutionARN})
		}
		return nil
	}
	if o.Document != nil {
		summary := drillevidence.Summarize(*o.Document, o.Location, "")
		if asJSON {
			if err := printJSON(s.out, summary); err != nil {
				return err
			}
		} else {
			printSummary(s.out, *o.Document, summary, colours(s.out))
		}
	}
	code := codeOf(o.Ending)
	switch o.Refused {
	case drill.UnknownDatabase, drill.PlanMismatch:
		code = exitUsage
	}
	if code == exitPassed {
		return nil
	}
	quiet := o.Document != nil && !asJSON
	return &exitError{code: code, err: fmt.Errorf("%s %s: %s", o.Ending, o.Error, o.Cause), quiet: quiet}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func randomHex() string {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails: https://pkg.go.dev/crypto/rand#Read
	return hex.EncodeToString(random[:])
}
