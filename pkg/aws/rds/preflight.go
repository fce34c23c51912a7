package rds

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// problem is one reason why the restore would be refused.
type problem struct {
	name       drill.ErrorName
	code       string // of the finding that it is in a look ahead; see drill.Recoverability
	what, hint string

	severity       drill.Severity // of the finding; "": drill.Failed
	figure, target any            // of the finding
	unknown        bool           // it could not be looked at: nothing is known to be wrong
}

// check is one look before the restore. The error is one of AWS that says
// nothing about the thing looked at.
type check func(context.Context, target, origin) ([]problem, error)

// Preflight looks, in the region of the restore and before anything is
// created, for all that would have the restore refused: quotas, the subnet,
// parameter and option group, the key, and RDS's own role. It names every
// problem with its figure and the command that mends it, not just the first.
// Errors: QuotaReached, RestoreRefused, Throttled, Transient.
func (a *Adapter) Preflight(ctx context.Context, spec drill.Spec, point drill.RecoveryPoint) error {
	s, err := source(spec)
	if err != nil {
		return err
	}
	from, err := a.origin(ctx, s, point)
	if err != nil {
		return err
	}
	_, err = a.preflight(ctx, spec, s, from)
	return err
}

// preflight returns the ARN of the key that the copy will be encrypted with.
func (a *Adapter) preflight(ctx context.Context, spec drill.Spec, s target, from origin) (key string, err error) {
	key, problems, err := a.checkKey(ctx, s, from)
	if err != nil {
		return "", err
	}
	for _, look := range []check{a.checkQuotas, a.checkSubnetGroup, a.checkParameterGroup, a.checkOptionGroup, a.checkServiceRole} {
		found, err := look(ctx, s, from)
		if err != nil {
			return "", err
		}
		problems = append(problems, found...)
	}
	if len(problems) == 0 {
		return key, nil
	}
	refused := &drill.Error{Name: problems[0].name}
	var what, hints []string
	for _, p := range problems {
		what, hints = append(what, p.what), append(hints, p.hint)
		if p.name == drill.QuotaReached {
			refused.Name = p.name
		}
	}
	refused.What = fmt.Sprintf("a restore of %s in %s would be refused: %s", spec.Name(), s.Region(), strings.Join(what, "; "))
	refused.Hint = strings.Join(hints, "; ")
	return "", refused
}

// checkQuotas reads the live figures: DB instances are shared with Aurora,
// Neptune and DocumentDB.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
func (a *Adapter) checkQuotas(ctx context.Context, s target, from origin) ([]problem, error) {
	return a.short(ctx, s.Region(), 1, from.allocatedGiB, "the copy needs")
}

// The quotas that a copy counts against, as RDS calls them.
const quotaInstances, quotaStorage = "DBInstances", "AllocatedStorage"

// short says which quotas of a region leave no place for so many more instances
// with so much storage together.
func (a *Adapter) short(ctx context.Context, region string, instances, storageGiB int64, who string) ([]problem, error) {
	out, err := a.in(region).rds.DescribeAccountAttributes(ctx, &awsrds.DescribeAccountAttributesInput{})
	if err != nil {
		return nil, named(drill.RestoreRefused, err, "reading the RDS quotas of %s", region)
	}
	var found []problem
	for _, q := range out.AccountQuotas {
		used, limit := aws.ToInt64(q.Used), aws.ToInt64(q.Max)
		var needed int64
		var what, quotaCode string
		switch aws.ToString(q.AccountQuotaName) {
		case quotaInstances:
			needed, what, quotaCode = instances, "DB instances", "L-7B6409FD"
		case quotaStorage:
			needed, what, quotaCode = storageGiB, "GiB of storage", "L-7ADDB58A"
		}
		if needed == 0 || used+needed <= limit {
			continue
		}
		found = append(found, problem{
			name: drill.QuotaReached, code: drill.QuotaShort, figure: used + needed, target: limit,
			what: fmt.Sprintf("%d of %d %s are in use, and %s %d", used, limit, what, who, needed),
			hint: fmt.Sprintf("aws service-quotas request-service-quota-increase --service-code rds --quota-code %s --desired-value %d --region %s",
				quotaCode, used+needed, region),
		})
	}
	return found, nil
}

// checkServiceRole looks for the role that RDS acts with, which a fresh
// account lacks. IAM answers from one region for the whole world, so no answer
// proves nothing, and must not stop a restore.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html
func (a *Adapter) checkServiceRole(ctx context.Context, s target, from origin) ([]problem, error) {
	found, _ := a.lookForServiceRole(ctx, s, from)
	return found, nil
}

// lookForServiceRole has an error where nobody could say.
func (a *Adapter) lookForServiceRole(ctx context.Context, s target, _ origin) ([]problem, error) {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := a.in(s.Region()).roles.GetRole(bounded, &iam.GetRoleInput{RoleName: aws.String("AWSServiceRoleForRDS")})
	if err == nil {
		return nil, nil
	}
	if !is(err, "NoSuchEntity", "NoSuchEntityException") {
		return nil, named(drill.RestoreRefused, err, "looking for RDS's own role")
	}
	return []problem{{
		name: drill.RestoreRefused, code: drill.ServiceRoleMissing, what: "the account lacks RDS's own role AWSServiceRoleForRDS",
		hint: "aws iam create-service-linked-role --aws-service-name rds.amazonaws.com",
	}}, nil
}

// parameterGroup and optionGroup are those of the plan, else the engine's
// defaults. They are always stated.
func parameterGroup(s target, from origin) string {
	return cmp.Or(s.ParameterGroup, defaultParameterGroup(from.engine, from.version))
}

func optionGroup(s target, from origin) string {
	return cmp.Or(s.OptionGroup, defaultOptionGroup(from.engine, from.version))
}
