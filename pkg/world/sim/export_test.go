package sim

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/functions/kinds"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/sourcetest"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws"
)

// Subject is the world's RDS source for the suite of all sources.
func (w *World) Subject() sourcetest.Subject {
	run := func(name string) drill.Run {
		id := w.names.execution(name)
		return drill.Run{
			ID: name, ExecutionID: id, Deployment: w.names.deployment, Throwaway: drill.ThrowawayName(w.names.deployment, id), StartedAt: w.started,
		}
	}
	settings := w.env("conformance", nil).Settings()
	return sourcetest.Subject{
		Source: kinds.Instances(settings), OpenChecks: w.openers(settings)[w.land.spec.Kind], Run: run("one"), Other: run("other"), Spec: w.land.spec,
		Wait: func() { w.clock.Sleep(5 * time.Second) },
	}
}

// Operator is a person at a terminal, with the deployment in front of them.
func (w *World) Operator() aws.Options {
	return aws.Options{
		Config: role{w, "operator"}.home(), Deployment: w.names.deployment, Account: w.names.account, Clock: w.clock,
		Pause: func(_ context.Context, d time.Duration) error { w.clock.Advance(15 * d); return nil },
	}
}

// Terminal is a person's at a terminal, who also asks functions: nobody else lets time
// pass in this world.
func (w *RecoveryWorld) Terminal() aws.Options {
	o := w.Operator()
	o.Config.HTTPClient = &http.Client{Transport: lambda.Front{Cloud: w.cloud, Run: func(ctx context.Context, function string, payload []byte) ([]byte, string, bool) {
		short := strings.TrimPrefix(function, deployed.Names{Deployment: w.names.deployment}.Function(""))
		if w.functions.handlers[short] == nil {
			return nil, "", false
		}
		out, err := w.functions.invoke(ctx, short, payload)
		if err != nil {
			return []byte(step.ErrorName(err).Cause), "Unhandled", true
		}
		return out, "", true
	}}}
	o.Caller = "arn:aws:iam::" + w.names.account + ":user/alex"
	return o
}

// StopParent aborts the parent that has a run, as somebody does in the console.
func (w *RecoveryWorld) StopParent(arn string) { w.fail(w.executions.Stop(arn, "", "")) }

// Pass lets time pass.
func (w *RecoveryWorld) Pass(d time.Duration) { w.clock.Advance(d) }

// Kill stops an execution so long from now, as StopExecution does: its machine
// gets no chance to clean up.
func (w *World) Kill(arn string, in time.Duration) {
	w.clock.AfterFunc(in, func() { w.fail(w.executions.Stop(arn, "Killed", "by a test")) })
}

// EvidenceFiles are all documents in the bucket, as they lie there, one after
// the other.
func (w *World) EvidenceFiles() []byte {
	var all []byte
	for _, object := range w.cloud.S3.Objects(w.names.bucket) {
		all = append(all, object.Body...)
	}
	return all
}

// Datapoints are all figures that were put to CloudWatch.
func (w *World) Datapoints() []cloudwatch.Datapoint { return w.cloud.Metrics.Datapoints() }
