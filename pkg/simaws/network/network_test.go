package network_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/network"
)

const region = "eu-central-1"

// isolated has copies of databases, what checks them, and endpoints; and beside
// it a VPC with a public and a private subnet.
func isolated() *network.Network {
	tcp := func(port int, to, description string) network.Rule {
		return network.Rule{Protocol: "tcp", FromPort: port, ToPort: port, Group: to, Description: description}
	}
	nowhere := network.Rule{Protocol: "icmp", FromPort: 252, ToPort: 86, CIDR: "255.255.255.255/32", Description: "Disallow all traffic"}
	out := network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, CIDR: "0.0.0.0/0", Description: "DynamoDB by its gateway endpoint"}
	return &network.Network{
		VPCs: []network.VPC{
			{ID: "vpc-1", CIDR: "10.0.0.0/16", DNSSupport: true, DNSHostnames: true},
			{ID: "vpc-2", CIDR: "10.1.0.0/16", DNSSupport: true, DNSHostnames: true},
		},
		Subnets: []network.Subnet{
			{ID: "subnet-a", VPC: "vpc-1", CIDR: "10.0.0.0/24", Zone: "a", RouteTable: "rtb-a"},
			{ID: "subnet-b", VPC: "vpc-1", CIDR: "10.0.1.0/24", Zone: "b", RouteTable: "rtb-b"},
			{ID: "subnet-c", VPC: "vpc-1", CIDR: "10.0.2.0/24", Zone: "c", RouteTable: "rtb-c"},
			{ID: "subnet-main", VPC: "vpc-1", CIDR: "10.0.3.0/24", Zone: "a"},
			{ID: "subnet-public", VPC: "vpc-2", CIDR: "10.1.0.0/24", Zone: "a", MapPublicIP: true, RouteTable: "rtb-public"},
			{ID: "subnet-private", VPC: "vpc-2", CIDR: "10.1.1.0/24", Zone: "a", RouteTable: "rtb-private"},
		},
		Routes: []network.Route{
			{RouteTable: "rtb-public", Destination: "0.0.0.0/0", Target: "igw-1"},
			{RouteTable: "rtb-private", Destination: "0.0.0.0/0", Target: "nat-1"},
		},
		Groups: []network.Group{
			{ID: "sg-copies", VPC: "vpc-1", Description: "restored copies", Ingress: []network.Rule{tcp(5432, "sg-validator", "checks")}, Egress: []network.Rule{nowhere}},
			{ID: "sg-validator", VPC: "vpc-1", Egress: []network.Rule{tcp(5432, "sg-copies", "checks"), out, tcp(443, "sg-door", "RDS")}},
			{ID: "sg-door", VPC: "vpc-1", Ingress: []network.Rule{tcp(443, "sg-validator", "what checks copies")}, Egress: []network.Rule{nowhere}},
			{ID: "sg-open", VPC: "vpc-2", Ingress: []network.Rule{{Protocol: "tcp", FromPort: 5000, ToPort: 6000, CIDR: "0.0.0.0/0"}}},
		},
		Endpoints: []network.Endpoint{
			{ID: "vpce-dynamodb", VPC: "vpc-1", Service: "com.amazonaws.eu-central-1.dynamodb", Type: network.Gateway, RouteTables: []string{"rtb-a", "rtb-b", "rtb-c"}},
			{ID: "vpce-rds", VPC: "vpc-1", Service: "com.amazonaws.eu-central-1.rds", Type: network.Interface, PrivateDNS: true, Subnets: []string{"subnet-a", "subnet-b"}, Groups: []string{"sg-door"}},
		},
		PrefixLists: []network.PrefixList{
			{ID: "pl-dynamodb", Service: "com.amazonaws.eu-central-1.dynamodb"},
			{ID: "pl-s3", Service: "com.amazonaws.eu-central-1.s3"},
			{ID: "pl-own", CIDRs: []string{"10.0.0.0/22"}},
		},
	}
}

func group(n *network.Network, id string) *network.Group {
	return &n.Groups[slices.IndexFunc(n.Groups, func(g network.Group) bool { return g.ID == id })]
}

func subnet(n *network.Network, id string) *network.Subnet {
	return &n.Subnets[slices.IndexFunc(n.Subnets, func(s network.Subnet) bool { return s.ID == id })]
}

func endpoint(n *network.Network, id string) *network.Endpoint {
	return &n.Endpoints[slices.IndexFunc(n.Endpoints, func(e network.Endpoint) bool { return e.ID == id })]
}

func at(subnets, groups string) network.Place {
	return network.Place{Subnets: strings.Fields(subnets), Groups: strings.Fields(groups)}
}

var (
	validator = at("subnet-a subnet-b", "sg-validator")
	copies    = at("subnet-a subnet-b subnet-c", "sg-copies")
)

// unreachable wants an *Unreachable of a side that names all of these; side "":
// a connection.
func unreachable(t *testing.T, err error, side network.Side, names ...string) {
	t.Helper()
	var u *network.Unreachable
	switch {
	case side == "" && err != nil:
		t.Errorf("%v, want a connection", err)
	case side == "":
	case err == nil:
		t.Errorf("connected, want %s to refuse", side)
	case !errors.As(err, &u):
		t.Errorf("%v: is no Unreachable", err)
	case u.Side != side:
		t.Errorf("%v: want it of %s", err, side)
	}
	for _, name := range names {
		if err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("%v: does not name %s", err, name)
		}
	}
}

func TestConnect(t *testing.T) {
	nothing := func(*network.Network) {}
	copiesLetIn := func(r network.Rule) func(*network.Network) {
		return func(n *network.Network) { group(n, "sg-copies").Ingress = []network.Rule{r} }
	}
	validatorLetsOut := func(r ...network.Rule) func(*network.Network) {
		return func(n *network.Network) { group(n, "sg-validator").Egress = r }
	}
	for name, tc := range map[string]struct {
		reason   string
		change   func(*network.Network)
		from, to network.Place
		port     int
		side     network.Side
		names    []string
	}{
		"as deployed": {"both groups name each other", nothing, validator, copies, 5432, "", nil},
		"back": {"groups are stateful, but that is for answers: a copy opens nothing", nothing, copies, validator, 5432, network.Caller,
			[]string{"sg-copies", "restored copies", "Disallow all traffic"}},
		"another port, caller": {"the copy listens elsewhere", nothing, validator, copies, 3306, network.Caller, []string{"tcp 3306", "sg-copies", "tcp 5432"}},
		"another port, called": {"let out is not let in", validatorLetsOut(network.Rule{Protocol: "tcp", FromPort: 0, ToPort: 65535, Group: "sg-copies"}), validator, copies, 3306, network.Called,
			[]string{"sg-validator", "sg-copies", "restored copies", "checks"}},
		"no egress rule given": {"then the default rule lets everything out", validatorLetsOut(), validator, copies, 5432, "", nil},
		"all protocols":        {"-1 is on all ports, whatever ports are given", copiesLetIn(network.Rule{Protocol: "-1", FromPort: 1, ToPort: 1, Group: "sg-validator"}), validator, copies, 5432, "", nil},
		"by number":            {"6 is TCP", copiesLetIn(network.Rule{Protocol: "6", FromPort: 5432, ToPort: 5432, Group: "sg-validator"}), validator, copies, 5432, "", nil},
		"in capitals":          {"AWS takes them", copiesLetIn(network.Rule{Protocol: "TCP", FromPort: 5432, ToPort: 5432, Group: "sg-validator"}), validator, copies, 5432, "", nil},
		"udp":                  {"another protocol", copiesLetIn(network.Rule{Protocol: "udp", FromPort: 5432, ToPort: 5432, Group: "sg-validator"}), validator, copies, 5432, network.Called, []string{"udp 5432"}},
		"another protocol":     {"on all ports, but not TCP", copiesLetIn(network.Rule{Protocol: "50", Group: "sg-validator"}), validator, copies, 5432, network.Called, nil},
		"range around":         {"a range of ports", copiesLetIn(network.Rule{Protocol: "tcp", FromPort: 5000, ToPort: 5432, Group: "sg-validator"}), validator, copies, 5432, "", nil},
		"range below":          {"its end is part of it, what is behind is not", copiesLetIn(network.Rule{Protocol: "tcp", FromPort: 5000, ToPort: 5431, Group: "sg-validator"}), validator, copies, 5432, network.Called, []string{"5000-5431"}},
		"by both ranges":       {"the callers' subnets", copiesLetIn(network.Rule{Protocol: "tcp", FromPort: 5432, ToPort: 5432, CIDR: "10.0.0.0/23"}), validator, copies, 5432, "", nil},
		"by one range":         {"from the other subnet nobody comes in", copiesLetIn(network.Rule{Protocol: "tcp", FromPort: 5432, ToPort: 5432, CIDR: "10.0.0.0/24"}), validator, copies, 5432, network.Called, []string{"10.0.1.0/24", "subnet-b"}},
		"by half a range":      {"nobody knows the caller's address", copiesLetIn(network.Rule{Protocol: "tcp", FromPort: 5432, ToPort: 5432, CIDR: "10.0.0.0/25"}), at("subnet-a", "sg-validator"), copies, 5432, network.Called, []string{"10.0.0.0/25"}},
		"by a list":            {"of one's own ranges", copiesLetIn(network.Rule{Protocol: "tcp", FromPort: 5432, ToPort: 5432, PrefixList: "pl-own"}), validator, copies, 5432, "", nil},
		"by AWS's list":        {"its addresses are of no VPC", copiesLetIn(network.Rule{Protocol: "tcp", FromPort: 5432, ToPort: 5432, PrefixList: "pl-s3"}), validator, copies, 5432, network.Called, []string{"pl-s3"}},
		"out by range, to one subnet": {"a copy may be put into any", validatorLetsOut(network.Rule{Protocol: "tcp", FromPort: 5432, ToPort: 5432, CIDR: "10.0.0.0/23"}), validator, copies, 5432, network.Caller,
			[]string{"10.0.2.0/24", "subnet-c"}},
		"several groups": {"rules of all groups count together", func(n *network.Network) {
			n.Groups = append(n.Groups, network.Group{ID: "sg-more", VPC: "vpc-1", Ingress: []network.Rule{{Protocol: "tcp", FromPort: 1, ToPort: 9999, Group: "sg-validator"}}})
		}, validator, at("subnet-a", "sg-copies sg-more"), 5432, "", nil},
		"another's group": {"the caller is not in the group that is let in", func(n *network.Network) {
			n.Groups = append(n.Groups, network.Group{ID: "sg-more", VPC: "vpc-1"})
		}, at("subnet-a", "sg-more"), copies, 5432, network.Called, []string{"sg-more"}},
		"no rule at all": {"nothing is let in without one", func(n *network.Network) { group(n, "sg-copies").Ingress = nil }, validator, copies, 5432, network.Called, []string{"nothing"}},
		"itself":         {"members of a group are strangers to each other", validatorLetsOut(), validator, validator, 5432, network.Called, nil},
		"another VPC":    {"overlapping ports, and no way", nothing, at("subnet-private", "sg-open"), copies, 5432, network.Routes, []string{"vpc-1", "vpc-2"}},
		"same VPC":       {"the local route, and a group open to all", nothing, at("subnet-public", "sg-open"), at("subnet-private", "sg-open"), 5432, "", nil},
		"main table":     {"the local route is in every table", nothing, at("subnet-main", "sg-validator"), copies, 5432, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			n := isolated()
			tc.change(n)
			if err := n.Check(); err != nil {
				t.Fatal(err)
			}
			err := n.Connect(tc.from, tc.to, tc.port)
			unreachable(t, err, tc.side, tc.names...)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// A place that cannot be is no answer.
func TestImpossiblePlaces(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		place  network.Place
		says   string
	}{
		"no subnet":            {"an interface lies in one", at("", "sg-copies"), "no subnet"},
		"unknown subnet":       {"a typing error must not read as a closed door", at("subnet-x", "sg-copies"), "subnet-x"},
		"no group":             {"which group AWS would take is not simulated", at("subnet-a", ""), "default"},
		"unknown group":        {"likewise", at("subnet-a", "sg-x"), "sg-x"},
		"two VPCs":             {"one interface, one VPC", at("subnet-a subnet-public", "sg-copies"), "vpc-2"},
		"group of another VPC": {"AWS refuses it", at("subnet-a", "sg-open"), "sg-open"},
	} {
		t.Run(name, func(t *testing.T) {
			n := isolated()
			_, api := n.API(tc.place, "rds", region)
			for _, err := range []error{n.Connect(tc.place, copies, 5432), n.Connect(validator, tc.place, 5432), api} {
				var u *network.Unreachable
				if err == nil || errors.As(err, &u) || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("%v, want an error of its own that says %q: %s", err, tc.says, tc.reason)
				}
			}
			if !n.Public(tc.place) {
				t.Error("is not public, want true in doubt")
			}
		})
	}
}

func TestAPI(t *testing.T) {
	nothing := func(*network.Network) {}
	outside := func(subnets string) network.Place { return at(subnets, "sg-open") }
	public := outside("subnet-public")
	public.PublicAddress = true
	for name, tc := range map[string]struct {
		reason  string
		change  func(*network.Network)
		from    network.Place
		service string
		region  string
		by      string
		side    network.Side
		names   []string
	}{
		"interface":                           {"private DNS leads to it", nothing, validator, "rds", region, "vpce-rds", "", nil},
		"interface, from a subnet without it": {"its name is that of the whole VPC", nothing, at("subnet-c", "sg-validator"), "rds", region, "vpce-rds", "", nil},
		"interface, not let out": {"the caller's group", func(n *network.Network) {
			e := group(n, "sg-validator").Egress
			group(n, "sg-validator").Egress = e[:1]
		}, validator, "rds", region, "", network.Caller, []string{"vpce-rds", "sg-door", "rds of eu-central-1"}},
		"interface, not let in": {"the endpoint's group", func(n *network.Network) { group(n, "sg-door").Ingress = nil }, validator, "rds", region, "", network.EndpointGroups,
			[]string{"vpce-rds", "sg-validator"}},
		"interface, another port": {"an API listens on 443", func(n *network.Network) {
			group(n, "sg-door").Ingress[0].FromPort, group(n, "sg-door").Ingress[0].ToPort = 80, 80
		}, validator, "rds", region, "", network.EndpointGroups, []string{"tcp 443", "tcp 80"}},
		"interface, out by range": {"443 to everywhere is also to the endpoint", func(n *network.Network) {
			group(n, "sg-validator").Egress = group(n, "sg-validator").Egress[1:2]
		}, validator, "rds", region, "vpce-rds", "", nil},
		"interface refuses, NAT beside": {"the name leads to the endpoint, and nowhere else", func(n *network.Network) {
			n.Routes = append(n.Routes, network.Route{RouteTable: "rtb-a", Destination: "0.0.0.0/0", Target: "nat-2"})
			group(n, "sg-door").Ingress = nil
		}, at("subnet-a", "sg-validator"), "rds", region, "", network.EndpointGroups, []string{"vpce-rds"}},
		"interface without private DNS": {"the SDK asks for the public name", func(n *network.Network) { endpoint(n, "vpce-rds").PrivateDNS = false }, validator, "rds", region, "", network.Routes,
			[]string{"vpce-rds", "private DNS", "rtb-a"}},
		"interface without private DNS, NAT beside": {"then it leaves by the NAT gateway", func(n *network.Network) {
			endpoint(n, "vpce-rds").PrivateDNS = false
			n.Routes = append(n.Routes, network.Route{RouteTable: "rtb-a", Destination: "0.0.0.0/0", Target: "nat-2"})
		}, at("subnet-a", "sg-validator"), "rds", region, "", "", nil},
		"interface of RDS in China": {"the private name is another", func(n *network.Network) {
			endpoint(n, "vpce-rds").Service = "cn.com.amazonaws.cn-north-1.rds"
		}, validator, "rds", "cn-north-1", "", network.Routes, []string{"vpce-rds", "rds-api.cn-north-1.amazonaws.com.cn"}},
		"the private name of RDS in China": {"its endpoint has it", func(n *network.Network) {
			endpoint(n, "vpce-rds").Service = "cn.com.amazonaws.cn-north-1.rds"
		}, validator, "rds-api", "cn-north-1", "vpce-rds", "", nil},
		"another interface in China": {"has the name", func(n *network.Network) {
			endpoint(n, "vpce-rds").Service = "com.amazonaws.cn-north-1.secretsmanager"
		}, validator, "secretsmanager", "cn-north-1", "vpce-rds", "", nil},
		"another service":         {"nothing leads there", nothing, validator, "sts", region, "", network.Routes, []string{"sts of eu-central-1", "vpc-1 has no endpoint", "0.0.0.0/0"}},
		"another region":          {"an endpoint is of its region", nothing, validator, "rds", "eu-west-1", "", network.Routes, []string{"eu-west-1"}},
		"gateway":                 {"by the route tables' association", nothing, validator, "dynamodb", region, "vpce-dynamodb", "", nil},
		"gateway, another region": {"prefix lists are of a region", nothing, validator, "dynamodb", "eu-west-1", "", network.Routes, nil},
		"gateway, no association": {"the main table has none", nothing, at("subnet-main", "sg-validator"), "dynamodb", region, "", network.Routes, []string{"vpce-dynamodb", "subnet-main", "(main)"}},
		"gateway, association with one": {"the function may be in the other subnet", func(n *network.Network) { endpoint(n, "vpce-dynamodb").RouteTables = []string{"rtb-a"} }, validator, "dynamodb", region, "", network.Routes,
			[]string{"subnet-b", "rtb-b"}},
		"gateway, by a route": {"which says the same as an association", func(n *network.Network) {
			endpoint(n, "vpce-dynamodb").RouteTables = nil
			n.Routes = append(n.Routes, network.Route{RouteTable: "rtb-a", Destination: "pl-dynamodb", Target: "vpce-dynamodb"})
		}, at("subnet-a", "sg-validator"), "dynamodb", region, "vpce-dynamodb", "", nil},
		"gateway, out by its list": {"the narrower rule", func(n *network.Network) {
			group(n, "sg-validator").Egress = []network.Rule{{Protocol: "tcp", FromPort: 443, ToPort: 443, PrefixList: "pl-dynamodb"}}
		}, validator, "dynamodb", region, "vpce-dynamodb", "", nil},
		"gateway, out by another list": {"the addresses of S3", func(n *network.Network) {
			group(n, "sg-validator").Egress = []network.Rule{{Protocol: "tcp", FromPort: 443, ToPort: 443, PrefixList: "pl-s3"}}
		}, validator, "dynamodb", region, "", network.Caller, []string{"pl-s3", "sg-validator", "vpce-dynamodb"}},
		"gateway, out to a range": {"whether it covers the service's addresses nobody here knows", func(n *network.Network) {
			group(n, "sg-validator").Egress[1].CIDR = "52.0.0.0/8"
		}, validator, "dynamodb", region, "", network.Caller, []string{"52.0.0.0/8"}},
		"gateway, not let out": {"only to copies", func(n *network.Network) {
			group(n, "sg-validator").Egress = group(n, "sg-validator").Egress[:1]
		}, validator, "dynamodb", region, "", network.Caller, []string{"sg-validator"}},
		"gateway, default rule": {"everything is let out", func(n *network.Network) { group(n, "sg-validator").Egress = nil }, validator, "dynamodb", region, "vpce-dynamodb", "", nil},
		"gateway before NAT": {"the longer prefix", func(n *network.Network) {
			n.Routes = append(n.Routes, network.Route{RouteTable: "rtb-a", Destination: "0.0.0.0/0", Target: "nat-2"})
		}, at("subnet-a", "sg-validator"), "dynamodb", region, "vpce-dynamodb", "", nil},
		"both kinds": {"private DNS gives the interface endpoint's addresses", func(n *network.Network) {
			n.Endpoints = append(n.Endpoints, network.Endpoint{ID: "vpce-more", VPC: "vpc-1", Service: "com.amazonaws.eu-central-1.dynamodb", Type: network.Interface, PrivateDNS: true, Subnets: []string{"subnet-a"}, Groups: []string{"sg-door"}})
		}, validator, "dynamodb", region, "vpce-more", "", nil},
		"NAT": {"the default route", nothing, outside("subnet-private"), "rds", region, "", "", nil},
		"NAT, not let out": {"the caller's group", func(n *network.Network) {
			group(n, "sg-open").Egress = []network.Rule{{Protocol: "tcp", FromPort: 80, ToPort: 80, CIDR: "0.0.0.0/0"}}
		}, outside("subnet-private"), "rds", region, "", network.Caller, []string{"sg-open", "tcp 80"}},
		"internet gateway, function": {"it has no public address, whatever the subnet gives others", nothing, outside("subnet-public"), "rds", region, "", network.Routes, []string{"igw-1", "public address"}},
		"internet gateway":           {"with a public address", nothing, public, "rds", region, "", "", nil},
		"no DNS": {"no name is resolved", func(n *network.Network) {
			n.VPCs[1].DNSSupport, n.VPCs[1].DNSHostnames = false, false
		}, outside("subnet-private"), "rds", region, "", network.Names, []string{"vpc-2"}},
		"gateway without hostnames": {"its page wants both", func(n *network.Network) {
			n.VPCs[0].DNSHostnames, n.Endpoints = false, n.Endpoints[:1]
		}, validator, "dynamodb", region, "", network.Names, []string{"vpc-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := isolated()
			tc.change(n)
			if err := n.Check(); err != nil {
				t.Fatal(err)
			}
			by, err := n.API(tc.from, tc.service, tc.region)
			unreachable(t, err, tc.side, tc.names...)
			if by != tc.by {
				t.Errorf("by %q, want %q", by, tc.by)
			}
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// An interface whose requests take one of two ways: what then follows from
// policies would follow for one of them only.
func TestTwoWays(t *testing.T) {
	n := isolated()
	endpoint(n, "vpce-dynamodb").RouteTables = []string{"rtb-a"}
	n.Routes = append(n.Routes, network.Route{RouteTable: "rtb-b", Destination: "0.0.0.0/0", Target: "nat-2"})
	_, err := n.API(validator, "dynamodb", region)
	var u *network.Unreachable
	if err == nil || errors.As(err, &u) {
		t.Errorf("%v, want an error that says it is not simulated", err)
	}
}

func TestPublic(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		change func(*network.Network)
		place  network.Place
		want   bool
	}{
		"copies":           {"no gateway at all", func(*network.Network) {}, copies, false},
		"open and routed":  {"a route and a rule", func(*network.Network) {}, at("subnet-public", "sg-open"), true},
		"behind NAT":       {"which lets nobody in", func(*network.Network) {}, at("subnet-private", "sg-open"), false},
		"one of two":       {"it may lie in the public one", func(*network.Network) {}, at("subnet-private subnet-public", "sg-open"), true},
		"open and no rule": {"a route is not enough", func(n *network.Network) { group(n, "sg-open").Ingress = nil }, at("subnet-public", "sg-open"), false},
		"private ranges":   {"from which nobody of the internet comes", func(n *network.Network) { group(n, "sg-open").Ingress[0].CIDR = "10.0.0.0/8" }, at("subnet-public", "sg-open"), false},
		"half the world":   {"a range that has private ones in it", func(n *network.Network) { group(n, "sg-open").Ingress[0].CIDR = "0.0.0.0/1" }, at("subnet-public", "sg-open"), true},
		"a group": {"whose members are inside", func(n *network.Network) {
			group(n, "sg-open").Ingress[0].CIDR, group(n, "sg-open").Ingress[0].Group = "", "sg-open"
		}, at("subnet-public", "sg-open"), false},
		"AWS's addresses": {"are not ours", func(n *network.Network) {
			group(n, "sg-open").Ingress[0].CIDR, group(n, "sg-open").Ingress[0].PrefixList = "", "pl-s3"
		}, at("subnet-public", "sg-open"), true},
		"own list": {"of private ranges", func(n *network.Network) {
			group(n, "sg-open").Ingress[0].CIDR, group(n, "sg-open").Ingress[0].PrefixList = "", "pl-own"
		}, at("subnet-public", "sg-open"), false},
	} {
		t.Run(name, func(t *testing.T) {
			n := isolated()
			tc.change(n)
			if err := n.Check(); err != nil {
				t.Fatal(err)
			}
			if got := n.Public(tc.place); got != tc.want {
				t.Errorf("%v, want %v: %s", got, tc.want, tc.reason)
			}
		})
	}
}
