package rds

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Mark gives a replica the tags of what was recovered, before it is promoted: whoever
// comes after a crash sees whose the promotion is.
func (a *Adapter) Mark(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string, tags map[string]string) error {
	s, err := source(spec)
	if err != nil {
		return err
	}
	if mark.Deployment == "" || mark.Run == "" {
		return &drill.Error{Name: drill.InvalidInput, What: "a failover without a name marks nothing"}
	}
	i, err := a.instance(ctx, s.Region(), identifier)
	if err != nil {
		return named(drill.PromotionRefused, err, "looking at replica %s in %s", identifier, s.Region())
	}
	return a.addTags(ctx, s.Region(), aws.ToString(i.DBInstanceArn), &awsrds.AddTagsToResourceInput{ResourceName: i.DBInstanceArn, Tags: recoveredTags(mark, tags)}, drill.PromotionRefused)
}

func (a *Adapter) addTags(ctx context.Context, region, arn string, in *awsrds.AddTagsToResourceInput, name drill.ErrorName) error {
	if _, err := a.in(region).rds.AddTagsToResource(ctx, in); err != nil {
		return named(name, err, "tagging %s", arn)
	}
	return nil
}

// Promote asks for the promotion of a replica that carries the mark, and returns at
// once. It is put once only: a second attempt of a call without an answer would be
// refused, since the instance is no replica any more; the next look tells. One that is
// being backed up cannot be promoted: NotReady.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_PromoteReadReplica.html
func (a *Adapter) Promote(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string, backupDays int) error {
	s, err := source(spec)
	if err != nil {
		return err
	}
	i, err := a.ofThisRecovery(ctx, mark, s.Region(), identifier)
	if err != nil {
		return err
	}
	if aws.ToString(i.ReadReplicaSourceDBInstanceIdentifier) == "" {
		return nil // an earlier call did it
	}
	days := int32(max(backupDays, int(aws.ToInt32(i.BackupRetentionPeriod)), 1)) //nolint:gosec // at most 35
	_, err = a.in(s.Region()).rds.PromoteReadReplica(ctx, &awsrds.PromoteReadReplicaInput{DBInstanceIdentifier: &identifier, BackupRetentionPeriod: &days}, once)
	switch {
	case err == nil:
		return nil
	case is(err, "InvalidDBInstanceState"):
		return notReady(err, "replica %s is %s and cannot be promoted at the moment", identifier, aws.ToString(i.DBInstanceStatus))
	case unanswered(err):
		return notReady(err, "the promotion of replica %s: no answer", identifier)
	}
	return named(drill.PromotionRefused, err, "promoting replica %s in %s", identifier, s.Region())
}

// Protect switches the automated backups of what was recovered on, with at least so
// many days, and gives it the tag that the rules of the recovery region ask for. From
// none to some interrupts it for a moment, and the first backup begins at once; it
// serves meanwhile. NotReady until RDS shows it.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.Enabling.html
func (a *Adapter) Protect(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string, backupDays int) error {
	s, err := source(spec)
	if err != nil {
		return err
	}
	i, err := a.ofThisRecovery(ctx, mark, s.Region(), identifier)
	if err != nil {
		return err
	}
	if tag(i.TagList, deployed.TagProtect) != mark.Deployment {
		in := &awsrds.AddTagsToResourceInput{ResourceName: i.DBInstanceArn, Tags: plansTags(map[string]string{deployed.TagProtect: mark.Deployment})}
		if err := a.addTags(ctx, s.Region(), aws.ToString(i.DBInstanceArn), in, drill.ProtectionFailed); err != nil {
			return err
		}
	}
	if days := int32(max(backupDays, 1)); aws.ToInt32(i.BackupRetentionPeriod) < days { //nolint:gosec // at most 35
		in := &awsrds.ModifyDBInstanceInput{DBInstanceIdentifier: &identifier, ApplyImmediately: aws.Bool(true), BackupRetentionPeriod: &days, CopyTagsToSnapshot: aws.Bool(true)}
		return a.change(ctx, s.Region(), in, []string{fmt.Sprintf("%d days of backups", days)})
	}
	if state := aws.ToString(i.DBInstanceStatus); !serving[state] && state != "backing-up" {
		return notReady(nil, "instance %s is %s", identifier, state)
	}
	return nil
}

// RemoveCopy and RemainingCopy are Remove and Remaining by the run alone.
func (a *Adapter) RemoveCopy(ctx context.Context, run drill.Run, region string) error {
	return a.remove(ctx, run, region, a.Parts(run).First())
}

// RemainingCopy lists what exists under the run's name; see Remaining.
func (a *Adapter) RemainingCopy(ctx context.Context, run drill.Run, region string) ([]drill.Resource, error) {
	return a.remaining(ctx, run, region)
}

// CopyAhead is what would have a copy of the point refused if it were made now: as
// StartRestore finds it, and what a look ahead finds.
func (a *Adapter) CopyAhead(ctx context.Context, spec drill.Spec, point drill.RecoveryPoint) drill.Recoverability {
	s, err := source(spec)
	if err != nil {
		return drill.Recoverability{Unknown: []drill.Finding{notKnown(err)}}
	}
	return a.ahead(ctx, s, point)
}

// TargetAhead is likewise what would have the target of a failover refused.
func (a *Adapter) TargetAhead(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, t drill.RecoveryTarget, point drill.RecoveryPoint) drill.Recoverability {
	s, err := asTarget(mark, spec, t)
	if err != nil {
		return drill.Recoverability{Findings: []drill.Finding{{Severity: drill.Failed, Code: string(drill.NameOf(err)), What: err.Error(), Hint: drill.HintOf(err)}}}
	}
	found := a.ahead(ctx, s, point)
	instance, err := a.instance(ctx, s.Region(), t.Identifier)
	switch {
	case is(err, "DBInstanceNotFound"):
	case err != nil:
		found.Unknown = append(found.Unknown, notKnown(named(drill.RestoreRefused, err, "looking at instance %s", t.Identifier)))
	case !recovered(*instance, mark):
		taken := notThisRecovery(*instance, s.Region())
		found.Findings = append(found.Findings, drill.Finding{Severity: drill.Failed, Code: "TargetTaken", What: taken.Error(), Hint: drill.HintOf(taken)})
	}
	return found
}

func (a *Adapter) ahead(ctx context.Context, s target, point drill.RecoveryPoint) drill.Recoverability {
	bounded, cancel := context.WithTimeout(ctx, patienceAhead)
	defer cancel()
	once := a.askingOnce()
	from, err := once.origin(bounded, s, point)
	if err != nil {
		return drill.Recoverability{Unknown: []drill.Finding{notKnown(err)}}
	}
	return judge(bounded, s, from, []check{
		func(ctx context.Context, s target, from origin) ([]problem, error) {
			_, found, err := once.checkKey(ctx, s, from)
			return found, err
		},
		once.checkQuotas, once.checkSubnetGroup, once.checkParameterGroup, once.checkOptionGroup, once.lookForServiceRole,
		once.checkSupport, once.checkVersion, once.checkClass, once.checkMagnetic, once.checkLasting,
	})
}
