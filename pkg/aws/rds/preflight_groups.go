package rds

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

func (a *Adapter) checkSubnetGroup(ctx context.Context, s target, _ origin) ([]problem, error) {
	create := fmt.Sprintf("aws rds create-db-subnet-group --db-subnet-group-name %s --db-subnet-group-description \"restore drills\" --subnet-ids <isolated subnets in two zones> --region %s", s.SubnetGroup, s.Region())
	switch {
	case s.SubnetGroup == "":
		return []problem{{name: drill.RestoreRefused, code: drill.GroupMissing, what: "no subnet group isolates the copy", hint: "the deployment makes one and names it: AWS's default is the default VPC"}}, nil
	case len(s.SecurityGroups) == 0:
		return []problem{{name: drill.RestoreRefused, code: drill.GroupMissing, what: "no security group isolates the copy", hint: "the deployment makes one and names it: AWS's default is the VPC's default group"}}, nil
	}
	out, err := a.in(s.Region()).rds.DescribeDBSubnetGroups(ctx, &awsrds.DescribeDBSubnetGroupsInput{DBSubnetGroupName: &s.SubnetGroup})
	if is(err, "DBSubnetGroupNotFoundFault") || err == nil && len(out.DBSubnetGroups) == 0 {
		return []problem{{name: drill.RestoreRefused, code: drill.GroupMissing, what: fmt.Sprintf("subnet group %s does not exist", s.SubnetGroup), hint: create}}, nil
	}
	if err != nil {
		return nil, named(drill.RestoreRefused, err, "looking at subnet group %s in %s", s.SubnetGroup, s.Region())
	}
	if state := aws.ToString(out.DBSubnetGroups[0].SubnetGroupStatus); state != "" && state != "Complete" {
		return []problem{{
			name: drill.RestoreRefused, code: drill.GroupMissing, what: fmt.Sprintf("subnet group %s is %q", s.SubnetGroup, state),
			hint: fmt.Sprintf("aws rds modify-db-subnet-group --db-subnet-group-name %s --subnet-ids <isolated subnets in two zones> --region %s", s.SubnetGroup, s.Region()),
		}}, nil
	}
	return nil, nil
}

// checkParameterGroup looks at a group of the plan's own: AWS makes its defaults
// when they are needed.
func (a *Adapter) checkParameterGroup(ctx context.Context, s target, from origin) ([]problem, error) {
	name, wanted := parameterGroup(s, from), family(from.engine, from.version)
	if strings.HasPrefix(name, "default.") {
		return nil, nil
	}
	out, err := a.in(s.Region()).rds.DescribeDBParameterGroups(ctx, &awsrds.DescribeDBParameterGroupsInput{DBParameterGroupName: &name})
	if is(err, "DBParameterGroupNotFound", "DBParameterGroupNotFoundFault") || err == nil && len(out.DBParameterGroups) == 0 {
		return []problem{{
			name: drill.RestoreRefused, code: drill.GroupMissing, what: fmt.Sprintf("parameter group %s does not exist", name),
			hint: fmt.Sprintf("aws rds create-db-parameter-group --db-parameter-group-name %s --db-parameter-group-family %s --description \"restore drills\" --region %s", name, wanted, s.Region()),
		}}, nil
	}
	if err != nil {
		return nil, named(drill.RestoreRefused, err, "looking at parameter group %s in %s", name, s.Region())
	}
	if has := aws.ToString(out.DBParameterGroups[0].DBParameterGroupFamily); has != wanted {
		return []problem{{
			name: drill.RestoreRefused, code: drill.GroupMissing, what: fmt.Sprintf("parameter group %s is of family %s, and the backup is of %s", name, has, wanted),
			hint: fmt.Sprintf("name another drill.parameterGroup, made with: aws rds create-db-parameter-group --db-parameter-group-name %s-%s --db-parameter-group-family %s --description \"restore drills\" --region %s",
				name, strings.ReplaceAll(wanted, ".", "-"), wanted, s.Region()),
		}}, nil
	}
	return nil, nil
}

// checkOptionGroup looks at a group of the plan's own: AWS makes its defaults
// when they are needed.
func (a *Adapter) checkOptionGroup(ctx context.Context, s target, from origin) ([]problem, error) {
	name, major := optionGroup(s, from), majorVersion(from.engine, from.version)
	if strings.HasPrefix(name, "default:") {
		return nil, nil
	}
	create := func(name string) string {
		return fmt.Sprintf("aws rds create-option-group --option-group-name %s --engine-name %s --major-engine-version %s --option-group-description \"restore drills\" --region %s",
			name, from.engine, major, s.Region())
	}
	out, err := a.in(s.Region()).rds.DescribeOptionGroups(ctx, &awsrds.DescribeOptionGroupsInput{OptionGroupName: &name})
	if is(err, "OptionGroupNotFoundFault") || err == nil && len(out.OptionGroupsList) == 0 {
		return []problem{{name: drill.RestoreRefused, code: drill.GroupMissing, what: fmt.Sprintf("option group %s does not exist", name), hint: create(name)}}, nil
	}
	if err != nil {
		return nil, named(drill.RestoreRefused, err, "looking at option group %s in %s", name, s.Region())
	}
	group := out.OptionGroupsList[0]
	if engine, version := aws.ToString(group.EngineName), aws.ToString(group.MajorEngineVersion); engine != from.engine || version != major {
		return []problem{{
			name: drill.RestoreRefused, code: drill.GroupMissing, what: fmt.Sprintf("option group %s is for %s %s, and the backup is of %s %s", name, engine, version, from.engine, major),
			hint: "name another drill.optionGroup, made with: " + create(fmt.Sprintf("%s-%s-%s", name, from.engine, strings.ReplaceAll(major, ".", "-"))),
		}}, nil
	}
	return nil, nil
}
