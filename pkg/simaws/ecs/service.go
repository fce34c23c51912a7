// Package ecs is the simulated Elastic Container Service, as far as somebody looks
// at services in it: how many tasks are wanted, and how many run.
//
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
package ecs

import (
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// maxServices is how many one call may name.
const maxServices = 10

// Workload is an ECS service; its name says that there are services of two kinds
// here.
type Workload struct {
	Cluster, Name             string
	Status                    string // default ACTIVE; DRAINING and INACTIVE are on their way out, or gone
	Desired, Running, Pending int
}

// Service implements wire.Handler. Calls must come one at a time, as simaws.Cloud
// sends them.
type Service struct {
	wire.JSON
	clusters map[string]bool // by their ARNs
	services map[string]*Workload
}

// New makes the service, without any cluster.
func New() *Service {
	s := &Service{clusters: map[string]bool{}, services: map[string]*Workload{}}
	s.JSON = wire.JSON{Version: "1.1", Operations: map[string]wire.Operation{"DescribeServices": wire.Op(s.describe)}}
	return s
}

// AddService makes a service, with its cluster, and returns its ARN. What it
// points to may be changed later.
func (s *Service) AddService(account, region string, w *Workload) string {
	if w.Status == "" {
		w.Status = "ACTIVE"
	}
	s.clusters[wire.ARN("ecs", region, account, "cluster/"+w.Cluster)] = true
	arn := wire.ARN("ecs", region, account, "service/"+w.Cluster+"/"+w.Name)
	s.services[arn] = w
	return arn
}

type describeIn struct {
	Cluster  string   `json:"cluster"`
	Services []string `json:"services"`
}

type described struct {
	ServiceArn   string `json:"serviceArn"`
	ServiceName  string `json:"serviceName"`
	ClusterArn   string `json:"clusterArn"`
	Status       string `json:"status"`
	DesiredCount int    `json:"desiredCount"`
	RunningCount int    `json:"runningCount"`
	PendingCount int    `json:"pendingCount"`
}

type failure struct {
	Arn    string `json:"arn"`
	Reason string `json:"reason"`
}

type describeOut struct {
	Services []described `json:"services"`
	Failures []failure   `json:"failures"`
}

// describe finds services by name or ARN in one cluster; one that is not there is
// a failure beside the others.
func (s *Service) describe(c *wire.Call, in describeIn) (describeOut, error) {
	cluster := in.Cluster
	if cluster == "" {
		cluster = "default"
	}
	if !strings.HasPrefix(cluster, "arn:") {
		cluster = wire.ARN("ecs", c.Region, c.Account, "cluster/"+cluster)
	}
	if len(in.Services) == 0 || len(in.Services) > maxServices {
		return describeOut{}, wire.Errorf("InvalidParameterException", "Services: 1 to %d can be described, and not %d.", maxServices, len(in.Services))
	}
	if !s.clusters[cluster] {
		return describeOut{}, wire.Errorf("ClusterNotFoundException", "Cluster not found.")
	}
	out := describeOut{Services: []described{}, Failures: []failure{}}
	for _, name := range in.Services {
		arn := name
		if !strings.HasPrefix(arn, "arn:") {
			arn = strings.Replace(cluster, ":cluster/", ":service/", 1) + "/" + name
		}
		c.Touch(arn)
		w := s.services[arn]
		if w == nil {
			out.Failures = append(out.Failures, failure{arn, "MISSING"})
			continue
		}
		out.Services = append(out.Services, described{arn, w.Name, cluster, w.Status, w.Desired, w.Running, w.Pending})
	}
	return out, nil
}
