// Package ecs looks at services of the Elastic Container Service: how many tasks
// are wanted, and how many run. It changes none.
package ecs

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type api interface {
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
}

// Services of an account and region.
type Services struct{ api api }

// New makes an adapter. It makes no call.
func New(cfg aws.Config) Services { return Services{ecs.NewFromConfig(cfg)} }

// Service finds one by its ARN, which names its cluster; false: there is none, or
// there was one. The error is a *seen.Unread.
func (s Services) Service(ctx context.Context, arn string) (seen.Service, bool, error) {
	cluster := arn
	if parts := strings.Split(arn, "/"); len(parts) == 3 {
		cluster = parts[1]
	}
	out, err := s.api.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{arn}})
	if awsconfig.Code(err) == "ClusterNotFoundException" {
		return seen.Service{}, false, nil
	}
	if err != nil {
		return seen.Service{}, false, seen.Cannot(err, "service "+arn, "ecs:DescribeServices on it")
	}
	for _, one := range out.Services {
		// One that was deleted is shown for a while, as INACTIVE.
		// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
		if status := aws.ToString(one.Status); status != "INACTIVE" {
			return seen.Service{Desired: int(one.DesiredCount), Running: int(one.RunningCount), Max: -1, Leaving: status != "ACTIVE"}, true, nil
		}
	}
	return seen.Service{}, false, nil
}
