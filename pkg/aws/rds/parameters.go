package rds

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// otherParameters says of a copy whose engine does not start with its parameters
// which group it has, which the source has, and what to write into the plan. No
// backup keeps the name of the source's group, so the source itself is asked,
// for this sentence only: it may be lost, and then the command says it.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.Retaining.html#USER_WorkingWithAutomatedBackups.Limits
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.Copying.html
func (a *Adapter) otherParameters(ctx context.Context, s target, copied types.DBInstance, e drill.Error) (what, hint string) {
	has := groupOf(copied)
	what = fmt.Sprintf("%s; its parameter group is %s", e.What, has)
	source := a.sourceInstance(ctx, s)
	if source == nil {
		return what, fmt.Sprintf("look at the group of the source, if it is not the engine's default: aws rds describe-db-instances --db-instance-identifier %s --query 'DBInstances[].DBParameterGroups' --region %s; "+
			"make one with its settings in %s, and write its name into lifeboat.yaml: drill: {parameterGroup: NAME}; else %s", s.Instance, s.PrimaryRegion, s.Region(), e.Hint)
	}
	wanted := groupOf(*source)
	what += fmt.Sprintf(", and that of the source %s is %s", s.Instance, wanted)
	class := aws.ToString(source.DBInstanceClass)
	same := class == aws.ToString(copied.DBInstanceClass) // the size is not why
	switch {
	case strings.HasPrefix(wanted, "default.") && !strings.HasPrefix(has, "default."):
		return what, "leave drill.parameterGroup out of lifeboat.yaml, or see what in that group does not fit"
	case wanted == has && s.Region() == s.PrimaryRegion || strings.HasPrefix(wanted, "default."):
		if same {
			return what, fmt.Sprintf("the source has the same settings and the same class, %s, so it may not start either: see the events of the copy, "+
				"and whether a setting of the source waits for its next restart (pending-reboot); else name a larger drill.instanceClass", class)
		}
		return what, fmt.Sprintf("the source's settings are the same, so it is the size: name a drill.instanceClass like the source's, %s", class)
	case wanted == has:
		hint := fmt.Sprintf("see that group %s has the same settings in %s as in %s: groups of one name are apart in each region", has, s.Region(), s.PrimaryRegion)
		if same {
			return what, hint + fmt.Sprintf("; the class is the source's, %s, so the size is not why", class)
		}
		return what, hint + "; else name a drill.instanceClass like the source's, " + class
	}
	like := ""
	if s.Region() != s.PrimaryRegion {
		like = fmt.Sprintf("; no group leaves its region, so make one of that name in %s with the same settings: aws rds create-db-parameter-group --db-parameter-group-name %s --db-parameter-group-family %s --description \"restore drills\" --region %s, then aws rds modify-db-parameter-group",
			s.Region(), wanted, family(aws.ToString(source.Engine), aws.ToString(source.EngineVersion)), s.Region())
	}
	return what, fmt.Sprintf("write the source's group into lifeboat.yaml: drill: {parameterGroup: %s}%s", wanted, like)
}

// groupOf is the parameter group of an instance; it has exactly one.
func groupOf(i types.DBInstance) string {
	if len(i.DBParameterGroups) == 0 {
		return "unknown"
	}
	return aws.ToString(i.DBParameterGroups[0].DBParameterGroupName)
}
