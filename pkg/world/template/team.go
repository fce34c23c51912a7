package template

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/ecr"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/network"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/secretsmanager"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/stacks"
)

// What a team has in the recovery region that its plan names, and that no stack of
// lifeboat makes: a network, groups of databases, stacks, secrets, images, and a service
// that answers.
const (
	teamNetwork = "vpc-team"
	teamRoutes  = "rtb-team"
	teamWay     = "nat-team"
)

// teamsNetwork makes the network that functions are put into by ids which no stack
// gives: its subnets reach AWS through a gateway, and databases in it answer whoever is
// in it.
func (w *World) teamsNetwork(a cfn.Assembly) {
	n := &w.account.Network
	for _, t := range a.Stacks {
		for _, id := range t.Of("AWS::Lambda::Function") {
			place, _ := t.Resources[id].Properties["VpcConfig"].(map[string]any)
			if place == nil {
				continue
			}
			subnets, groups := literal(place["SubnetIds"], "subnet-"), literal(place["SecurityGroupIds"], "sg-")
			for i, id := range subnets {
				if slices.ContainsFunc(n.Subnets, func(s network.Subnet) bool { return s.ID == id }) {
					continue
				}
				n.Subnets = append(n.Subnets, network.Subnet{ID: id, VPC: teamNetwork, CIDR: "10.20." + string(rune('0'+i%10)) + ".0/24", Zone: t.Where.Region + string(rune('a'+i%3)), RouteTable: teamRoutes})
			}
			for _, id := range groups {
				w.teamsGroup(id)
			}
			if len(subnets) == 0 || slices.ContainsFunc(n.VPCs, func(v network.VPC) bool { return v.ID == teamNetwork }) {
				continue
			}
			n.VPCs = append(n.VPCs, network.VPC{ID: teamNetwork, CIDR: "10.20.0.0/16", DNSSupport: true, DNSHostnames: true})
			n.Routes = append(n.Routes, network.Route{RouteTable: teamRoutes, Destination: "0.0.0.0/0", Target: teamWay})
		}
	}
}

func (w *World) teamsGroup(id string) {
	n := &w.account.Network
	if slices.ContainsFunc(n.Groups, func(g network.Group) bool { return g.ID == id }) {
		return
	}
	n.Groups = append(n.Groups, network.Group{
		ID: id, VPC: teamNetwork,
		Ingress: []network.Rule{{Protocol: "tcp", FromPort: 0, ToPort: 65535, CIDR: "10.20.0.0/16"}},
		Egress:  []network.Rule{{Protocol: "-1", CIDR: "0.0.0.0/0"}},
	})
}

// literal are the ids of a list that stand in it as they are.
func literal(list any, prefix string) (ids []string) {
	all, _ := list.([]any)
	for _, v := range all {
		if id, is := v.(string); is && strings.HasPrefix(id, prefix) {
			ids = append(ids, id)
		}
	}
	return ids
}

// teams puts the rest of what the plan names there.
func (w *World) teams(p plan.Plan) {
	where, n := w.Where(), &w.account.Network
	var subnets []string
	for _, s := range n.Subnets {
		if s.VPC == teamNetwork {
			subnets = append(subnets, s.ID)
		}
	}
	for _, workload := range p.Recovered(true) {
		for _, d := range workload.Databases {
			if d.Recovery != nil && d.Recovery.Target != nil {
				w.teamsGroups(d, p.Regions.Primary, subnets)
			}
		}
		for _, s := range workload.Recovery.Steps {
			for _, name := range s.Stacks {
				w.cloud.Stacks.Put(stacks.Stack{Account: where.Account, Region: where.Region, Name: name, Status: "CREATE_COMPLETE", Made: w.started})
			}
			for _, name := range s.Secrets {
				if !strings.HasPrefix(name, "arn:") {
					w.cloud.Secrets.Add(where.Account, where.Region, secretsmanager.Secret{Name: name, Value: "{}"})
				}
			}
			for _, image := range s.Images {
				if host, path, found := strings.Cut(image, "/"); found && strings.Contains(host, ".dkr.ecr.") {
					image = path
				}
				name, tag, _ := strings.Cut(image, ":")
				w.cloud.ECR.AddRepository(where.Account, where.Region, name, ecr.Image{Digest: "sha256:" + strings.Repeat("0", 64), Tags: []string{tag}, Bytes: 1 << 20})
			}
		}
	}
}

// teamsGroups are those that a target is made with.
func (w *World) teamsGroups(d plan.Database, primary string, subnets []string) {
	where, t := w.Where(), *d.Recovery.Target
	var parameters []rds.ParameterGroup
	for _, e := range w.estates {
		source := w.instance(e.Account(), primary, d.Source)
		if t.ParameterGroup == "" || source == nil || len(parameters) > 0 {
			continue
		}
		major, _, _ := strings.Cut(source.EngineVersion, ".")
		parameters = append(parameters, rds.ParameterGroup{Name: t.ParameterGroup, Family: source.Engine + major})
	}
	w.cloud.RDS.AddGroups(where.Account, where.Region, []rds.SubnetGroup{{Name: t.SubnetGroup, VPC: teamNetwork}}, parameters, nil)
	w.account.AddSubnetGroup(t.SubnetGroup, subnets)
	for _, id := range t.SecurityGroups {
		w.teamsGroup(id)
	}
}

// answers is the team's service, wherever the plan asks for it: it is ready.
type answers struct{}

// RoundTrip implements http.RoundTripper.
func (answers) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: r, Body: io.NopCloser(bytes.NewReader([]byte("ready")))}, nil
}

// RecoveryMachine is the ARN of the machine that recovers, where there is one.
func (w *World) RecoveryMachine() string { return w.names().RecoveryMachineARN() }
