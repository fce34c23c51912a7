package sfn

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// revisions is what looking back at a machine's definitions takes.
type revisions interface {
	sfn.ListExecutionsAPIClient
	DescribeStateMachineForExecution(context.Context, *sfn.DescribeStateMachineForExecutionInput, ...func(*sfn.Options)) (*sfn.DescribeStateMachineForExecutionOutput, error)
}

// Executions lists those of a machine that Step Functions still knows, for 90
// days after their end, without inputs and outputs.
func (m *Machines) Executions(ctx context.Context, machineARN string) ([]Execution, error) {
	var list []Execution
	pages := sfn.NewListExecutionsPaginator(m.revisions, &sfn.ListExecutionsInput{StateMachineArn: &machineARN, MaxResults: 1000})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, named(err, "list the executions of "+machineARN)
		}
		for _, e := range page.Executions {
			x := Execution{ARN: aws.ToString(e.ExecutionArn), Status: string(e.Status), StartedAt: aws.ToTime(e.StartDate).UTC()}
			if e.StopDate != nil {
				x.StoppedAt = e.StopDate.UTC()
			}
			list = append(list, x)
		}
	}
	return list, nil
}

// DefinitionOf is what an execution runs, and goes on with when it is redriven:
// the machine's definition as it was at its start, and since when it had been
// that; zero where that is not said. The definition is "" where the execution is
// not known any more.
// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
func (m *Machines) DefinitionOf(ctx context.Context, executionARN string) (definition string, since time.Time, err error) {
	out, err := m.revisions.DescribeStateMachineForExecution(ctx, &sfn.DescribeStateMachineForExecutionInput{ExecutionArn: &executionARN})
	var missing *types.ExecutionDoesNotExist
	if errors.As(err, &missing) {
		return "", time.Time{}, nil
	}
	if err != nil {
		return "", time.Time{}, named(err, "look at the definition of execution "+executionARN)
	}
	return aws.ToString(out.Definition), aws.ToTime(out.UpdateDate).UTC(), nil
}
