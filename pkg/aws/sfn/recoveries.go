package sfn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Recoveries starts and finds executions of the two machines that recover.
//
// Starts are made one after another, which with the time that each takes is less
// than a tenth of the quota of 150 a second (and 800 at once) that a machine's
// account has; what is throttled all the same the SDK asks for again, and then the
// machine's Retry.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
type Recoveries struct {
	machines      *Machines
	parent, child string // ARNs
}

// Recoveries are those of the machines with these ARNs. It makes no call.
func (m *Machines) Recoveries(parentARN, childARN string) Recoveries {
	return Recoveries{machines: m, parent: parentARN, child: childARN}
}

// maxName of an execution, in characters.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
const maxName = 80

// StartStep starts an execution of the child machine. One of that name, running or
// closed, is no error: it is there.
func (r Recoveries) StartStep(ctx context.Context, name string, in recovery.ChildInput) error {
	return r.start(ctx, r.child, name, in)
}

// StartParent starts a parent; likewise.
func (r Recoveries) StartParent(ctx context.Context, name string, in recovery.Request) error {
	return r.start(ctx, r.parent, name, in)
}

func (r Recoveries) start(ctx context.Context, machine, name string, in any) error {
	what := fmt.Sprintf("start execution %s of %s", name, machine)
	if len(name) > maxName {
		return &drill.Error{Name: drill.InvalidInput, What: fmt.Sprintf("%s: the name has %d characters, and %d are allowed", what, len(name), maxName)}
	}
	input, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	_, err = r.machines.api.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &machine, Name: &name, Input: aws.String(string(input))})
	var exists *types.ExecutionAlreadyExists
	if errors.As(err, &exists) {
		return nil
	}
	return named(err, what)
}

// RunningSteps are the names of the children of a run that run now. Some that began
// seconds ago may lack.
func (r Recoveries) RunningSteps(ctx context.Context, run string) (map[string]bool, error) {
	what := "list the running steps of recovery " + run
	running := map[string]bool{}
	pages := sfn.NewListExecutionsPaginator(r.machines.revisions, &sfn.ListExecutionsInput{
		StateMachineArn: &r.child, StatusFilter: types.ExecutionStatusRunning, MaxResults: 1000,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, named(err, what)
		}
		for _, x := range page.Executions {
			if _, _, ours := recovery.ParseChild(run, aws.ToString(x.Name)); ours {
				running[aws.ToString(x.Name)] = true
			}
		}
	}
	return running, nil
}

// StepState of one child: "RUNNING", "SUCCEEDED", "FAILED", ...; "": there is none.
func (r Recoveries) StepState(ctx context.Context, name string) (string, error) {
	arn, ok := executionARNOf(r.child, name)
	if !ok {
		return "", &drill.Error{Name: drill.Unexpected, What: fmt.Sprintf("%q is no ARN of a state machine", r.child)}
	}
	x, err := r.machines.Describe(ctx, arn)
	var missing *types.ExecutionDoesNotExist
	if errors.As(err, &missing) {
		return "", nil
	}
	return x.Status, err
}

// Wake completes the parent's task. A token that nobody waits with any more is no
// error.
func (r Recoveries) Wake(ctx context.Context, token string) error {
	return r.machines.SendTaskSuccess(ctx, token, json.RawMessage(`{}`))
}
