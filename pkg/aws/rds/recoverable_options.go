package rds

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// lasting are the options of a group that a backup made with it cannot be
// restored without; "" has none, nor have AWS's defaults. found is false where the
// region has no such group.
//
// A persistent option binds what is restored to its group, a permanent one must
// be in whichever group is taken.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithOptionGroups.html
func (a *Adapter) lasting(ctx context.Context, region, group string) (lasting, all []string, found bool, err error) {
	if group == "" || strings.HasPrefix(group, "default:") {
		return nil, nil, true, nil
	}
	out, err := a.in(region).rds.DescribeOptionGroups(ctx, &awsrds.DescribeOptionGroupsInput{OptionGroupName: &group})
	if is(err, "OptionGroupNotFoundFault") || err == nil && len(out.OptionGroupsList) == 0 {
		return nil, nil, false, nil
	}
	if err != nil {
		return nil, nil, false, named(drill.RestoreRefused, err, "looking at option group %s in %s", group, region)
	}
	for _, o := range out.OptionGroupsList[0].Options {
		name := aws.ToString(o.OptionName)
		if all = append(all, name); aws.ToBool(o.Persistent) || aws.ToBool(o.Permanent) {
			lasting = append(lasting, name)
		}
	}
	return lasting, all, true, nil
}

// checkLasting compares what the backup cannot lose with what the copy's option
// group has. It asks the region of the copy only, where the group of the backup
// lies too.
func (a *Adapter) checkLasting(ctx context.Context, s target, from origin) ([]problem, error) {
	return a.optionsLost(ctx, s, from, s.Region(), from.options, "the backup")
}

// optionsLost are those of a group in one region that a copy, made in another,
// would lack.
func (a *Adapter) optionsLost(ctx context.Context, s target, from origin, region, group, whose string) ([]problem, error) {
	lasting, _, there, err := a.lasting(ctx, region, group)
	if err == nil && !there {
		if region == s.Region() && group == from.sourceOptions {
			return nil, nil // a replicated backup names the source's, which sourceGroups looks at where it lies
		}
		// AWS removes no group that an instance or a snapshot has.
		return []problem{unsaid(fmt.Sprintf("%s is of option group %s, which %s does not have: whether it cannot be restored without options of that is not known", whose, group, region),
			fmt.Sprintf("aws rds describe-option-groups --option-group-name %s --region %s", group, region))}, nil
	}
	if err != nil || len(lasting) == 0 {
		return nil, err
	}
	with := optionGroup(s, from)
	_, has, found, err := a.lasting(ctx, s.Region(), with)
	if err != nil || !found {
		return nil, err // checkOptionGroup says that it is missing
	}
	lost := slices.DeleteFunc(slices.Clone(lasting), func(name string) bool { return slices.Contains(has, name) })
	if len(lost) == 0 {
		return nil, nil
	}
	return []problem{{
		name: drill.RestoreRefused, code: drill.PersistentOption, figure: strings.Join(lost, ", "),
		what: fmt.Sprintf("%s has the persistent options %s of option group %s, and the copy's group %s lacks them: option groups do not leave their region", whose, strings.Join(lost, ", "), group, with),
		hint: s.likeGroup(from, group, lost),
	}}, nil
}

// likeGroup makes an option group in the region of the copy, and names it.
func (s target) likeGroup(from origin, group string, options []string) string {
	names := make([]string, 0, len(options))
	for _, o := range options {
		names = append(names, "OptionName="+o)
	}
	return fmt.Sprintf("aws rds create-option-group --option-group-name %s --engine-name %s --major-engine-version %s --option-group-description \"recovery\" --region %s && "+
		"aws rds add-option-to-option-group --option-group-name %s --options %s --apply-immediately --region %s; write it into lifeboat.yaml: drill: {optionGroup: %s}",
		group, from.engine, majorVersion(from.engine, from.version), s.Region(), group, strings.Join(names, " "), s.Region(), group)
}

// sourceGroups compares the source's own groups with those of the copy: groups
// do not leave their region, and a copy of one that has its own comes up with the
// engine's defaults where the plan names none. It asks both regions, so it is no
// part of a drill.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.Copying.html
func (a *Adapter) sourceGroups(ctx context.Context, s target, from origin, source types.DBInstance) ([]problem, error) {
	if !s.Elsewhere() {
		return nil, nil
	}
	options := optionsOf(source)
	found, err := a.optionsLost(ctx, s, from, s.PrimaryRegion, options, "the source")
	if err != nil {
		return nil, err
	}
	if len(found) == 0 && s.OptionGroup == "" && options != "" && !strings.HasPrefix(options, "default:") {
		_, _, there, err := a.lasting(ctx, s.Region(), options)
		if err != nil {
			return nil, err
		}
		if !there {
			_, has, _, err := a.lasting(ctx, s.PrimaryRegion, options)
			if err != nil {
				return nil, err
			}
			found = append(found, problem{
				name: drill.RestoreRefused, code: drill.GroupMissing, severity: drill.Warning, figure: options,
				what: fmt.Sprintf("the source's option group %s is not in %s, and the plan names none: what is restored there has the engine's defaults", options, s.Region()),
				hint: s.likeGroup(from, options, has),
			})
		}
	}
	parameters := groupOf(source)
	if s.ParameterGroup != "" || len(source.DBParameterGroups) == 0 || strings.HasPrefix(parameters, "default.") {
		return found, nil
	}
	_, err = a.in(s.Region()).rds.DescribeDBParameterGroups(ctx, &awsrds.DescribeDBParameterGroupsInput{DBParameterGroupName: &parameters})
	switch {
	case err == nil:
		return found, nil
	case !is(err, "DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"):
		return nil, named(drill.RestoreRefused, err, "looking at parameter group %s in %s", parameters, s.Region())
	}
	return append(found, problem{
		name: drill.RestoreRefused, code: drill.GroupMissing, severity: drill.Warning, figure: parameters,
		what: fmt.Sprintf("the source's parameter group %s is not in %s, and the plan names none: what is restored there has the engine's defaults, and may not start with them", parameters, s.Region()),
		hint: fmt.Sprintf("aws rds create-db-parameter-group --db-parameter-group-name %s --db-parameter-group-family %s --description \"recovery\" --region %s, then its settings with aws rds modify-db-parameter-group; write it into lifeboat.yaml: drill: {parameterGroup: %s}",
			parameters, family(from.engine, from.version), s.Region(), parameters),
	}), nil
}

// optionsOf is the option group of an instance; it has exactly one.
func optionsOf(i types.DBInstance) string {
	if len(i.OptionGroupMemberships) == 0 {
		return ""
	}
	return aws.ToString(i.OptionGroupMemberships[0].OptionGroupName)
}
