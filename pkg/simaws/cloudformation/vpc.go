package cloudformation

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/network"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

type vpc struct {
	CidrBlock                            string
	EnableDNSHostnames, EnableDNSSupport bool
}

func (v *vpc) make(c *creation) (func(), error) {
	id, err := c.name()
	set(&c.Network.VPCs, network.VPC{ID: id, CIDR: v.CidrBlock, DNSSupport: v.EnableDNSSupport, DNSHostnames: v.EnableDNSHostnames}, func(n network.VPC) bool { return n.ID == id })
	return drop(&c.Network.VPCs, func(n network.VPC) bool { return n.ID == id }), err
}

// routeTable of a network; its routes are resources of their own.
type routeTable struct{ VpcID string }

func (*routeTable) make(*creation) (func(), error) { return func() {}, nil }

type subnet struct {
	AvailabilityZone, CidrBlock, VpcID string
	MapPublicIPOnLaunch                bool
}

func (s *subnet) make(c *creation) (func(), error) {
	id, err := c.name()
	is := func(n network.Subnet) bool { return n.ID == id }
	set(&c.Network.Subnets, network.Subnet{ID: id, VPC: s.VpcID, CIDR: s.CidrBlock, Zone: s.AvailabilityZone, MapPublicIP: s.MapPublicIPOnLaunch}, is)
	return drop(&c.Network.Subnets, is), err
}

type association struct{ RouteTableID, SubnetID string }

func (a *association) make(c *creation) (func(), error) {
	return c.associate(a.SubnetID, a.RouteTableID)
}

func (c *creation) associate(subnet, table string) (func(), error) {
	for i := range c.Network.Subnets {
		if s := &c.Network.Subnets[i]; s.ID == subnet {
			s.RouteTable = table
			return func() { s.RouteTable = "" }, nil
		}
	}
	return nil, fmt.Errorf("there is no subnet %s", subnet)
}

type route struct {
	RouteTableID, DestinationCidrBlock                            string
	GatewayID, NatGatewayID, TransitGatewayID, NetworkInterfaceID string
}

func (r *route) make(c *creation) (func(), error) {
	made := network.Route{RouteTable: r.RouteTableID, Destination: r.DestinationCidrBlock, Target: r.GatewayID + r.NatGatewayID + r.TransitGatewayID + r.NetworkInterfaceID}
	is := func(n network.Route) bool {
		return n.RouteTable == made.RouteTable && n.Destination == made.Destination
	}
	set(&c.Network.Routes, made, is)
	return drop(&c.Network.Routes, is), nil
}

type group struct {
	GroupName, VpcID     string
	SecurityGroupIngress []permit
	SecurityGroupEgress  []permit
}

// permit is what rules of both directions share.
type permit struct {
	IPProtocol       string
	FromPort, ToPort int
	CidrIP, CidrIpv6 string
	Description      string

	SourceSecurityGroupID, DestinationSecurityGroupID string
	SourcePrefixListID, DestinationPrefixListID       string
}

func (p permit) rule() network.Rule {
	return network.Rule{
		Protocol: p.IPProtocol, FromPort: p.FromPort, ToPort: p.ToPort, CIDR: p.CidrIP + p.CidrIpv6, Description: p.Description,
		Group: p.SourceSecurityGroupID + p.DestinationSecurityGroupID, PrefixList: p.SourcePrefixListID + p.DestinationPrefixListID,
	}
}

func (g *group) make(c *creation) (func(), error) {
	id, err := c.name()
	is := func(n network.Group) bool { return n.ID == id }
	made := network.Group{ID: id, VPC: g.VpcID}
	for _, p := range g.SecurityGroupIngress {
		made.Ingress = append(made.Ingress, p.rule())
	}
	for _, p := range g.SecurityGroupEgress {
		made.Egress = append(made.Egress, p.rule())
	}
	set(&c.Network.Groups, made, is)
	return drop(&c.Network.Groups, is), err
}

type ingress struct {
	GroupID                       string
	IPProtocol                    string
	FromPort, ToPort              int
	CidrIP, SourceSecurityGroupID string
	SourcePrefixListID            string
}

func (r *ingress) make(c *creation) (func(), error) {
	return c.permit(r.GroupID, func(g *network.Group) *[]network.Rule { return &g.Ingress }, permit{
		IPProtocol: r.IPProtocol, FromPort: r.FromPort, ToPort: r.ToPort, CidrIP: r.CidrIP,
		SourceSecurityGroupID: r.SourceSecurityGroupID, SourcePrefixListID: r.SourcePrefixListID,
	})
}

type egress struct {
	GroupID                            string
	IPProtocol                         string
	FromPort, ToPort                   int
	CidrIP, DestinationSecurityGroupID string
	DestinationPrefixListID            string
}

func (r *egress) make(c *creation) (func(), error) {
	return c.permit(r.GroupID, func(g *network.Group) *[]network.Rule { return &g.Egress }, permit{
		IPProtocol: r.IPProtocol, FromPort: r.FromPort, ToPort: r.ToPort, CidrIP: r.CidrIP,
		DestinationSecurityGroupID: r.DestinationSecurityGroupID, DestinationPrefixListID: r.DestinationPrefixListID,
	})
}

// permit adds a rule to a group. Groups are made again by every deployment,
// before their rules are.
func (c *creation) permit(id string, list func(*network.Group) *[]network.Rule, p permit) (func(), error) {
	for i := range c.Network.Groups {
		if g := &c.Network.Groups[i]; g.ID == id {
			rules := list(g)
			*rules = append(*rules, p.rule())
			return func() {}, nil
		}
	}
	return nil, fmt.Errorf("there is no security group %s", id)
}

type endpoint struct {
	ServiceName, VpcEndpointType, VpcID string
	PrivateDNSEnabled                   bool
	SecurityGroupIds, SubnetIds         []string
	RouteTableIds                       []string
	PolicyDocument                      json.RawMessage
}

func (e *endpoint) make(c *creation) (func(), error) {
	id, err := c.name()
	is := func(n network.Endpoint) bool { return n.ID == id }
	set(&c.Network.Endpoints, network.Endpoint{
		ID: id, VPC: e.VpcID, Service: e.ServiceName, Type: e.VpcEndpointType, PrivateDNS: e.PrivateDNSEnabled,
		Subnets: e.SubnetIds, Groups: e.SecurityGroupIds, RouteTables: e.RouteTableIds,
	}, is)
	c.endpoints[id] = e.PolicyDocument
	return drop(&c.Network.Endpoints, is), err
}

// flowLog writes what the network refuses to a log group.
type flowLog struct{ DeliverLogsPermissionArn, LogDestinationType, LogGroupName, ResourceID string }

func (f *flowLog) make(c *creation) (func(), error) {
	if _, there := c.logs[f.LogGroupName]; !there {
		return nil, fmt.Errorf("there is no log group %s", f.LogGroupName)
	}
	return func() {}, nil
}

type subnetGroup struct {
	DBSubnetGroupName string
	SubnetIds         []string
}

func (g *subnetGroup) make(c *creation) (func(), error) {
	var network string
	for _, s := range c.Network.Subnets {
		if slices.Contains(g.SubnetIds, s.ID) {
			network = s.VPC
		}
	}
	if network == "" {
		return nil, fmt.Errorf("none of the subnets %v is there", g.SubnetIds)
	}
	if c.stack.has[c.id].remove == nil {
		c.Cloud.RDS.AddGroups(c.template.Where.Account, c.template.Where.Region, subnetsOf(g.DBSubnetGroupName, network), nil, nil)
	}
	c.subnets[g.DBSubnetGroupName] = g.SubnetIds
	return func() { delete(c.subnets, g.DBSubnetGroupName) }, nil
}

// set replaces the element that is the same, or adds it.
func set[E any](list *[]E, e E, same func(E) bool) {
	if i := slices.IndexFunc(*list, same); i >= 0 {
		(*list)[i] = e
		return
	}
	*list = append(*list, e)
}

func drop[E any](list *[]E, which func(E) bool) func() {
	return func() { *list = slices.DeleteFunc(*list, which) }
}

func subnetsOf(name, network string) []rds.SubnetGroup {
	return []rds.SubnetGroup{{Name: name, VPC: network}}
}
