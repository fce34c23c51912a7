// Package autoscaling looks at Auto Scaling groups of EC2: how many instances are
// wanted, and how many serve. It changes none.
package autoscaling

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type api interface {
	DescribeAutoScalingGroups(context.Context, *autoscaling.DescribeAutoScalingGroupsInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingGroupsOutput, error)
}

// Groups of an account and region.
type Groups struct{ api api }

// New makes an adapter. It makes no call.
func New(cfg aws.Config) Groups { return Groups{autoscaling.NewFromConfig(cfg)} }

// Service finds a group by its ARN; false: there is none. One of the same name that
// was made anew has another ARN, and counts: by its name it is scaled. The error is
// a *seen.Unread.
func (g Groups) Service(ctx context.Context, arn string) (seen.Service, bool, error) {
	_, name, _ := strings.Cut(arn, "autoScalingGroupName/")
	out, err := g.api.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{name}})
	if err != nil {
		return seen.Service{}, false, seen.Cannot(err, "the Auto Scaling group "+name, "autoscaling:DescribeAutoScalingGroups")
	}
	if len(out.AutoScalingGroups) == 0 {
		return seen.Service{}, false, nil
	}
	group := out.AutoScalingGroups[0]
	found := seen.Service{
		Desired: int(aws.ToInt32(group.DesiredCapacity)), Max: int(aws.ToInt32(group.MaxSize)),
		Leaving: aws.ToString(group.Status) != "", // it has one while it is deleted only
	}
	for _, i := range group.Instances {
		if i.LifecycleState == types.LifecycleStateInService && aws.ToString(i.HealthStatus) == "Healthy" {
			found.Running++
		}
	}
	for _, p := range group.SuspendedProcesses {
		found.Suspended = append(found.Suspended, aws.ToString(p.ProcessName))
	}
	return found, true, nil
}
