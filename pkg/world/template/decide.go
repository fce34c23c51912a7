package template

import (
	"context"

	awslambda "github.com/lifeboat-dr/lifeboat/pkg/aws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// Decide has the operator decide about a step, as the command does.
func (w *World) Decide(ctx context.Context, in recoverystep.DecideStepIn) error {
	functions := awslambda.New(w.Terminal(w.region()))
	_, err := awslambda.Invoke[recoverystep.DecideStepOut](ctx, functions, w.names().Function(deployed.DecideStep), in)
	return err
}
