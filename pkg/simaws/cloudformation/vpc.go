package cloudformation

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/network"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

type vpc struct {
	CidrBlock                            string
	EnableDnsHostnames, EnableDnsSupport bool
}

func (v *vpc) make(c *creation) (func(), error) {
	id, err := c.name()
	set(&c.Network.VPCs, network.VPC{ID: id, CIDR: v.CidrBlock, DNSSupport: v.EnableDnsSupport, DNSHostnames: v.EnableDnsHostnames}, func(n network.VPC) bool { return n.ID == id })
	return drop(&c.Network.VPCs, func(n network.VPC) bool { return n.ID == id }), err
}

// routeTable of a network; its routes are resources of their own.
type routeTable struct{ VpcId string }

func (*routeTable) make(*creation) (func(), error) { return func() {}, nil }

type subnet struct {
	AvailabilityZone, CidrBlock, VpcId string
	MapPublicIpOnLaunch                bool
}

func (s *subnet) make(c *creation) (func(), error) {
	id, err := c.name()
	is := func(n network.Subnet) bool { return n.ID == id }
	set(&c.Network.Subnets, network.Subnet{ID: id, VPC: s.VpcId, CIDR: s.CidrBlock, Zone: s.AvailabilityZone, MapPublicIP: s.MapPublicIpOnLaunch}, is)
	return drop(&c.Network.Subnets, is), err
}

type association struct{ RouteTableId, SubnetId string }

func (a *association) make(c *creation) (func(), error) {
	return c.associate(a.SubnetId, a.RouteTableId)
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
	RouteTableId, DestinationCidrBlock                            string
	GatewayId, NatGatewayId, TransitGatewayId, NetworkInterfaceId string
}

func (r *route) make(c *creation) (func(), error) {
	made := network.Route{RouteTable: r.RouteTableId, Destination: r.DestinationCidrBlock, Target: r.GatewayId + r.NatGatewayId + r.TransitGatewayId + r.NetworkInterfaceId}
	is := func(n network.Route) bool {
		return n.RouteTable == made.RouteTable && n.Destination == made.Destination
	}
	set(&c.Network.Routes, made, is)
	return drop(&c.Network.Routes, is), nil
}

type group struct {
	GroupName, VpcId     string
	SecurityGroupIngress []permit
	SecurityGroupEgress  []permit
}

// permit is what rules of both directions share.
type permit struct {
	IpProtocol       string
	FromPort, ToPort int
	CidrIp, CidrIpv6 string
	Description      string

	SourceSecurityGroupId, DestinationSecurityGroupId string
	SourcePrefixListId, DestinationPrefixListId       string
}

func (p permit) rule() network.Rule {
	return network.Rule{
		Protocol: p.IpProtocol, FromPort: p.FromPort, ToPort: p.ToPort, CIDR: p.CidrIp + p.CidrIpv6, Description: p.Description,
		Group: p.SourceSecurityGroupId + p.DestinationSecurityGroupId, PrefixList: p.SourcePrefixListId + p.DestinationPrefixListId,
	}
}

func (g *group) make(c *creation) (func(), error) {
	id, err := c.name()
	is := func(n network.Group) bool { return n.ID == id }
	made := network.Group{ID: id, VPC: g.VpcId}
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
	GroupId                       string
	IpProtocol                    string
	FromPort, ToPort              int
	CidrIp, SourceSecurityGroupId string
	SourcePrefixListId            string
}

func (r *ingress) make(c *creation) (func(), error) {
	return c.permit(r.GroupId, func(g *network.Group) *[]network.Rule { return &g.Ingress }, permit{
		IpProtocol: r.IpProtocol, FromPort: r.FromPort, ToPort: r.ToPort, CidrIp: r.CidrIp,
		SourceSecurityGroupId: r.SourceSecurityGroupId, SourcePrefixListId: r.SourcePrefixListId,
	})
}

type egress struct {
	GroupId                            string
	IpProtocol                         string
	FromPort, ToPort                   int
	CidrIp, DestinationSecurityGroupId string
	DestinationPrefixListId            string
}

func (r *egress) make(c *creation) (func(), error) {
	return c.permit(r.GroupId, func(g *network.Group) *[]network.Rule { return &g.Egress }, permit{
		IpProtocol: r.IpProtocol, FromPort: r.FromPort, ToPort: r.ToPort, CidrIp: r.CidrIp,
		DestinationSecurityGroupId: r.DestinationSecurityGroupId, DestinationPrefixListId: r.DestinationPrefixListId,
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
	ServiceName, VpcEndpointType, VpcId string
	PrivateDnsEnabled                   bool
	SecurityGroupIds, SubnetIds         []string
	RouteTableIds                       []string
	PolicyDocument                      json.RawMessage
}

func (e *endpoint) make(c *creation) (func(), error) {
	id, err := c.name()
	is := func(n network.Endpoint) bool { return n.ID == id }
	set(&c.Network.Endpoints, network.Endpoint{
		ID: id, VPC: e.VpcId, Service: e.ServiceName, Type: e.VpcEndpointType, PrivateDNS: e.PrivateDnsEnabled,
		Subnets: e.SubnetIds, Groups: e.SecurityGroupIds, RouteTables: e.RouteTableIds,
	}, is)
	c.endpoints[id] = e.PolicyDocument
	return drop(&c.Network.Endpoints, is), err
}

// flowLog writes what the network refuses to a log group.
type flowLog struct{ DeliverLogsPermissionArn, LogDestinationType, LogGroupName, ResourceId string }

func (f *flowLog) make(c *creation) (func(), error) {
	if _, there := c.logs[c.here(f.LogGroupName)]; !there {
		return nil, fmt.Errorf("there is no log group %s", f.LogGroupName)
	}
	return func() {}, nil
}

type subnetGroup struct {
	DBSubnetGroupName string
	SubnetIds         []string
}

func (g *subnetGroup) make(c *creation) (func(), error) {
	network, zones, err := c.subnetsIn(g.SubnetIds)
	if err != nil {
		return nil, err
	}
	if zones < 2 {
		return nil, fmt.Errorf("DBSubnetGroupDoesNotCoverEnoughAZs: the subnets %v lie in %d zone, and RDS wants two", g.SubnetIds, zones)
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

// subnetsIn finds subnets, all of one network, and counts their zones.
func (c *creation) subnetsIn(ids []string) (vpc string, zones int, err error) {
	seen := map[string]bool{}
	for _, id := range ids {
		i := slices.IndexFunc(c.Network.Subnets, func(s network.Subnet) bool { return s.ID == id })
		if i < 0 {
			return "", 0, fmt.Errorf("there is no subnet %s", id)
		}
		s := c.Network.Subnets[i]
		if vpc != "" && s.VPC != vpc {
			return "", 0, fmt.Errorf("subnet %s is not of %s, as the others are", id, vpc)
		}
		vpc, seen[s.Zone] = s.VPC, true
	}
	if vpc == "" {
		return "", 0, errors.New("no subnets are named")
	}
	return vpc, len(seen), nil
}
