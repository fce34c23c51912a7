package network_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/network"
)

func TestCheck(t *testing.T) {
	rule := func(r network.Rule) func(*network.Network) {
		return func(n *network.Network) { group(n, "sg-copies").Ingress = []network.Rule{r} }
	}
	rds := func(change func(e *network.Endpoint)) func(*network.Network) {
		return func(n *network.Network) { change(endpoint(n, "vpce-rds")) }
	}
	dynamodb := func(change func(e *network.Endpoint)) func(*network.Network) {
		return func(n *network.Network) { change(endpoint(n, "vpce-dynamodb")) }
	}
	route := func(r network.Route) func(*network.Network) {
		return func(n *network.Network) { n.Routes = append(n.Routes, r) }
	}
	for name, tc := range map[string]struct {
		reason string
		change func(*network.Network)
		says   []string // of one line each
	}{
		"as deployed":      {"all is well", func(*network.Network) {}, nil},
		"empty":            {"nothing is nothing wrong", func(n *network.Network) { *n = network.Network{} }, nil},
		"VPC twice":        {"an id is one thing", func(n *network.Network) { n.VPCs = append(n.VPCs, n.VPCs[0]) }, []string{"VPC vpc-1: is there twice"}},
		"no id":            {"an unresolved reference", func(n *network.Network) { subnet(n, "subnet-main").ID = "" }, []string{"subnet: one has no id"}},
		"range of the VPC": {"not one", func(n *network.Network) { n.VPCs[1].CIDR = "10.1" }, []string{"VPC vpc-2: \"10.1\""}},
		"large VPC":        {"at most /16", func(n *network.Network) { n.VPCs[0].CIDR = "10.0.0.0/8" }, []string{"VPC vpc-1: 10.0.0.0/8"}},
		"small subnet":     {"at least /28", func(n *network.Network) { subnet(n, "subnet-a").CIDR = "10.0.0.0/29" }, []string{"subnet subnet-a: 10.0.0.0/29"}},
		"IPv6 subnet":      {"by name", func(n *network.Network) { subnet(n, "subnet-a").CIDR = "2001:db8::/64" }, []string{"subnet subnet-a: 2001:db8::/64: IPv6 is not simulated"}},
		"bits behind":      {"EC2 would take it otherwise than it reads", func(n *network.Network) { subnet(n, "subnet-a").CIDR = "10.0.0.1/24" }, []string{"10.0.0.0/24 is meant"}},
		"overlap":          {"two subnets with one range", func(n *network.Network) { subnet(n, "subnet-b").CIDR = "10.0.0.0/25" }, []string{"subnet-b: 10.0.0.0/25 overlaps with 10.0.0.0/24 of subnet subnet-a"}},
		"no overlap": {"of two VPCs", func(n *network.Network) {
			n.VPCs[1].CIDR, subnet(n, "subnet-public").CIDR, subnet(n, "subnet-private").CIDR = "10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24"
		}, nil},
		"outside":                  {"a subnet is part of its VPC", func(n *network.Network) { subnet(n, "subnet-a").CIDR = "10.2.0.0/24" }, []string{"subnet-a: 10.2.0.0/24 is no part of 10.0.0.0/16"}},
		"unknown VPC":              {"of a subnet", func(n *network.Network) { subnet(n, "subnet-main").VPC = "vpc-x" }, []string{"subnet subnet-main: VPC \"vpc-x\" is unknown"}},
		"table of two VPCs":        {"a table is one VPC's", func(n *network.Network) { subnet(n, "subnet-public").RouteTable = "rtb-a" }, []string{"route table rtb-a is one of VPC vpc-1"}},
		"hostnames without DNS":    {"EC2 refuses it", func(n *network.Network) { n.VPCs[1].DNSSupport = false }, []string{"VPC vpc-2: DNS hostnames need DNS support"}},
		"group's VPC":              {"unknown", func(n *network.Network) { group(n, "sg-open").VPC = "" }, []string{"group sg-open: VPC \"\" is unknown"}},
		"rule of nobody":           {"from where?", rule(network.Rule{Protocol: "tcp", FromPort: 1, ToPort: 1}), []string{"exactly one"}},
		"rule of two":              {"one of both", rule(network.Rule{Protocol: "tcp", FromPort: 1, ToPort: 1, CIDR: "10.0.0.0/8", Group: "sg-door"}), []string{"exactly one"}},
		"rule of an unknown group": {"a typing error", rule(network.Rule{Protocol: "tcp", FromPort: 1, ToPort: 1, Group: "sg-x", Description: "checks"}), []string{`group sg-copies: ingress rule (tcp 1 with sg-x "checks"): group "sg-x" is unknown`}},
		"rule of a foreign group":  {"needs peering", rule(network.Rule{Protocol: "tcp", FromPort: 1, ToPort: 1, Group: "sg-open"}), []string{"peering is not simulated"}},
		"rule of an unknown list":  {"a typing error", rule(network.Rule{Protocol: "tcp", FromPort: 1, ToPort: 1, PrefixList: "pl-x"}), []string{`prefix list "pl-x" is unknown`}},
		"rule of IPv6":             {"by name", rule(network.Rule{Protocol: "tcp", FromPort: 1, ToPort: 1, CIDR: "::/0"}), []string{"::/0: IPv6 is not simulated"}},
		"ICMPv6":                   {"by name", rule(network.Rule{Protocol: "icmpv6", CIDR: "0.0.0.0/0"}), []string{"IPv6 is not simulated"}},
		"ports turned round":       {"no range", rule(network.Rule{Protocol: "tcp", FromPort: 2, ToPort: 1, CIDR: "0.0.0.0/0"}), []string{"no range"}},
		"ports of TCP all":         {"-1 is for ICMP", rule(network.Rule{Protocol: "tcp", FromPort: -1, ToPort: -1, CIDR: "0.0.0.0/0"}), []string{"no range"}},
		"no protocol":              {"there is no default", rule(network.Rule{CIDR: "0.0.0.0/0"}), []string{"no such protocol"}},
		"egress": {"is looked at too", func(n *network.Network) {
			group(n, "sg-open").Egress = []network.Rule{{Protocol: "x", CIDR: "0.0.0.0/0"}}
		}, []string{"group sg-open: egress rule"}},
		"list of nothing":          {"ranges, or a service", func(n *network.Network) { n.PrefixLists[0].Service = "" }, []string{"prefix list pl-dynamodb"}},
		"list of IPv6":             {"by name", func(n *network.Network) { n.PrefixLists[2].CIDRs[0] = "::/0" }, []string{"prefix list pl-own: ::/0: IPv6 is not simulated"}},
		"endpoint's VPC":           {"unknown", dynamodb(func(e *network.Endpoint) { e.VPC = "vpc-x" }), []string{"VPC \"vpc-x\" is unknown", "rtb-a", "rtb-b", "rtb-c"}},
		"endpoint's type":          {"by name", rds(func(e *network.Endpoint) { e.Type = "GatewayLoadBalancer" }), []string{"GatewayLoadBalancer"}},
		"endpoint of no service":   {"somebody's own", rds(func(e *network.Endpoint) { e.Service = "com.example.vpce-svc-1" }), []string{"others are not simulated"}},
		"service of China":         {"its name begins with the country", rds(func(e *network.Endpoint) { e.Service = "cn.com.amazonaws.cn-north-1.rds" }), nil},
		"endpoint's group":         {"unknown", rds(func(e *network.Endpoint) { e.Groups = []string{"sg-x"} }), []string{"sg-x"}},
		"endpoint without group":   {"would get the default one", rds(func(e *network.Endpoint) { e.Groups = nil }), []string{"default"}},
		"endpoint's foreign group": {"one VPC", rds(func(e *network.Endpoint) { e.Groups = []string{"sg-open"} }), []string{"sg-open is one of VPC vpc-2"}},
		"endpoint's subnet":        {"unknown", rds(func(e *network.Endpoint) { e.Subnets[0] = "subnet-x" }), []string{"subnet-x"}},
		"endpoint nowhere":         {"nothing reaches it", rds(func(e *network.Endpoint) { e.Subnets = nil }), []string{"no subnet"}},
		"endpoint in two VPCs":     {"subnets of one VPC", rds(func(e *network.Endpoint) { e.Subnets = []string{"subnet-b", "subnet-public"} }), []string{"subnet-public is one of VPC vpc-2"}},
		"endpoint twice in a zone": {"one subnet per zone", rds(func(e *network.Endpoint) { e.Subnets = []string{"subnet-a", "subnet-main"} }), []string{"zone a"}},
		"endpoint's route table":   {"an interface has none", rds(func(e *network.Endpoint) { e.RouteTables = []string{"rtb-a"} }), []string{"no route tables"}},
		"private DNS without DNS":  {"EC2 refuses it", func(n *network.Network) { n.VPCs[0].DNSHostnames = false }, []string{"private DNS needs"}},
		"private DNS twice": {"one name, one endpoint", func(n *network.Network) {
			e := *endpoint(n, "vpce-rds")
			e.ID = "vpce-more"
			n.Endpoints = append(n.Endpoints, e)
		}, []string{"vpce-rds has the private DNS name"}},
		"private DNS of S3":       {"is of its own kind", rds(func(e *network.Endpoint) { e.Service = "com.amazonaws.eu-central-1.s3" }), []string{"private DNS of S3"}},
		"gateway of RDS":          {"there is none", dynamodb(func(e *network.Endpoint) { e.Service = "com.amazonaws.eu-central-1.rds" }), []string{"only S3 and DynamoDB"}},
		"gateway with groups":     {"it has none", dynamodb(func(e *network.Endpoint) { e.Groups = []string{"sg-door"} }), []string{"no subnets, groups"}},
		"gateway's foreign table": {"of its VPC", dynamodb(func(e *network.Endpoint) { e.RouteTables = []string{"rtb-public"} }), []string{"rtb-public is one of VPC vpc-2"}},
		"gateway twice": {"one route to a service", func(n *network.Network) {
			e := *endpoint(n, "vpce-dynamodb")
			e.ID, e.RouteTables = "vpce-more", []string{"rtb-a"}
			n.Endpoints = append(n.Endpoints, e)
		}, []string{"route table rtb-a has a route to the service already"}},
		"route to a range":         {"not simulated", route(network.Route{RouteTable: "rtb-a", Destination: "10.1.0.0/16", Target: "pcx-1"}), []string{"10.1.0.0/16 of rtb-a: only routes to"}},
		"route by peering":         {"not simulated", route(network.Route{RouteTable: "rtb-a", Destination: "0.0.0.0/0", Target: "tgw-1"}), []string{"tgw-1"}},
		"route of IPv6":            {"by name", route(network.Route{RouteTable: "rtb-a", Destination: "::/0", Target: "igw-1"}), []string{"IPv6 is not simulated"}},
		"route twice":              {"EC2 refuses it", route(network.Route{RouteTable: "rtb-public", Destination: "0.0.0.0/0", Target: "nat-1"}), []string{"is there twice"}},
		"route of the main table":  {"not simulated", route(network.Route{Destination: "0.0.0.0/0", Target: "nat-1"}), []string{"main route table"}},
		"route to an endpoint":     {"that is none", route(network.Route{RouteTable: "rtb-a", Destination: "pl-dynamodb", Target: "vpce-rds"}), []string{"no gateway endpoint"}},
		"route to another's":       {"the list is another service's", route(network.Route{RouteTable: "rtb-a", Destination: "pl-s3", Target: "vpce-dynamodb"}), []string{"prefix list is that of"}},
		"route of an unknown list": {"a typing error", route(network.Route{RouteTable: "rtb-a", Destination: "pl-x", Target: "vpce-dynamodb"}), []string{"prefix list is unknown"}},
		"all at once":              {"every line is said", func(n *network.Network) { n.VPCs = append(n.VPCs, n.VPCs[0]); n.Endpoints[1].Type = "x" }, []string{"is there twice", "\"x\""}},
	} {
		t.Run(name, func(t *testing.T) {
			n := isolated()
			tc.change(n)
			var lines []string
			if err := n.Check(); err != nil {
				lines = strings.Split(err.Error(), "\n")
			}
			left := slices.Clone(lines)
			for _, says := range tc.says {
				i := slices.IndexFunc(left, func(line string) bool { return strings.Contains(line, says) })
				if i < 0 {
					t.Errorf("no line says %q: %s", says, tc.reason)
					continue
				}
				left = slices.Delete(left, i, i+1)
			}
			if len(left) > 0 {
				t.Errorf("unexpected:\n%s", strings.Join(left, "\n"))
			}
		})
	}
}
