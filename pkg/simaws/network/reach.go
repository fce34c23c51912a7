package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// httpsPort is where AWS's APIs listen.
const httpsPort = 443

// anywhere is the range of all addresses.
const anywhere = "0.0.0.0/0"

// Connect tells whether an interface there can open a TCP connection to one
// there. nil: it can; *Unreachable: what is missing. Any other error is of a
// place that cannot be: with an unknown id, of two VPCs, without a group.
func (n *Network) Connect(from, to Place, port int) error {
	caller, err := n.resolve(from)
	if err != nil {
		return fmt.Errorf("the caller: %w", err)
	}
	called, err := n.resolve(to)
	if err != nil {
		return fmt.Errorf("the called: %w", err)
	}
	return n.connect(caller, called, port, Called, called.String())
}

func (n *Network) connect(from, to place, port int, side Side, name string) error {
	missing := func(side Side, format string, args ...any) error {
		return &Unreachable{From: from.String(), To: name, Port: port, Side: side, Missing: fmt.Sprintf(format, args...)}
	}
	if from.vpc != to.vpc {
		return missing(Routes, "nothing leads from VPC %s to VPC %s (peering is not simulated)", from.vpc, to.vpc)
	}
	for _, s := range to.subnets {
		if !n.admitted(from.groups, Group.egress, to, s, port) {
			return missing(Caller, "no egress rule to %s; %s", to.named("to", s), said(from.groups, Group.egress))
		}
	}
	for _, s := range from.subnets {
		if !n.admitted(to.groups, Group.ingress, from, s, port) {
			return missing(side, "no ingress rule from %s; %s", from.named("from", s), said(to.groups, Group.ingress))
		}
	}
	return nil
}

// API is the endpoint that a request from there to an API of AWS passes; "": it
// leaves the VPC through a gateway. service is the last part of the endpoint
// service's name, which most signatures have as well: monitoring, states, rds.
// In China RDS is also asked for as rds-api, the private name of its endpoint
// there. Errors are as those of Connect.
func (n *Network) API(from Place, service, region string) (endpoint string, err error) {
	caller, err := n.resolve(from)
	if err != nil {
		return "", fmt.Errorf("the caller: %w", err)
	}
	r := request{Network: n, from: caller, vpc: n.vpc(caller.vpc), service: service, region: region}
	if strings.HasPrefix(region, "cn-") {
		r.service, r.privateName = strings.TrimSuffix(service, "-api"), service == "rds-api"
	}
	if !r.vpc.DNSSupport {
		return "", r.missing(Names, "VPC %s has no DNS support, so no name is resolved", r.vpc.ID)
	}
	if e := r.private(); e != nil {
		if err := r.enter(e); err != nil {
			return "", err
		}
		return e.ID, nil
	}
	for i, s := range caller.subnets {
		way, err := r.leave(s)
		if err != nil {
			return "", err
		}
		if i > 0 && way != endpoint {
			return "", fmt.Errorf("%s: requests pass %q from subnet %s and %q from subnet %s, which is not simulated for one interface",
				r.api(), endpoint, caller.subnets[0].ID, way, s.ID)
		}
		endpoint = way
	}
	return endpoint, nil
}

// request to an API of AWS.
type request struct {
	*Network
	from            place
	vpc             *VPC
	service, region string
	privateName     bool // RDS is asked for by the name that its endpoint has in China
}

func (r request) api() string { return r.service + " of " + r.region }

func (r request) missing(side Side, format string, args ...any) error {
	return &Unreachable{From: r.from.String(), To: r.api(), Port: httpsPort, Side: side, Missing: fmt.Sprintf(format, args...)}
}

// private is the endpoint that has the API's public name.
func (r request) private() *Endpoint {
	for _, e := range r.endpoints(Interface) {
		if r.unnamed(e) == "" {
			return e
		}
	}
	return nil
}

// unnamed tells why an interface endpoint does not have the API's public name. In
// China the private name of RDS is not the one that clients ask for.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/vpc-interface-endpoints.html#vpc-endpoint-create
func (r request) unnamed(e *Endpoint) string {
	switch {
	case !e.PrivateDNS:
		return "it has no private DNS"
	case !r.vpc.DNSHostnames:
		return "private DNS needs DNS hostnames of VPC " + r.vpc.ID
	case r.service == "rds" && strings.HasPrefix(r.region, "cn-") && !r.privateName:
		return "its private name is rds-api." + r.region + ".amazonaws.com.cn"
	default:
		return ""
	}
}

// enter an interface endpoint. It is one target in each of its subnets, of which
// a name may give any.
func (r request) enter(e *Endpoint) error {
	door, err := r.resolve(Place{Subnets: e.Subnets, Groups: e.Groups})
	if err != nil {
		return fmt.Errorf("endpoint %s: %w", e.ID, err)
	}
	return r.connect(r.from, door, httpsPort, EndpointGroups, r.api()+" by endpoint "+e.ID)
}

// leave for the API's public addresses, from one subnet.
func (r request) leave(s Subnet) (endpoint string, err error) {
	to := ""
	if e := r.gateway(s); e != nil {
		if !r.vpc.DNSHostnames {
			return "", r.missing(Names, "endpoint %s needs DNS hostnames of VPC %s", e.ID, r.vpc.ID)
		}
		endpoint, to = e.ID, " by endpoint "+e.ID
	} else if err := r.gate(s); err != nil {
		return "", err
	}
	if !slices.ContainsFunc(r.from.groups, func(g Group) bool { return slices.ContainsFunc(g.egress(), r.letsOut) }) {
		return "", r.missing(Caller, "no egress rule to the addresses of %s%s (%s or its prefix list); %s", r.service, to, anywhere, said(r.from.groups, Group.egress))
	}
	return endpoint, nil
}

// letsOut tells whether a rule covers the addresses of the API, of which nobody
// here knows the ranges.
func (r request) letsOut(rule Rule) bool {
	if !rule.tcp(httpsPort) {
		return false
	}
	if l := r.list(rule.PrefixList); l != nil && l.Service != "" {
		region, service := serves(l.Service)
		return region == r.region && service == r.service
	}
	return slices.ContainsFunc(r.rangesOf(rule), func(p netip.Prefix) bool { return p.Bits() == 0 })
}

// gateway endpoint to which the subnet's route table leads.
func (r request) gateway(s Subnet) *Endpoint {
	if s.RouteTable == "" {
		return nil
	}
	for _, e := range r.endpoints(Gateway) {
		if slices.Contains(e.RouteTables, s.RouteTable) || slices.ContainsFunc(r.Routes, func(way Route) bool {
			return way.RouteTable == s.RouteTable && way.Target == e.ID
		}) {
			return e
		}
	}
	return nil
}

// gate tells why the default route does not lead out. nil: it does.
func (r request) gate(s Subnet) error {
	target := r.defaultRoute(s)
	switch {
	case target == "":
		return r.missing(Routes, "route table %s of subnet %s has none to %s%s", orMain(s.RouteTable), s.ID, anywhere, r.hints())
	case strings.HasPrefix(target, "igw-") && !r.from.PublicAddress:
		return r.missing(Routes, "route table %s of subnet %s leads to %s, which takes interfaces with a public address only (those of functions have none)%s",
			orMain(s.RouteTable), s.ID, target, r.hints())
	}
	return nil
}

// hints are endpoints of the service that do not help.
func (r request) hints() string {
	var texts []string
	for _, e := range r.endpoints(Interface) {
		texts = append(texts, fmt.Sprintf("endpoint %s does not have the name: %s", e.ID, r.unnamed(e)))
	}
	for _, e := range r.endpoints(Gateway) {
		texts = append(texts, fmt.Sprintf("endpoint %s has no association with it", e.ID))
	}
	if len(texts) == 0 {
		texts = []string{fmt.Sprintf("VPC %s has no endpoint of the service", r.vpc.ID)}
	}
	return "; " + strings.Join(texts, "; ")
}

// endpoints of the service in the caller's VPC.
func (r request) endpoints(kind string) (list []*Endpoint) {
	for i := range r.Endpoints {
		e := &r.Endpoints[i]
		region, service := e.serves()
		if e.VPC == r.vpc.ID && e.Type == kind && region == r.region && service == r.service {
			list = append(list, e)
		}
	}
	return list
}

// Public tells whether the internet could open a connection to an interface
// there, if it had a public address: one of the subnets routes to an internet
// gateway, and a group lets somebody outside of private ranges in. It answers
// true in doubt, also of a place that Connect would refuse.
// https://datatracker.ietf.org/doc/html/rfc1918
func (n *Network) Public(p Place) bool {
	there, err := n.resolve(p)
	if err != nil {
		return true
	}
	return slices.ContainsFunc(there.subnets, func(s Subnet) bool {
		return strings.HasPrefix(n.defaultRoute(s), "igw-")
	}) && slices.ContainsFunc(there.groups, func(g Group) bool { return slices.ContainsFunc(g.Ingress, n.fromOutside) })
}

var private = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16")}

func (n *Network) fromOutside(r Rule) bool {
	if l := n.list(r.PrefixList); r.PrefixList != "" && (l == nil || l.Service != "") {
		return true
	}
	return slices.ContainsFunc(n.rangesOf(r), func(p netip.Prefix) bool {
		return !slices.ContainsFunc(private, func(outer netip.Prefix) bool { return within(outer, p) })
	})
}

// defaultRoute is the target of the subnet's route to everywhere else.
func (n *Network) defaultRoute(s Subnet) string {
	for _, r := range n.Routes {
		if s.RouteTable != "" && r.RouteTable == s.RouteTable && r.Destination == anywhere {
			return r.Target
		}
	}
	return ""
}

// serves is the region and the service of an endpoint.
func (e Endpoint) serves() (region, service string) { return serves(e.Service) }

// serves takes the name of an endpoint service apart. In China some begin with
// the country.
// https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
func serves(name string) (region, service string) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(name, "cn."), "com.amazonaws.")
	if !ok {
		return "", ""
	}
	region, service, _ = strings.Cut(rest, ".")
	return region, service
}

func orMain(table string) string {
	if table == "" {
		return "(main)"
	}
	return table
}
