package account

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

// linkedRoleRDS is the role that RDS acts with. A fresh account lacks it.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html
const linkedRoleRDS = "AWSServiceRoleForRDS"

// RoleReader reads a role by its name.
type RoleReader interface {
	Role(ctx context.Context, name string) (role seen.Role, found bool, err error)
}

// LinkedRole looks for the service-linked role of RDS, without which no restore
// begins: drills may not make it, and would be refused.
func LinkedRole(n Needs, roles RoleReader) doctor.Check {
	return doctor.Check{Area: "service-linked role", Run: func(ctx context.Context) []doctor.Line {
		line := doctor.Line{Subject: linkedRoleRDS, State: doctor.OK, What: "is there", Basis: doctor.Asked}
		_, there, err := roles.Role(ctx, linkedRoleRDS)
		switch {
		case err != nil:
			return []doctor.Line{unread(linkedRoleRDS, err, "aws iam get-role --role-name "+linkedRoleRDS)}
		case !there:
			line.State, line.What = doctor.Wrong, "account "+n.Names.Account+" lacks it, and RDS restores nothing without it"
			line.Command = "aws iam create-service-linked-role --aws-service-name rds.amazonaws.com"
		}
		return []doctor.Line{line}
	}}
}
