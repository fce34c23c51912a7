// Package network says who reaches whom in the VPCs of an account: a pure model
// of what CloudFormation makes, without packets.
//
// A connection needs a route and two rules. The route within a VPC is always
// there, and between VPCs there is none. A group of the caller must let the
// connection out, a group of the called must let it in; the rules of all groups
// of an interface count together, and only allow. Groups are stateful: answers
// need no rule.
//
// An interface lies in one of its subnets, and nobody says in which: a
// connection is there only where it is from every one to every one. Nor does
// anybody say at which address, so a range admits those of whole subnets.
//
// A request to an AWS API goes where the API's public name leads. With an
// interface endpoint that has private DNS it leads to the endpoint, for the
// whole VPC: who is not let in there is not let in at all, also where a NAT
// gateway would lead around it. Otherwise the name has public addresses: those of
// a service with a gateway endpoint are routed there from subnets whose route
// table is associated; all others take the default route, through a NAT gateway,
// or through an internet gateway where the interface has a public address, which
// those of Lambda functions never have.
//
// What is not modelled is refused by Check, by name: IPv6, peering and transit
// gateways, appliances and routes into the VPC's own range, several ranges per
// VPC. Network ACLs are not known at all (the default one lets everything
// through): whoever reads a template refuses them. A NAT gateway is taken to be
// public and in order.
//
// Sources:
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
// https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
// https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
// https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-ddb.html
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
package network

import "fmt"

// Network is everything of one region and account that leads somewhere.
type Network struct {
	VPCs        []VPC
	Subnets     []Subnet
	Routes      []Route
	Groups      []Group
	Endpoints   []Endpoint
	PrefixLists []PrefixList
}

// VPC is one private network.
type VPC struct {
	ID, CIDR                 string
	DNSSupport, DNSHostnames bool
}

// Subnet is a range of a VPC in one zone. RouteTable "": the VPC's main one,
// which has no routes but the local one.
type Subnet struct {
	ID, VPC, CIDR, Zone string
	MapPublicIP         bool
	RouteTable          string
}

// Route of a route table. Those within the VPC, and those of the associations of
// gateway endpoints, are there without being named.
type Route struct {
	RouteTable  string
	Destination string // 0.0.0.0/0, or the prefix list of a gateway endpoint
	Target      string // igw-, nat-, or the vpce- of a gateway endpoint
}

// Group is a security group. One without any Egress rule lets everything out:
// it has the default rule, which AWS adds where a template gives none. That a rule
// which is a resource of its own (AWS::EC2::SecurityGroupEgress) also takes it
// away, the page does not say; the CDK relies on it, and users have seen it
// (https://github.com/aws/aws-cdk/issues/987).
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
type Group struct {
	ID, VPC         string
	Ingress, Egress []Rule
	Description     string
}

// Rule allows. It has one of CIDR, Group and PrefixList: where from, or where to.
type Rule struct {
	Protocol                string // tcp, udp, icmp, a number, or -1: everything, on all ports
	FromPort, ToPort        int    // of icmp: type and code
	CIDR, Group, PrefixList string
	Description             string
}

// Types of endpoints.
const (
	Gateway   = "Gateway"
	Interface = "Interface"
)

// Endpoint leads from a VPC to a service of AWS.
type Endpoint struct {
	ID, VPC    string
	Service    string // com.amazonaws.eu-central-1.rds
	Type       string // Gateway or Interface
	PrivateDNS bool
	// Subnets and Groups are an interface endpoint's, RouteTables a gateway's.
	Subnets, Groups, RouteTables []string
}

// PrefixList is one that rules or routes name: the addresses of a Service, as
// AWS keeps them ("com.amazonaws.eu-central-1.dynamodb"), or ranges of one's own.
type PrefixList struct {
	ID      string
	Service string
	CIDRs   []string
}

// Place is where a network interface is: in one of the subnets, with all the
// groups.
type Place struct {
	Subnets, Groups []string
	// PublicAddress: it has one. Interfaces of Lambda functions never do.
	PublicAddress bool
}

// Side is where something is missing.
type Side string

const (
	Caller         Side = "the caller's groups"
	Called         Side = "the groups of the called"
	EndpointGroups Side = "the endpoint's groups"
	Routes         Side = "the routes"
	Names          Side = "the name"
)

// Unreachable says why there is no connection.
type Unreachable struct {
	From, To string // as the message names them
	Port     int
	Side     Side
	Missing  string // what would have to be there, and what is there instead
}

func (u *Unreachable) Error() string {
	return fmt.Sprintf("no connection from %s to %s, tcp %d: %s: %s", u.From, u.To, u.Port, u.Side, u.Missing)
}
