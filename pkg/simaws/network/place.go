package network

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// place is a Place whose ids are known.
type place struct {
	Place
	vpc     string
	subnets []Subnet
	groups  []Group
}

// resolve fails where no interface can be.
func (n *Network) resolve(p Place) (place, error) {
	there := place{Place: p}
	for _, id := range p.Subnets {
		s := n.subnet(id)
		if s == nil {
			return place{}, fmt.Errorf("subnet %q is unknown", id)
		}
		if len(there.subnets) > 0 && s.VPC != there.vpc {
			return place{}, fmt.Errorf("subnet %s is one of VPC %s, subnet %s of VPC %s", id, s.VPC, there.subnets[0].ID, there.vpc)
		}
		there.vpc, there.subnets = s.VPC, append(there.subnets, *s)
	}
	if len(there.subnets) == 0 {
		return place{}, errors.New("it has no subnet")
	}
	if n.vpc(there.vpc) == nil {
		return place{}, fmt.Errorf("VPC %q is unknown", there.vpc)
	}
	for _, id := range p.Groups {
		g := n.group(id)
		if g == nil {
			return place{}, fmt.Errorf("group %q is unknown", id)
		}
		if g.VPC != there.vpc {
			return place{}, fmt.Errorf("group %s is one of VPC %s, its subnets of VPC %s", id, g.VPC, there.vpc)
		}
		there.groups = append(there.groups, *g)
	}
	if len(there.groups) == 0 {
		return place{}, errors.New("it has no group: that it gets the VPC's default one is not simulated")
	}
	return there, nil
}

func (p place) String() string {
	return fmt.Sprintf("%s (%s)", strings.Join(p.Subnets, ", "), strings.Join(each(p.groups, Group.String), ", "))
}

// named is what a rule may name to mean the place.
func (p place) named(direction string, s Subnet) string {
	return fmt.Sprintf("%s, nor %s all of %s (subnet %s)", strings.Join(p.Groups, " or "), direction, s.CIDR, s.ID)
}

func (n *Network) vpc(id string) *VPC { return find(n.VPCs, func(v VPC) bool { return v.ID == id }) }

func (n *Network) subnet(id string) *Subnet {
	return find(n.Subnets, func(s Subnet) bool { return s.ID == id })
}

func (n *Network) group(id string) *Group {
	return find(n.Groups, func(g Group) bool { return g.ID == id })
}

func (n *Network) endpoint(id string) *Endpoint {
	return find(n.Endpoints, func(e Endpoint) bool { return e.ID == id })
}

func (n *Network) list(id string) *PrefixList {
	return find(n.PrefixLists, func(l PrefixList) bool { return l.ID == id })
}

func find[T any](list []T, is func(T) bool) *T {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return &list[i]
	}
	return nil
}
