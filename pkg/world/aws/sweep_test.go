package aws_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws"
)

func TestSweepAsksTheDeployedSweeper(t *testing.T) {
	const found = `"orphans":[{"region":"eu-central-1","throwaway":{"copy":[{"kind":"rds-instance","id":"lifeboat-prod-aaaaaaaaaaaa"}]}}],
		"kept":[{"region":"eu-central-1","throwaway":{"copy":[{"kind":"rds-instance","id":"lifeboat-prod-bbbbbbbbbbbb"}]},"why":"its execution is running"}]}`
	running := world.Swept{Kind: "rds-instance", ID: "lifeboat-prod-bbbbbbbbbbbb", Action: world.Spared, Reason: "its execution is running"}
	orphan := world.Swept{Kind: "rds-instance", ID: "lifeboat-prod-aaaaaaaaaaaa", Action: world.Removing, Reason: "its execution is over: its removal was asked for"}
	would := orphan
	would.Action, would.Reason = world.WouldRemove, "its execution is over"
	tests := map[string]struct {
		reason string
		dryRun bool
		asked  string
		answer string
		failed string
		want   []world.Swept
		err    drill.ErrorName
		hint   string
	}{
		"a sweep":         {"what it asked for goes", false, `{"dryRun":false}`, `{"dryRun":false,` + found, "", []world.Swept{orphan, running}, "", ""},
		"a dry run":       {"nothing goes", true, `{"dryRun":true}`, `{"dryRun":true,` + found, "", []world.Swept{would, running}, "", ""},
		"nothing":         {"a list, and none in it", false, `{"dryRun":false}`, `{"dryRun":false,"orphans":[],"kept":[]}`, "", []world.Swept{}, "", ""},
		"it failed":       {"its own name and hint", false, `{"dryRun":false}`, `{"errorType":"CleanupFailed","errorMessage":"sweeping deployment prod: x\nhint: look"}`, "Unhandled", nil, drill.CleanupFailed, "look"},
		"it was cut off":  {"Lambda's own words", false, `{"dryRun":false}`, `{"errorMessage":"Task timed out after 300.00 seconds"}`, "Unhandled", nil, drill.Unexpected, ""},
		"no answer of it": {"that is no sweep", false, `{"dryRun":false}`, `"hello"`, "", nil, "", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			asked := ""
			w := withFunctions(map[string]lambda.Function{names.ARN("lambda", "function:"+names.Function(deployed.Sweeper)): func(_ context.Context, payload []byte) ([]byte, string, error) {
				asked = string(payload)
				return []byte(tc.answer), tc.failed, nil
			}})
			got, err := w.Sweep(ctx, world.SweepOptions{DryRun: tc.dryRun})
			if diff := cmp.Diff(tc.want, got); diff != "" || asked != tc.asked {
				t.Errorf("%s: asked %s (-want +got):\n%s", tc.reason, asked, diff)
			}
			if (err == nil) != (tc.want != nil) || drill.NameOf(err) != tc.err || drill.HintOf(err) != tc.hint {
				t.Errorf("%s: %v", tc.reason, err)
			}
		})
	}
}

func TestSweepWhereNothingIsDeployed(t *testing.T) {
	if _, err := withFunctions(nil).Sweep(ctx, world.SweepOptions{}); drill.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
}

func withFunctions(functions map[string]lambda.Function) *aws.World {
	cloud := simaws.New(simaws.Options{Clock: clock.NewVirtual(noon)}, map[string]wire.Handler{"lambda": lambda.New(functions)})
	return aws.Open(aws.Options{Deployment: "prod", Account: names.Account, Config: awsconfig.New(awsconfig.Options{
		Region: names.Region, HTTPClient: &http.Client{Transport: cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(names.Account, "operator"), "secret", ""),
	})})
}
