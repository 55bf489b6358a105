package sandbox

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// route53Kinds has no row for the hosted zone, because a stack uses an existing one. Two records with the same name and
// type conflict even with allowOverwrite, which a stack needs only for the records of other stacks.
var route53Kinds = []kind{{
	new: route53.NewRecord, global: true,
	fixed:  "name zoneId",
	rules:  []rule{known("type", "A", "CNAME"), exclusive("aliases", "records"), exclusive("aliases", "ttl"), whole(recordValue)},
	unique: &unique{"zoneId name type", "InvalidChangeBatch: Tried to create resource record set"},
	id:     "{zoneId}_{name}_{type}",
	mint: func(_ *account, p resource.PropertyMap) outputs {
		return outputs{"fqdn": strings.TrimSuffix(text(p, "name"), ".")}
	},
}}

// recordValue checks that a record has an alias, or values and a TTL.
func recordValue(p resource.PropertyMap) []failure {
	if p.HasValue("aliases") || p.HasValue("records") && p.HasValue("ttl") {
		return nil
	}
	return []failure{{"records", "and ttl are required unless aliases are given"}}
}
