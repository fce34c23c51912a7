// Package autoscaling is the simulated EC2 Auto Scaling, as far as somebody looks
// at groups in it: how many instances are wanted, and how many serve.
//
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html
package autoscaling

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Group is an Auto Scaling group.
type Group struct {
	Name              string
	Min, Max, Desired int
	InService         int      // instances that are healthy and in service
	Unhealthy         int      // instances that are in service and unhealthy
	Suspended         []string // processes: Launch, Terminate, ...
	Status            string   // "Delete in progress"; "": it stays
	arn               string
	account, region   string
}

// Service implements wire.Handler. Calls must come one at a time, as simaws.Cloud
// sends them.
type Service struct {
	wire.Query
	groups []*Group
}

// New makes the service, without any group.
func New() *Service {
	s := &Service{}
	s.Query = wire.Query{Namespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/", Operations: map[string]wire.Operation{"DescribeAutoScalingGroups": wire.Op(s.describe)}}
	return s
}

// AddGroup makes a group and returns its ARN. What it points to may be changed
// later.
func (s *Service) AddGroup(account, region string, g *Group) string {
	g.account, g.region = account, region
	g.arn = wire.ARN("autoscaling", region, account, fmt.Sprintf("autoScalingGroup:00000000-0000-4000-8000-%012d:autoScalingGroupName/%s", len(s.groups)+1, g.Name))
	s.groups = append(s.groups, g)
	return g.arn
}

type describeIn struct {
	AutoScalingGroupNames []string
	MaxRecords            *int
	NextToken             string
}

type instance struct{ InstanceId, HealthStatus, LifecycleState, AvailabilityZone string }

type process struct{ ProcessName, SuspensionReason string }

type described struct {
	AutoScalingGroupName, AutoScalingGroupARN string
	MinSize, MaxSize, DesiredCapacity         int
	Instances                                 []instance `xml:"Instances>member"`
	SuspendedProcesses                        []process  `xml:"SuspendedProcesses>member"`
	Status                                    *string    `xml:",omitempty"`
}

type describeOut struct {
	AutoScalingGroups []described `xml:"AutoScalingGroups>member"`
}

// describe leaves out names that nothing has.
func (s *Service) describe(c *wire.Call, in describeIn) (out describeOut, err error) {
	if in.NextToken != "" {
		return out, wire.Unknown("%s %s: pages are not simulated", c.Service, c.Operation)
	}
	for _, g := range s.groups {
		if g.account != c.Account || g.region != c.Region || len(in.AutoScalingGroupNames) > 0 && !slices.Contains(in.AutoScalingGroupNames, g.Name) {
			continue
		}
		c.Touch(g.arn)
		one := described{AutoScalingGroupName: g.Name, AutoScalingGroupARN: g.arn, MinSize: g.Min, MaxSize: g.Max, DesiredCapacity: g.Desired}
		if g.Status != "" {
			one.Status = &g.Status
		}
		for i := range g.InService + g.Unhealthy {
			health := map[bool]string{true: "Healthy", false: "Unhealthy"}[i < g.InService]
			one.Instances = append(one.Instances, instance{fmt.Sprintf("i-%017d", i+1), health, "InService", g.region + "a"})
		}
		for _, name := range g.Suspended {
			one.SuspendedProcesses = append(one.SuspendedProcesses, process{name, "User suspended"})
		}
		out.AutoScalingGroups = append(out.AutoScalingGroups, one)
	}
	slices.SortFunc(out.AutoScalingGroups, func(a, b described) int { return cmp.Compare(a.AutoScalingGroupName, b.AutoScalingGroupName) })
	return out, nil
}
