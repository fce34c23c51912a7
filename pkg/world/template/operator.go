package template

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// SDK is an operator's, who has nothing but the account: the same calls reach the
// simulated AWS as would reach the real one.
func (w *World) SDK(region string) aws.Config { return w.SDKIn(w.Where().Account, region) }

// SDKIn is that of an operator of another account.
func (w *World) SDKIn(account, region string) aws.Config {
	return w.config(Operator, account, region, w.told(deployed.EnvVersion), w.cloud)
}

// Terminal is an operator's who also invokes functions of the deployment, as the
// command does: AWS says whether they may, and then they run with their own roles.
func (w *World) Terminal(region string) aws.Config {
	return w.config(Operator, w.Where().Account, region, w.told(deployed.EnvVersion), lambda.Front{Cloud: w.cloud, Run: w.byHand})
}

// byHand runs a function that somebody waits for.
func (w *World) byHand(_ context.Context, function string, payload []byte) (result []byte, functionError string, ok bool) {
	where := w.Where()
	if !strings.HasPrefix(function, "arn:") {
		function = wire.ARN("lambda", where.Region, where.Account, "function:"+function)
	}
	out, failed, err := w.invoke(function, payload)
	if err != nil {
		return nil, "", false
	}
	if failed != nil {
		return []byte(failed.Cause), "Unhandled", true
	}
	return out, "", true
}

// Forbid takes actions away from the operator, as an organisation does that gives
// people less than everything.
func (w *World) Forbid(actions ...string) { w.forbidden = append(w.forbidden, actions...) }

// Restrict gives the operator this policy, and no longer everything.
func (w *World) Restrict(policy json.RawMessage) { w.restricted = policy }

// ofOperator are the operator's policies.
func (w *World) ofOperator() []json.RawMessage {
	list := []json.RawMessage{everything}
	if w.restricted != nil {
		list = []json.RawMessage{w.restricted}
	}
	if len(w.forbidden) > 0 {
		text, _ := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{ // texts always encode
			"Effect": "Deny", "Action": slices.Clone(w.forbidden), "Resource": "*",
		}}})
		list = append(list, text)
	}
	return list
}
