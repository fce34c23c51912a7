package network

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Check says what AWS would not make of this, and what is not simulated. A
// network that has not passed it answers no question rightly.
func (n *Network) Check() error {
	c := checker{Network: n}
	c.vpcs()
	c.subnets()
	c.lists()
	c.groups()
	c.endpoints()
	c.routes()
	return errors.Join(c.errs...)
}

type checker struct {
	*Network
	errs []error
}

func (c *checker) add(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

// unique also wants that there is an id.
func (c *checker) unique(kind string, ids []string) {
	for i, id := range ids {
		if id == "" {
			c.add("%s: one has no id", kind)
		} else if slices.Contains(ids[:i], id) {
			c.add("%s %s: is there twice", kind, id)
		}
	}
}

// Ranges of VPCs and subnets have between 16 and 28 bits.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
const mostBits, leastBits = 28, 16

func (c *checker) sized(of, cidr string) (netip.Prefix, bool) {
	p, err := ipv4(cidr)
	if err != nil {
		c.add("%s: %w", of, err)
		return p, false
	}
	if p.Bits() < leastBits || p.Bits() > mostBits {
		c.add("%s: %s: a range has between /%d and /%d", of, cidr, leastBits, mostBits)
	}
	return p, true
}

func (c *checker) vpcs() {
	c.unique("VPC", each(c.VPCs, func(v VPC) string { return v.ID }))
	for _, v := range c.VPCs {
		c.sized("VPC "+v.ID, v.CIDR)
		if v.DNSHostnames && !v.DNSSupport {
			c.add("VPC %s: DNS hostnames need DNS support", v.ID)
		}
	}
}

func (c *checker) subnets() {
	c.unique("subnet", each(c.Subnets, func(s Subnet) string { return s.ID }))
	for i, s := range c.Subnets {
		name := "subnet " + s.ID
		own, ok := c.sized(name, s.CIDR)
		v := c.vpc(s.VPC)
		if v == nil {
			c.add("%s: VPC %q is unknown", name, s.VPC)
			continue
		}
		if whole, err := ipv4(v.CIDR); ok && err == nil && !within(whole, own) {
			c.add("%s: %s is no part of %s of VPC %s (further ranges of a VPC are not simulated)", name, s.CIDR, v.CIDR, v.ID)
		}
		for _, other := range c.Subnets[:i] {
			if o, err := ipv4(other.CIDR); ok && err == nil && other.VPC == s.VPC && o.Overlaps(own) {
				c.add("%s: %s overlaps with %s of subnet %s", name, s.CIDR, other.CIDR, other.ID)
			}
			if s.RouteTable != "" && other.RouteTable == s.RouteTable && other.VPC != s.VPC {
				c.add("%s: route table %s is one of VPC %s (subnet %s)", name, s.RouteTable, other.VPC, other.ID)
			}
		}
	}
}

func (c *checker) lists() {
	c.unique("prefix list", each(c.PrefixLists, func(l PrefixList) string { return l.ID }))
	for _, l := range c.PrefixLists {
		if (l.Service == "") == (len(l.CIDRs) == 0) {
			c.add("prefix list %s: has a service of AWS's, or ranges", l.ID)
		}
		for _, cidr := range l.CIDRs {
			if _, err := ipv4(cidr); err != nil {
				c.add("prefix list %s: %w", l.ID, err)
			}
		}
	}
}

func (c *checker) groups() {
	c.unique("group", each(c.Groups, func(g Group) string { return g.ID }))
	for _, g := range c.Groups {
		if c.vpc(g.VPC) == nil {
			c.add("group %s: VPC %q is unknown", g.ID, g.VPC)
		}
		for _, r := range g.Ingress {
			c.rule(g, "ingress", r)
		}
		for _, r := range g.Egress {
			c.rule(g, "egress", r)
		}
	}
}

func (c *checker) rule(g Group, direction string, r Rule) {
	name := fmt.Sprintf("group %s: %s rule (%s)", g.ID, direction, r)
	given := 0
	for _, text := range []string{r.CIDR, r.Group, r.PrefixList} {
		if text != "" {
			given++
		}
	}
	if given != 1 {
		c.add("%s: has exactly one of a range, a group and a prefix list", name)
	}
	if r.CIDR != "" {
		if _, err := ipv4(r.CIDR); err != nil {
			c.add("%s: %w", name, err)
		}
	}
	if r.Group != "" {
		switch other := c.group(r.Group); {
		case other == nil:
			c.add("%s: group %q is unknown", name, r.Group)
		case other.VPC != g.VPC:
			c.add("%s: is one of VPC %s, and peering is not simulated", name, other.VPC)
		}
	}
	if r.PrefixList != "" && c.list(r.PrefixList) == nil {
		c.add("%s: prefix list %q is unknown", name, r.PrefixList)
	}
	switch strings.ToLower(r.Protocol) {
	case "-1", "icmp", "1":
	case "tcp", "6", "udp", "17":
		if r.FromPort < 0 || r.ToPort > 65535 || r.FromPort > r.ToPort {
			c.add("%s: its ports are no range", name)
		}
	case "icmpv6", "58":
		c.add("%s: IPv6 is not simulated", name)
	default:
		if number, err := strconv.Atoi(r.Protocol); err != nil || number < 0 || number > 255 {
			c.add("%s: there is no such protocol", name)
		}
	}
}

func (c *checker) endpoints() {
	c.unique("endpoint", each(c.Endpoints, func(e Endpoint) string { return e.ID }))
	for i, e := range c.Endpoints {
		name := fmt.Sprintf("endpoint %s of %s", e.ID, e.Service)
		v := c.vpc(e.VPC)
		if v == nil {
			c.add("%s: VPC %q is unknown", name, e.VPC)
		}
		region, service := e.serves()
		if service == "" {
			c.add("%s: a service of AWS is named com.amazonaws.<region>.<service>; others are not simulated", name)
		}
		switch e.Type {
		case Interface:
			c.interfaceEndpoint(name, e, v)
		case Gateway:
			if service != "s3" && service != "dynamodb" {
				c.add("%s: only S3 and DynamoDB have gateway endpoints", name)
			}
			if len(e.Subnets)+len(e.Groups) > 0 || e.PrivateDNS {
				c.add("%s: a gateway endpoint has route tables, no subnets, groups and private DNS", name)
			}
			for _, table := range e.RouteTables {
				if owner := c.ownerOf(table); owner != "" && owner != e.VPC {
					c.add("%s: route table %s is one of VPC %s", name, table, owner)
				}
			}
		default:
			c.add("%s: endpoints of type %q are not simulated", name, e.Type)
		}
		for _, other := range c.Endpoints[:i] {
			otherRegion, otherService := other.serves()
			if other.VPC != e.VPC || otherRegion != region || otherService != service {
				continue
			}
			if e.PrivateDNS && other.PrivateDNS {
				c.add("%s: endpoint %s has the private DNS name already", name, other.ID)
			}
			for _, table := range e.RouteTables {
				if slices.Contains(other.RouteTables, table) {
					c.add("%s: route table %s has a route to the service already, by endpoint %s", name, table, other.ID)
				}
			}
		}
	}
}

func (c *checker) interfaceEndpoint(name string, e Endpoint, v *VPC) {
	if len(e.RouteTables) > 0 {
		c.add("%s: an interface endpoint has no route tables", name)
	}
	if len(e.Groups) == 0 {
		c.add("%s: has no group: that it gets the VPC's default one is not simulated", name)
	}
	for _, id := range e.Groups {
		switch g := c.group(id); {
		case g == nil:
			c.add("%s: group %q is unknown", name, id)
		case g.VPC != e.VPC:
			c.add("%s: group %s is one of VPC %s", name, id, g.VPC)
		}
	}
	if len(e.Subnets) == 0 {
		c.add("%s: has no subnet, so nothing reaches it", name)
	}
	zones := map[string]string{}
	for _, id := range e.Subnets {
		s := c.subnet(id)
		switch {
		case s == nil:
			c.add("%s: subnet %q is unknown", name, id)
			continue
		case s.VPC != e.VPC:
			c.add("%s: subnet %s is one of VPC %s", name, id, s.VPC)
		case s.Zone != "" && zones[s.Zone] != "":
			c.add("%s: subnets %s and %s are both of zone %s: it takes one per zone", name, zones[s.Zone], id, s.Zone)
		}
		zones[s.Zone] = id
	}
	if !e.PrivateDNS {
		return
	}
	if v != nil && !(v.DNSSupport && v.DNSHostnames) {
		c.add("%s: private DNS needs DNS support and DNS hostnames of VPC %s", name, v.ID)
	}
	if _, service := e.serves(); service == "s3" {
		c.add("%s: private DNS of S3 is not simulated", name)
	}
}

func (c *checker) routes() {
	for i, r := range c.Routes {
		name := fmt.Sprintf("route %s of %s", r.Destination, r.RouteTable)
		if r.RouteTable == "" {
			c.add("%s: routes of a main route table are not simulated", name)
		}
		for _, other := range c.Routes[:i] {
			if other.RouteTable == r.RouteTable && other.Destination == r.Destination {
				c.add("%s: is there twice", name)
			}
		}
		if l := c.list(r.Destination); l != nil || strings.HasPrefix(r.Destination, "pl-") {
			c.routeToService(name, r, l)
			continue
		}
		p, err := ipv4(r.Destination)
		switch {
		case err != nil:
			c.add("%s: %w", name, err)
		case p.Bits() != 0:
			c.add("%s: only routes to 0.0.0.0/0, and to gateway endpoints, are simulated", name)
		case !strings.HasPrefix(r.Target, "igw-") && !strings.HasPrefix(r.Target, "nat-"):
			c.add("%s: the target %q is not simulated: internet gateways (igw-) and NAT gateways (nat-) are", name, r.Target)
		}
	}
}

func (c *checker) routeToService(name string, r Route, l *PrefixList) {
	e := c.endpoint(r.Target)
	switch {
	case l == nil:
		c.add("%s: the prefix list is unknown", name)
	case e == nil || e.Type != Gateway:
		c.add("%s: %q is no gateway endpoint: routes of prefix lists to others are not simulated", name, r.Target)
	case l.Service != e.Service:
		c.add("%s: the prefix list is that of %q, endpoint %s that of %s", name, l.Service, e.ID, e.Service)
	}
}

// ownerOf is the VPC of a route table, as far as a subnet tells.
func (c *checker) ownerOf(table string) string {
	for _, s := range c.Subnets {
		if s.RouteTable == table {
			return s.VPC
		}
	}
	return ""
}

func each[T any](list []T, f func(T) string) (texts []string) {
	for _, one := range list {
		texts = append(texts, f(one))
	}
	return texts
}

// ipv4 reads a range.
func ipv4(cidr string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil:
		return p, fmt.Errorf("%q is no range of addresses", cidr)
	case !p.Addr().Is4():
		return p, fmt.Errorf("%s: IPv6 is not simulated", cidr)
	case p != p.Masked():
		return p, fmt.Errorf("%s: has bits behind its prefix; %s is meant", cidr, p.Masked())
	}
	return p, nil
}

// within tells whether all of inner lies in outer.
func within(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}
