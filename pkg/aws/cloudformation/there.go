package cloudformation

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// There looks whether stacks are deployed, in one region.
type There struct {
	api cloudformation.DescribeStacksAPIClient
}

// NewThere makes an adapter. It makes no call.
func NewThere(cfg aws.Config) There { return There{cloudformation.NewFromConfig(cfg)} }

// Missing says why a stack is not as a recovery needs it; "": it is deployed. One
// that is being updated counts as deployed: it has what it had. Errors: NotPrepared,
// Throttled, Transient.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
func (t There) Missing(ctx context.Context, name string) (string, error) {
	out, err := t.api.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	if awsconfig.Code(err) == "ValidationError" && strings.Contains(err.Error(), "does not exist") || err == nil && len(out.Stacks) == 0 {
		return "there is no such stack in this region: deploy it", nil
	}
	if err != nil {
		return "", awsconfig.Named(err, drill.NotPrepared, "looking at stack "+name, "see that the role may call cloudformation:DescribeStacks on it")
	}
	switch status := string(out.Stacks[0].StackStatus); {
	case strings.HasPrefix(status, "DELETE"), strings.HasPrefix(status, "CREATE_") && status != "CREATE_COMPLETE",
		strings.HasPrefix(status, "ROLLBACK"), strings.HasPrefix(status, "REVIEW"), strings.HasPrefix(status, "IMPORT_ROLLBACK"), strings.HasSuffix(status, "FAILED"):
		return fmt.Sprintf("it is %s: %s", status, aws.ToString(out.Stacks[0].StackStatusReason)), nil
	}
	return "", nil
}
