package rds

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// The target of a failover is made as a copy is, with three differences. It has what
// the plan names for it, and the team's network. It carries the mark of the recovery,
// and neither the name nor the tags of a throwaway: nothing that removes copies may
// touch it. And what would keep it from serving is left to FinishRecovery: a restore
// that is asked for with backups is backed up before it is available, for hours, and
// one that is protected against deletion could not be removed where it ends dead.

// StartRecovery asks for the target, after the looks of Preflight, and returns at
// once. One of that name with the mark is the one that an earlier call made; any
// other is refused. Errors as of StartRestore.
func (a *Adapter) StartRecovery(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, t drill.RecoveryTarget, point drill.RecoveryPoint) (drill.Resource, error) {
	s, err := asTarget(mark, spec, t)
	if err != nil {
		return drill.Resource{}, err
	}
	from, err := a.origin(ctx, s, point)
	if err != nil {
		return a.orRecovered(ctx, mark, s, t, drill.BeforeCall(err))
	}
	if _, err := a.preflight(ctx, spec, s, from); err != nil {
		return a.orRecovered(ctx, mark, s, t, drill.BeforeCall(err))
	}
	created, err := a.restoreTarget(ctx, mark, s, from, t)
	switch {
	case err == nil:
		return drill.Resource{Kind: ResourceKind, ID: t.Identifier, Detail: arnOf(created), CreatedAt: a.options.Clock.Now()}, nil
	case is(err, "DBInstanceAlreadyExists", "DBInstanceAlreadyExistsFault"):
		return a.adoptRecovered(ctx, mark, s.Region(), t.Identifier)
	case is(err, "InsufficientDBInstanceCapacity"):
		return a.orRecovered(ctx, mark, s, t, named(drill.NoCapacity, err, "restoring %s in %s", t.Identifier, s.Region()))
	case is(err, "InvalidDBInstanceState"):
		return a.orRecovered(ctx, mark, s, t, &drill.Error{
			Name: drill.SourceBusy, What: fmt.Sprintf("restoring %s in %s from %s, whose source is busy", t.Identifier, s.Region(), point.ID), Err: err, Hint: sourceBusyHint(s),
		})
	case unanswered(err):
		if earlier, lookErr := a.adoptRecovered(ctx, mark, s.Region(), t.Identifier); lookErr == nil || drill.NameOf(lookErr) == drill.RestoreRefused {
			return earlier, lookErr
		}
		return drill.Resource{}, &drill.Error{
			Name: drill.Transient, What: fmt.Sprintf("restoring %s in %s: no answer, and nothing is seen of it yet", t.Identifier, s.Region()), Err: err,
		}
	}
	return drill.Resource{}, askForTags(named(drill.RestoreRefused, err, "restoring %s in %s from %s", t.Identifier, s.Region(), point.ID))
}

// asTarget is the source with what the plan names for a failover.
func asTarget(mark drill.RecoveryMark, spec drill.Spec, t drill.RecoveryTarget) (target, error) {
	s, err := source(spec)
	switch {
	case err != nil:
		return target{}, err
	case mark.Deployment == "" || mark.Run == "":
		return target{}, &drill.Error{Name: drill.InvalidInput, What: "a failover without a name makes nothing"}
	case t.Identifier == "" || looksThrowaway(t.Identifier):
		return target{}, &drill.Error{
			Name: drill.InvalidInput, What: fmt.Sprintf("%q is no name for a recovered database: what is called so is thrown away", t.Identifier),
			Hint: "name another recovery.target.identifier in lifeboat.yaml",
		}
	}
	s.SubnetGroup, s.SecurityGroups = t.SubnetGroup, t.SecurityGroups
	s.InstanceClass, s.ParameterGroup, s.OptionGroup, s.KMSKey, s.Tags = t.InstanceClass, t.ParameterGroup, t.OptionGroup, t.KMSKey, t.Tags
	return s, nil
}

// looksThrowaway tells whether a name is a throwaway's, of whatever deployment.
func looksThrowaway(name string) bool {
	rest, ours := strings.CutPrefix(name, "lifeboat-")
	cut := strings.LastIndexByte(rest, '-')
	return ours && cut > 0 && drill.IsThrowawayName(rest[:cut], name)
}

// recoveredTags mark what a failover makes. The plan's come first and never stand
// for lifeboat's own.
func recoveredTags(mark drill.RecoveryMark, of map[string]string) []types.Tag {
	all := maps.Clone(of)
	if all == nil {
		all = map[string]string{}
	}
	delete(all, deployed.TagExecution)
	all[deployed.TagDeployment], all[deployed.TagPurpose], all[deployed.TagRecovery] = mark.Deployment, deployed.PurposeRecovered, mark.Run
	return plansTags(all)
}

// recovered tells whether this recovery made an instance, or marked it before it
// changed it.
func recovered(i types.DBInstance, mark drill.RecoveryMark) bool {
	return mark.Deployment != "" && mark.Run != "" && tag(i.TagList, deployed.TagDeployment) == mark.Deployment &&
		tag(i.TagList, deployed.TagPurpose) == deployed.PurposeRecovered && tag(i.TagList, deployed.TagRecovery) == mark.Run
}

// orRecovered takes what an earlier call made, where there is it, over an error.
func (a *Adapter) orRecovered(ctx context.Context, mark drill.RecoveryMark, s target, t drill.RecoveryTarget, err error) (drill.Resource, error) {
	if name := drill.NameOf(err); name != drill.RestoreRefused && name != drill.QuotaReached && !name.Passing() {
		return drill.Resource{}, err
	}
	if earlier, lookErr := a.adoptRecovered(ctx, mark, s.Region(), t.Identifier); lookErr == nil {
		return earlier, nil
	}
	return drill.Resource{}, err
}

// adoptRecovered takes the instance of that name, if this recovery made it.
func (a *Adapter) adoptRecovered(ctx context.Context, mark drill.RecoveryMark, region, identifier string) (drill.Resource, error) {
	instance, err := a.instance(ctx, region, identifier)
	if is(err, "DBInstanceNotFound") {
		return drill.Resource{}, &drill.Error{Name: drill.Transient, What: fmt.Sprintf("instance %s exists and cannot be seen yet, or is being removed", identifier), Err: err}
	}
	if err != nil {
		return drill.Resource{}, named(drill.Transient, err, "looking at instance %s", identifier)
	}
	if !recovered(*instance, mark) {
		return drill.Resource{}, notThisRecovery(*instance, region)
	}
	return resourceOf(*instance), nil
}

// notThisRecovery is a database that is there already: an earlier recovery's, or
// anybody's.
func notThisRecovery(i types.DBInstance, region string) error {
	id := aws.ToString(i.DBInstanceIdentifier)
	e := &drill.Error{
		Name: drill.RestoreRefused, What: fmt.Sprintf("instance %s exists in %s, and this recovery did not make it", id, region),
		Hint: fmt.Sprintf("it is not touched. If it may go: aws rds delete-db-instance --db-instance-identifier %s --final-db-snapshot-identifier <name> --region %s; else name another recovery.target.identifier and deploy", id, region),
	}
	if run := tag(i.TagList, deployed.TagRecovery); run != "" {
		e.What += fmt.Sprintf(": recovery %s did", run)
	}
	return e
}

// restoreTarget makes the call; see restore.
func (a *Adapter) restoreTarget(ctx context.Context, mark drill.RecoveryMark, s target, from origin, t drill.RecoveryTarget) (*types.DBInstance, error) {
	g := groups{parameters: parameterGroup(s, from), options: optionGroup(s, from)}
	for {
		created, err := a.restoreTargetWith(ctx, s, from, g, t, recoveredTags(mark, t.Tags))
		if left, isDefault := withoutDefaults(g, err); isDefault {
			g = left
			continue
		}
		return created, err
	}
}

func (a *Adapter) restoreTargetWith(ctx context.Context, s target, from origin, g groups, t drill.RecoveryTarget, tags []types.Tag) (*types.DBInstance, error) {
	run := drill.Run{Throwaway: t.Identifier} // the name that the inputs take
	if from.snapshot != "" {
		in := fromSnapshotInput(run, s, from, g, tags)
		in.MultiAZ, in.Port, in.CopyTagsToSnapshot, in.AutoMinorVersionUpgrade = aws.Bool(t.MultiAZ), targetPort(from, t), aws.Bool(true), nil
		out, err := a.in(s.Region()).rds.RestoreDBInstanceFromDBSnapshot(ctx, in, once)
		if err != nil {
			return nil, err
		}
		return out.DBInstance, nil
	}
	in := toPointInTimeInput(run, s, from, g, tags)
	in.MultiAZ, in.Port, in.CopyTagsToSnapshot, in.AutoMinorVersionUpgrade = aws.Bool(t.MultiAZ), targetPort(from, t), aws.Bool(true), nil
	out, err := a.in(s.Region()).rds.RestoreDBInstanceToPointInTime(ctx, in, once)
	if err != nil {
		return nil, err
	}
	return out.DBInstance, nil
}

func targetPort(from origin, t drill.RecoveryTarget) *int32 {
	if t.Port == 0 {
		return port(from)
	}
	return aws.Int32(int32(t.Port)) //nolint:gosec // the plan's, a port
}

// Recovered looks once at what a failover makes, or at a replica: whatever there is
// of that name in the region of the recovery. Errors: Throttled, Transient,
// RestoreFailed.
func (a *Adapter) Recovered(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string) (drill.Recovered, error) {
	s, err := source(spec)
	if err != nil {
		return drill.Recovered{}, err
	}
	instance, err := a.instance(ctx, s.Region(), identifier)
	if is(err, "DBInstanceNotFound") {
		return drill.Recovered{}, nil
	}
	if err != nil {
		return drill.Recovered{}, named(drill.RestoreFailed, err, "looking at instance %s in %s", identifier, s.Region())
	}
	i := *instance
	r := drill.Recovered{
		Found: true, Ours: recovered(i, mark), Status: aws.ToString(i.DBInstanceStatus), ARN: aws.ToString(i.DBInstanceArn), CreatedAt: aws.ToTime(i.InstanceCreateTime),
		ReplicaOf: aws.ToString(i.ReadReplicaSourceDBInstanceIdentifier), BackupDays: int(aws.ToInt32(i.BackupRetentionPeriod)), Protected: aws.ToBool(i.DeletionProtection),
		MultiAZ: aws.ToBool(i.MultiAZ), StorageGiB: int(aws.ToInt32(i.AllocatedStorage)), Shape: shapeOf(i),
	}
	r.Serving = serving[r.Status] && i.Endpoint != nil
	if end, is := dead[r.Status]; is {
		r.Dead, r.Hint = true, end.hint
	} else if !r.Serving {
		r.Findings = onTheWay(identifier, r.Status)
	} else {
		r.Findings = hydration(i)
	}
	for _, info := range i.StatusInfos {
		if aws.ToString(info.StatusType) == "read replication" {
			r.Replicating = aws.ToString(info.Status) == "replicating"
			r.Replication = aws.ToString(info.Status)
			if m := aws.ToString(info.Message); m != "" {
				r.Replication += ": " + m
			}
		}
	}
	return r, nil
}

// shapeOf an instance; of more than one group it is the first, as RDS has it.
func shapeOf(i types.DBInstance) drill.Shape {
	shape := drill.Shape{
		InstanceClass: aws.ToString(i.DBInstanceClass), ParameterGroup: groupOf(i), OptionGroup: optionsOf(i),
		Public: aws.ToBool(i.PubliclyAccessible),
	}
	if aws.ToBool(i.StorageEncrypted) {
		shape.KMSKey = cmp.Or(aws.ToString(i.KmsKeyId), "a key that RDS does not name")
	}
	if i.DBSubnetGroup != nil {
		shape.SubnetGroup = aws.ToString(i.DBSubnetGroup.DBSubnetGroupName)
	}
	for _, g := range i.VpcSecurityGroups {
		shape.SecurityGroups = append(shape.SecurityGroups, aws.ToString(g.VpcSecurityGroupId))
	}
	if i.Endpoint != nil {
		shape.Port = int(aws.ToInt32(i.Endpoint.Port))
	}
	return shape
}

// FinishRecovery makes a database that serves what the plan wants it to be: protected
// against deletion, with a password that RDS keeps where checks and applications log
// in by one, and backed up where it is told to. It can be repeated: NotReady until RDS
// shows all of it. Errors: NotReady, RestoreRefused where this recovery did not make
// it, RestoreFailed, Throttled, Transient.
func (a *Adapter) FinishRecovery(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string, t drill.RecoveryTarget, backups bool) (drill.Access, error) {
	s, err := source(spec)
	if err != nil {
		return drill.Access{}, err
	}
	i, err := a.ofThisRecovery(ctx, mark, s.Region(), identifier)
	if err != nil {
		return drill.Access{}, err
	}
	in := &awsrds.ModifyDBInstanceInput{DBInstanceIdentifier: &identifier, ApplyImmediately: aws.Bool(true)}
	var lacks []string
	if t.DeletionProtection && !aws.ToBool(i.DeletionProtection) {
		in.DeletionProtection, lacks = aws.Bool(true), append(lacks, "protection against deletion")
	}
	if days := int32(t.BackupDays); backups && aws.ToInt32(i.BackupRetentionPeriod) < days { //nolint:gosec // at most 35
		in.BackupRetentionPeriod, lacks = &days, append(lacks, fmt.Sprintf("%d days of backups", days))
	}
	if s.Login != drill.LoginIAM && (i.MasterUserSecret == nil || aws.ToString(i.MasterUserSecret.SecretArn) == "") {
		in.ManageMasterUserPassword, lacks = aws.Bool(true), append(lacks, "a password that RDS keeps")
	}
	if len(lacks) > 0 {
		return drill.Access{}, a.change(ctx, s.Region(), in, lacks)
	}
	if pending := i.PendingModifiedValues; backups && pending != nil && pending.BackupRetentionPeriod != nil {
		return drill.Access{}, notReady(nil, "instance %s is about to be backed up", identifier)
	}
	return a.accessTo(*i, s)
}

// change asks for a change. NotReady where RDS took it on, or is busy.
func (a *Adapter) change(ctx context.Context, region string, in *awsrds.ModifyDBInstanceInput, what []string) error {
	id := aws.ToString(in.DBInstanceIdentifier)
	_, err := a.in(region).rds.ModifyDBInstance(ctx, in)
	if err != nil && !is(err, "InvalidDBInstanceState", "DBInstanceNotReady") {
		return named(drill.RestoreFailed, err, "giving instance %s %s", id, list(what))
	}
	return notReady(err, "instance %s gets %s", id, list(what))
}

func list(what []string) string {
	text := ""
	for i, w := range what {
		switch {
		case i == 0:
		case i == len(what)-1:
			text += " and "
		default:
			text += ", "
		}
		text += w
	}
	return text
}

// accessTo is where and as whom the database is reached. It serves while it is
// backed up.
func (a *Adapter) accessTo(i types.DBInstance, s target) (drill.Access, error) {
	if aws.ToString(i.DBInstanceStatus) == "backing-up" {
		i.DBInstanceStatus = aws.String("available")
	}
	endpoint, err := endpointOf(i, s)
	if err != nil {
		return drill.Access{}, err
	}
	if s.Login == drill.LoginIAM {
		return drill.Access{Endpoint: endpoint, User: s.User}, nil
	}
	switch state := aws.ToString(i.MasterUserSecret.SecretStatus); state {
	case "active", "impaired":
		return drill.Access{Endpoint: endpoint, Secret: aws.ToString(i.MasterUserSecret.SecretArn), User: aws.ToString(i.MasterUsername)}, nil
	default:
		return drill.Access{}, notReady(nil, "the master password of instance %s is %s", aws.ToString(i.DBInstanceIdentifier), cmp.Or(state, "being made"))
	}
}

// ofThisRecovery is an instance that may be changed: one that carries the mark.
func (a *Adapter) ofThisRecovery(ctx context.Context, mark drill.RecoveryMark, region, identifier string) (*types.DBInstance, error) {
	i, err := a.instance(ctx, region, identifier)
	if is(err, "DBInstanceNotFound") {
		return nil, notReady(err, "instance %s cannot be seen", identifier)
	}
	if err != nil {
		return nil, named(drill.RestoreFailed, err, "looking at instance %s in %s", identifier, region)
	}
	if !recovered(*i, mark) {
		return nil, notThisRecovery(*i, region)
	}
	return i, nil
}

// neverServed are the states in which a restore ended that nobody ever wrote to: only
// such a one is removed, so that the step can be tried again.
var neverServed = map[string]bool{
	"failed": true, "restore-error": true, "incompatible-restore": true, "incompatible-create": true, "incompatible-network": true, "insufficient-capacity": true,
	"incompatible-option-group": true, "incompatible-parameters": true,
}

// DiscardRecovery asks for the removal of a target that this recovery made and that
// never served. Anything else is refused: CleanupFailed. Gone: there is nothing of
// that name.
func (a *Adapter) DiscardRecovery(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string) (gone bool, err error) {
	s, err := source(spec)
	if err != nil {
		return false, err
	}
	i, err := a.instance(ctx, s.Region(), identifier)
	if is(err, "DBInstanceNotFound") {
		return true, nil
	}
	if err != nil {
		return false, named(drill.CleanupFailed, err, "looking at instance %s in %s", identifier, s.Region())
	}
	state := aws.ToString(i.DBInstanceStatus)
	switch {
	case state == "deleting":
		return false, nil
	case !recovered(*i, mark):
		return false, notThisRecovery(*i, s.Region())
	case !neverServed[state]:
		return false, &drill.Error{
			Name: drill.CleanupFailed, What: fmt.Sprintf("instance %s is %s: it may have served, so it is not removed", identifier, state),
			Hint: "look at it; where it can be started or repaired, do so and retry the step, else remove it by hand, with a final snapshot",
		}
	}
	err = a.delete(ctx, s.Region(), identifier)
	if err == nil || is(err, "DBInstanceNotFound", "InvalidDBInstanceState") {
		return false, nil
	}
	return false, named(drill.CleanupFailed, err, "deleting instance %s in %s", identifier, s.Region())
}
