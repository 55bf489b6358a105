package summary

import (
	"fmt"
	"slices"
	"strings"
)

// openings returns the sentences about ports that the change opens to every address. The ports of a new component are
// among its properties.
func openings(changes []*change, byURN changesByURN) []string {
	var out []string
	for _, c := range changes {
		if c.shown() && c.opens() && byURN.fate(c) == "" && !slices.ContainsFunc(changes, c.isOpenedBy) {
			out = append(out, fmt.Sprintf("**Opens %s to %s** (%s): ingress rule %s.",
				ports(c.after), everyAddress(c.after), code(network(c.after)), code(c.name())))
		}
	}
	return out
}

// opens reports whether the change leaves an ingress rule that admits every address.
func (c *change) opens() bool { return c.kind() == ingressKind && everyAddress(c.after) != "" }

// isOpenedBy reports whether another rule, or the same one before its replacement, already admits what the rule admits.
func (c *change) isOpenedBy(other *change) bool {
	return other.kind() == ingressKind && network(other.before) == network(c.after) && ports(other.before) == ports(c.after) &&
		(other == c || other.before["securityGroupId"] == c.after["securityGroupId"])
}

// everyAddress returns the words for the network of a security group rule that contains every address; "" for another
// network.
func everyAddress(rule values) string {
	switch {
	case strings.HasSuffix(rule["cidrIpv4"], "/0"):
		return "every IPv4 address"
	case strings.HasSuffix(rule["cidrIpv6"], "/0"):
		return "every IPv6 address"
	default:
		return ""
	}
}

// network returns the other end of a security group rule: a network, a prefix list or a security group.
func network(rule values) string {
	for _, property := range []string{"cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"} {
		if value := rule[property]; value != "" {
			return value
		}
	}
	return ""
}

// ports returns the protocol and the ports of a security group rule.
func ports(rule values) string {
	protocol, from, to := strings.ToUpper(rule["ipProtocol"]), rule["fromPort"], rule["toPort"]
	switch {
	case protocol == "-1":
		return "every port"
	case from == "" || from == "-1":
		return protocol
	case from == to:
		return protocol + " port " + from
	default:
		return protocol + " ports " + from + "–" + to
	}
}

// direction describes a security group rule. from is "from" for an ingress rule, and "to" for an egress rule.
func direction(from string) func(values) string {
	return func(rule values) string {
		text := ports(rule)
		if end := network(rule); end != "" && end != unknown {
			text += " " + from + " " + code(end)
		}
		return text
	}
}
