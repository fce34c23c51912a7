package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// admitted tells whether a rule of the groups admits what has to do with any
// address in one subnet of the other side.
func (n *Network) admitted(groups []Group, rules func(Group) []Rule, other place, subnet Subnet, port int) bool {
	theirs, err := ipv4(subnet.CIDR)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(groups, func(g Group) bool {
		return slices.ContainsFunc(rules(g), func(r Rule) bool {
			if !r.tcp(port) {
				return false
			}
			if r.Group != "" {
				return slices.ContainsFunc(other.groups, func(o Group) bool { return o.ID == r.Group })
			}
			return slices.ContainsFunc(n.rangesOf(r), func(p netip.Prefix) bool { return within(p, theirs) })
		})
	})
}

// rangesOf what a rule names, as far as they are known: AWS's own prefix lists
// have addresses outside of every VPC.
func (n *Network) rangesOf(r Rule) (ranges []netip.Prefix) {
	texts := []string{r.CIDR}
	if r.PrefixList != "" {
		texts = nil
		if l := n.list(r.PrefixList); l != nil {
			texts = l.CIDRs
		}
	}
	for _, text := range texts {
		if p, err := ipv4(text); err == nil {
			ranges = append(ranges, p)
		}
	}
	return ranges
}

func (g Group) String() string { return g.ID + quoted(g.Description) }

func (g Group) ingress() []Rule { return g.Ingress }

// egress has the default rule where no other took it away.
func (g Group) egress() []Rule {
	if len(g.Egress) == 0 {
		return []Rule{{Protocol: "-1", CIDR: anywhere, Description: "the default rule"}}
	}
	return g.Egress
}

// tcp tells whether the rule is about TCP connections to a port.
func (r Rule) tcp(port int) bool {
	switch strings.ToLower(r.Protocol) {
	case "-1":
		return true
	case "tcp", "6":
		return r.FromPort <= port && port <= r.ToPort
	default:
		return false
	}
}

func (r Rule) String() string {
	text := r.Protocol
	switch {
	case r.Protocol == "-1":
		text = "everything"
	case r.FromPort == r.ToPort:
		text += fmt.Sprintf(" %d", r.FromPort)
	default:
		text += fmt.Sprintf(" %d-%d", r.FromPort, r.ToPort)
	}
	return text + " with " + r.CIDR + r.Group + r.PrefixList + quoted(r.Description)
}

func quoted(description string) string {
	if description == "" {
		return ""
	}
	return fmt.Sprintf(" %q", description)
}

// said are all rules of the groups, for messages.
func said(groups []Group, rules func(Group) []Rule) string {
	var texts []string
	for _, g := range groups {
		text := "nothing"
		if there := rules(g); len(there) > 0 {
			text = strings.Join(each(there, Rule.String), ", ")
		}
		texts = append(texts, fmt.Sprintf("%s has %s", g, text))
	}
	return strings.Join(texts, "; ")
}
