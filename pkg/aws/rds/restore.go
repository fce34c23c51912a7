package rds

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// StartRestore asks for the copy, after Preflight, and returns at once. It can
// be repeated: the name follows from the execution, and an instance of that
// name with the execution's tags is the one that an earlier call made.
//
// A call without an answer may still create the instance minutes later. It is
// then looked for once; not to find it proves nothing, so the error is
// Transient and the machine calls again, with the same name. The SDK puts the
// call once only: it would hide an attempt without an answer behind the refusal
// of the next, and a refusal is the proof that nothing was made. Errors:
// RestoreRefused, QuotaReached, NoCapacity, SourceBusy, Throttled, Transient;
// what fails before the call is marked drill.BeforeCall.
func (a *Adapter) StartRestore(ctx context.Context, run drill.Run, spec drill.Spec, point drill.RecoveryPoint) (drill.Copy, error) {
	return drill.Single(a.startRestore(ctx, run, spec, point))
}

func (a *Adapter) startRestore(ctx context.Context, run drill.Run, spec drill.Spec, point drill.RecoveryPoint) (drill.Resource, error) {
	s, err := source(spec)
	if err != nil {
		return drill.Resource{}, err
	}
	if !drill.IsThrowawayName(run.Deployment, run.Throwaway) || run.ExecutionID == "" {
		return drill.Resource{}, &drill.Error{Name: drill.InvalidInput, What: fmt.Sprintf("%q is no name for a copy of deployment %q", run.Throwaway, run.Deployment)}
	}
	from, err := a.origin(ctx, s, point)
	if err != nil {
		return a.orEarlier(ctx, run, s, drill.BeforeCall(err))
	}
	key, err := a.preflight(ctx, spec, s, from)
	if err != nil {
		return a.orEarlier(ctx, run, s, drill.BeforeCall(err))
	}
	now := a.options.Clock.Now()
	created, err := a.restore(ctx, run, s, from, append(tagsOf(run, now, from.encrypted, key), plansTags(s.Tags)...))
	switch {
	case err == nil:
		return drill.Resource{Kind: ResourceKind, ID: run.Throwaway, Detail: arnOf(created), CreatedAt: now}, nil
	case is(err, "DBInstanceAlreadyExists", "DBInstanceAlreadyExistsFault"):
		return a.adopt(ctx, run, s)
	case is(err, "InsufficientDBInstanceCapacity"):
		return a.orEarlier(ctx, run, s, named(drill.NoCapacity, err, "restoring %s in %s as %s", run.Throwaway, s.Region(), cmp.Or(s.InstanceClass, "an instance of the source's class")))
	case is(err, "InvalidDBInstanceState"):
		return a.orEarlier(ctx, run, s, &drill.Error{
			Name: drill.SourceBusy, What: fmt.Sprintf("restoring %s in %s from %s, whose source is busy", run.Throwaway, s.Region(), point.ID), Err: err, Hint: sourceBusyHint(s),
		})
	case unanswered(err):
		if earlier, lookErr := a.adopt(ctx, run, s); lookErr == nil || drill.NameOf(lookErr) == drill.RestoreRefused {
			return earlier, lookErr
		}
		return drill.Resource{}, &drill.Error{
			Name: drill.Transient, What: fmt.Sprintf("restoring %s in %s: no answer, and nothing is seen of it yet", run.Throwaway, s.Region()), Err: err,
		}
	}
	return drill.Resource{}, askForTags(named(drill.RestoreRefused, err, "restoring %s in %s from %s", run.Throwaway, s.Region(), point.ID))
}

// orEarlier takes the copy that an earlier call made, where there is one, over
// an error: it uses up the quota that a second one would need, and the point
// that it was made from may be gone.
func (a *Adapter) orEarlier(ctx context.Context, run drill.Run, s target, err error) (drill.Resource, error) {
	if name := drill.NameOf(err); name != drill.RestoreRefused && name != drill.QuotaReached && !name.Passing() {
		return drill.Resource{}, err
	}
	if earlier, lookErr := a.adopt(ctx, run, s); lookErr == nil {
		return earlier, nil
	}
	return drill.Resource{}, err
}

// adopt takes the instance that has the run's name, if the run made it.
func (a *Adapter) adopt(ctx context.Context, run drill.Run, s target) (drill.Resource, error) {
	instance, err := a.instance(ctx, s.Region(), run.Throwaway)
	if is(err, "DBInstanceNotFound") {
		return drill.Resource{}, &drill.Error{Name: drill.Transient, What: fmt.Sprintf("instance %s exists and cannot be seen yet, or is being removed", run.Throwaway), Err: err}
	}
	if err != nil {
		return drill.Resource{}, named(drill.Transient, err, "looking at instance %s", run.Throwaway)
	}
	if !ours(*instance, run) {
		return drill.Resource{}, &drill.Error{
			Name: drill.RestoreRefused, What: fmt.Sprintf("instance %s exists in %s and does not carry the tags of this execution", run.Throwaway, s.Region()),
			Hint: "somebody else made it, or took its tags: look at it, and remove it by hand if nobody needs it",
		}
	}
	return resourceOf(*instance), nil
}

// groups of the copy. An empty one is left to AWS; see restore.
type groups struct{ parameters, options string }

// restore makes the call. AWS's default groups are stated like the plan's own,
// but in a region where no instance of that engine ever was they may not exist
// yet: then, and only then, the call leaves them to AWS, which makes them.
func (a *Adapter) restore(ctx context.Context, run drill.Run, s target, from origin, tags []types.Tag) (*types.DBInstance, error) {
	g := groups{parameters: parameterGroup(s, from), options: optionGroup(s, from)}
	for {
		created, err := a.restoreWith(ctx, run, s, from, g, tags)
		if left, isDefault := withoutDefaults(g, err); isDefault {
			g = left
			continue
		}
		return created, err
	}
}

// withoutDefaults leaves a default group to AWS where the call was refused for it.
func withoutDefaults(g groups, err error) (groups, bool) {
	switch {
	case is(err, "DBParameterGroupNotFound") && strings.HasPrefix(g.parameters, "default."):
		g.parameters = ""
	case is(err, "OptionGroupNotFoundFault") && strings.HasPrefix(g.options, "default:"):
		g.options = ""
	default:
		return g, false
	}
	return g, true
}

func (a *Adapter) restoreWith(ctx context.Context, run drill.Run, s target, from origin, g groups, tags []types.Tag) (*types.DBInstance, error) {
	if from.snapshot != "" {
		out, err := a.in(s.Region()).rds.RestoreDBInstanceFromDBSnapshot(ctx, fromSnapshotInput(run, s, from, g, tags), once)
		if err != nil {
			return nil, err
		}
		return out.DBInstance, nil
	}
	out, err := a.in(s.Region()).rds.RestoreDBInstanceToPointInTime(ctx, toPointInTimeInput(run, s, from, g, tags), once)
	if err != nil {
		return nil, err
	}
	return out.DBInstance, nil
}

// once: no second attempt of the SDK's own; see StartRestore.
func once(o *awsrds.Options) { o.Retryer = aws.NopRetryer{} }

// fromSnapshotInput states every argument whose default is wrong for a copy
// that is thrown away; see toPointInTimeInput, which states the same.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
func fromSnapshotInput(run drill.Run, s target, from origin, g groups, tags []types.Tag) *awsrds.RestoreDBInstanceFromDBSnapshotInput {
	return &awsrds.RestoreDBInstanceFromDBSnapshotInput{
		DBInstanceIdentifier: aws.String(run.Throwaway),
		DBSnapshotIdentifier: aws.String(from.snapshot),
		Tags:                 tags,
		// A positive retention, the source's, would have the copy backed up
		// before it is available, for hours.
		BackupRetentionPeriod: aws.Int32(0),
		// The defaults are the default VPC and its default security group.
		DBSubnetGroupName:   aws.String(s.SubnetGroup),
		VpcSecurityGroupIds: s.SecurityGroups,
		PubliclyAccessible:  aws.Bool(false),
		// The default is the source's, which the network of the copy may not let
		// through.
		Port: port(from),
		// The defaults are the engine's groups, not the source's.
		DBParameterGroupName: optional(g.parameters),
		OptionGroupName:      optional(g.options),

		DBInstanceClass:                 optional(s.InstanceClass),
		MultiAZ:                         aws.Bool(false),
		DeletionProtection:              aws.Bool(false),
		CopyTagsToSnapshot:              aws.Bool(false),
		AutoMinorVersionUpgrade:         aws.Bool(false),
		EnableIAMDatabaseAuthentication: aws.Bool(s.Login == drill.LoginIAM),
		EngineLifecycleSupport:          lifecycleSupport(from),
	}
}

// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html
func toPointInTimeInput(run drill.Run, s target, from origin, g groups, tags []types.Tag) *awsrds.RestoreDBInstanceToPointInTimeInput {
	return &awsrds.RestoreDBInstanceToPointInTimeInput{
		TargetDBInstanceIdentifier: aws.String(run.Throwaway),
		// Exactly one of these says from what. The moment is stated: the latest
		// restorable one would be another at a second attempt.
		SourceDBInstanceIdentifier:          optional(from.instance),
		SourceDbiResourceId:                 optional(from.resource),
		SourceDBInstanceAutomatedBackupsArn: optional(from.backup),
		RestoreTime:                         aws.Time(from.at),

		Tags:                            tags,
		BackupRetentionPeriod:           aws.Int32(0),
		DBSubnetGroupName:               aws.String(s.SubnetGroup),
		VpcSecurityGroupIds:             s.SecurityGroups,
		PubliclyAccessible:              aws.Bool(false),
		Port:                            port(from),
		DBParameterGroupName:            optional(g.parameters),
		OptionGroupName:                 optional(g.options),
		DBInstanceClass:                 optional(s.InstanceClass),
		MultiAZ:                         aws.Bool(false),
		DeletionProtection:              aws.Bool(false),
		CopyTagsToSnapshot:              aws.Bool(false),
		AutoMinorVersionUpgrade:         aws.Bool(false),
		EnableIAMDatabaseAuthentication: aws.Bool(s.Login == drill.LoginIAM),
		EngineLifecycleSupport:          lifecycleSupport(from),
	}
}

func port(from origin) *int32 { return aws.Int32(int32(deployed.Ports[from.engine])) } //nolint:gosec // two small numbers

// lifecycleSupport is the source's, where it can be asked. Else the copy stays
// on its engine version, as the source's data were backed up, at the price of
// Extended Support for the hours of the drill where that version is so old;
// the other setting could upgrade the copy, and then something else would be
// measured. It exists for MySQL and PostgreSQL only.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html
func lifecycleSupport(from origin) *string {
	if from.engine == "mariadb" {
		return nil
	}
	return aws.String(cmp.Or(from.lifecycle, "open-source-rds-extended-support"))
}

func arnOf(i *types.DBInstance) string {
	if i == nil {
		return ""
	}
	return aws.ToString(i.DBInstanceArn)
}

func resourceOf(i types.DBInstance) drill.Resource {
	return drill.Resource{Kind: ResourceKind, ID: aws.ToString(i.DBInstanceIdentifier), Detail: aws.ToString(i.DBInstanceArn), CreatedAt: createdAt(i)}
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
