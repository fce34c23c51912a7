package rds

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// offerAPI is what a region offers, and for how long.
type offerAPI interface {
	DescribeDBMajorEngineVersions(context.Context, *awsrds.DescribeDBMajorEngineVersionsInput, ...func(*awsrds.Options)) (*awsrds.DescribeDBMajorEngineVersionsOutput, error)
	DescribeDBEngineVersions(context.Context, *awsrds.DescribeDBEngineVersionsInput, ...func(*awsrds.Options)) (*awsrds.DescribeDBEngineVersionsOutput, error)
	DescribeOrderableDBInstanceOptions(context.Context, *awsrds.DescribeOrderableDBInstanceOptionsInput, ...func(*awsrds.Options)) (*awsrds.DescribeOrderableDBInstanceOptionsOutput, error)
}

// supportNotice is how long before its end a lack of support is said: an upgrade
// across a major version is a project.
const supportNotice = 90 * 24 * time.Hour

// withoutExtendedSupport is the setting of a source that AWS upgrades at the end
// of the standard support, and the copies of it with it.
const withoutExtendedSupport = "open-source-rds-extended-support-disabled"

// checkSupport compares the ends of the support of the major version with today.
// Standard support that ended says nothing where the extended one follows, which
// costs money and restores. A version that is not offered at all is checkVersion's
// to say; of one that is, and of which AWS says no end, nobody knows how long it is
// supported: it says the ends of all versions of these engines.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support-viewing-support-dates.html
func (a *Adapter) checkSupport(ctx context.Context, s target, from origin) ([]problem, error) {
	major := majorVersion(from.engine, from.version)
	out, err := a.in(s.Region()).rds.DescribeDBMajorEngineVersions(ctx, &awsrds.DescribeDBMajorEngineVersionsInput{Engine: &from.engine, MajorEngineVersion: &major})
	if err != nil {
		return nil, named(drill.RestoreRefused, err, "asking %s how long %s %s is supported", s.Region(), from.engine, major)
	}
	var end time.Time
	extended := false
	for _, version := range out.DBMajorEngineVersions {
		for _, l := range version.SupportedEngineLifecycles {
			isExtended := l.LifecycleSupportName == types.LifecycleSupportNameOpenSourceRdsExtendedSupport
			if isExtended && from.lifecycle == withoutExtendedSupport {
				continue
			}
			if at := aws.ToTime(l.LifecycleSupportEndDate); at.After(end) {
				end, extended = at, isExtended
			}
		}
	}
	if end.IsZero() {
		offered, err := a.offered(ctx, s.Region(), from)
		if err != nil || !offered {
			return nil, err
		}
		return []problem{unsaid(fmt.Sprintf("%s does not say how long %s %s is supported", s.Region(), from.engine, major),
			fmt.Sprintf("aws rds describe-db-major-engine-versions --engine %s --major-engine-version %s --region %s", from.engine, major, s.Region()))}, nil
	}
	left := end.Sub(a.options.Clock.Now())
	if left > supportNotice {
		return nil, nil
	}
	kind := "support"
	if extended {
		kind = "extended support"
	}
	p := problem{
		name: drill.RestoreRefused, code: drill.EngineSupportEnds, severity: drill.Warning, figure: int(left.Hours() / 24), target: int(supportNotice.Hours() / 24),
		what: fmt.Sprintf("AWS's %s of %s %s ends on %s, in %d days: backups of it may then be restored as another version, or not at all", kind, from.engine, major, day(end), int(left.Hours()/24)),
		hint: upgradeHint(s),
	}
	if left <= 0 {
		p.code, p.severity, p.figure, p.target = drill.EngineUnsupported, drill.Failed, day(end), nil
		p.what = fmt.Sprintf("AWS's %s of %s %s ended on %s: a backup of it is restored as another version, or not at all", kind, from.engine, major, day(end))
	}
	return []problem{p}, nil
}

// upgradeHint is of the source, and of backups that stay behind: AWS upgrades
// snapshots too.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSnapshot.html
func upgradeHint(s target) string {
	return fmt.Sprintf("upgrade the source: aws rds modify-db-instance --db-instance-identifier %s --engine-version <newer> --allow-major-version-upgrade --region %s; "+
		"older snapshots that must stay usable with: aws rds modify-db-snapshot --db-snapshot-identifier <snapshot> --engine-version <newer> --region %s", s.Instance, s.PrimaryRegion, s.Region())
}

// checkVersion asks whether the region still makes instances of the version. It
// lists only those that are available unless it is asked for the others.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html
func (a *Adapter) checkVersion(ctx context.Context, s target, from origin) ([]problem, error) {
	offered, err := a.offered(ctx, s.Region(), from)
	if err != nil || offered {
		return nil, err
	}
	return []problem{{
		name: drill.RestoreRefused, code: drill.VersionNotOffered,
		what: fmt.Sprintf("%s %s is no longer offered in %s: a restore of a backup of it is refused, or upgrades it", from.engine, from.version, s.Region()),
		hint: fmt.Sprintf("see what is offered: aws rds describe-db-engine-versions --engine %s --query 'DBEngineVersions[].EngineVersion' --region %s; %s", from.engine, s.Region(), upgradeHint(s)),
	}}, nil
}

func (a *Adapter) offered(ctx context.Context, region string, from origin) (bool, error) {
	out, err := a.in(region).rds.DescribeDBEngineVersions(ctx, &awsrds.DescribeDBEngineVersionsInput{Engine: &from.engine, EngineVersion: &from.version})
	if err != nil {
		return false, named(drill.RestoreRefused, err, "asking %s for %s %s", region, from.engine, from.version)
	}
	return slices.ContainsFunc(out.DBEngineVersions, func(v types.DBEngineVersion) bool { return aws.ToString(v.EngineVersion) == from.version }), nil
}

// magnetic is the storage type that AWS ended on 30 April 2026: what has it is
// moved to gp3 by force, and what is restored from it comes up on gp3 unless the
// call says otherwise.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
const magnetic = "standard"

// restoredOn is the storage type of the copy: the restore calls leave it to AWS.
func restoredOn(from origin) string {
	if from.storage == magnetic {
		return "gp3"
	}
	return from.storage
}

func (a *Adapter) checkMagnetic(_ context.Context, s target, from origin) ([]problem, error) {
	if from.storage != magnetic {
		return nil, nil
	}
	return []problem{{
		name: drill.RestoreRefused, code: drill.MagneticStorage, severity: drill.Warning, figure: magnetic, target: restoredOn(from),
		what: "the backup is of magnetic storage, which AWS ended on 2026-04-30: a restore makes gp3 of it, with other latencies, for as long as AWS takes such backups at all",
		hint: fmt.Sprintf("aws rds modify-db-instance --db-instance-identifier %s --storage-type gp3 --apply-immediately --region %s", s.Instance, s.PrimaryRegion),
	}}, nil
}

// classOf the copy: the plan's, else the source's, as far as anybody knows it.
func classOf(s target, from origin) string { return cmp.Or(s.InstanceClass, from.class) }

// checkClass asks whether the region has the class for that engine version, on
// the storage that the copy comes up on. A version that is not offered at all is
// checkVersion's to say.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeOrderableDBInstanceOptions.html
func (a *Adapter) checkClass(ctx context.Context, s target, from origin) ([]problem, error) {
	class, storage := classOf(s, from), restoredOn(from)
	if class == "" {
		return nil, nil
	}
	options, err := a.orderable(ctx, s.Region(), from, class)
	if err != nil {
		return nil, err
	}
	if len(options) == 0 {
		offered, err := a.offered(ctx, s.Region(), from)
		if err != nil || !offered {
			return nil, err
		}
		return []problem{{
			name: drill.RestoreRefused, code: drill.ClassNotOffered, figure: class,
			what: fmt.Sprintf("class %s is not offered for %s %s in %s", class, from.engine, from.version, s.Region()),
			hint: fmt.Sprintf("name another drill.instanceClass, of: aws rds describe-orderable-db-instance-options --engine %s --engine-version %s --query 'OrderableDBInstanceOptions[].DBInstanceClass' --region %s",
				from.engine, from.version, s.Region()),
		}}, nil
	}
	var has []string
	for _, o := range options {
		has = append(has, aws.ToString(o.StorageType))
	}
	slices.Sort(has)
	if has = slices.Compact(has); storage == "" || slices.Contains(has, storage) {
		return nil, nil
	}
	return []problem{{
		name: drill.RestoreRefused, code: drill.StorageNotOffered, figure: storage, target: strings.Join(has, ", "),
		what: fmt.Sprintf("storage %s is not offered for class %s and %s %s in %s, which has %s", storage, class, from.engine, from.version, s.Region(), strings.Join(has, ", ")),
		hint: "name another drill.instanceClass, one that takes storage " + storage + "; or change the storage type of the source",
	}}, nil
}

// checkZones: RDS wants two zones of the subnet group that offer the class.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
func (a *Adapter) checkZones(ctx context.Context, s target, from origin) ([]problem, error) {
	class := classOf(s, from)
	if class == "" || s.SubnetGroup == "" {
		return nil, nil
	}
	out, err := a.in(s.Region()).rds.DescribeDBSubnetGroups(ctx, &awsrds.DescribeDBSubnetGroupsInput{DBSubnetGroupName: &s.SubnetGroup})
	if is(err, "DBSubnetGroupNotFoundFault") || err == nil && len(out.DBSubnetGroups) == 0 {
		return nil, nil // checkSubnetGroup says so
	}
	if err != nil {
		return nil, named(drill.RestoreRefused, err, "looking at subnet group %s in %s", s.SubnetGroup, s.Region())
	}
	options, err := a.orderable(ctx, s.Region(), from, class)
	if err != nil || len(options) == 0 {
		return nil, err // checkClass says so
	}
	look := fmt.Sprintf("aws rds describe-db-subnet-groups --db-subnet-group-name %s --region %s", s.SubnetGroup, s.Region())
	zones := fmt.Sprintf("aws rds describe-orderable-db-instance-options --engine %s --engine-version %s --db-instance-class %s --query 'OrderableDBInstanceOptions[].AvailabilityZones[].Name' --region %s",
		from.engine, from.version, class, s.Region())
	offering := map[string]bool{}
	for _, o := range options {
		for _, z := range o.AvailabilityZones {
			offering[aws.ToString(z.Name)] = true
		}
	}
	inGroup, fit := map[string]bool{}, []string{}
	for _, subnet := range out.DBSubnetGroups[0].Subnets {
		if subnet.SubnetAvailabilityZone == nil || subnet.SubnetAvailabilityZone.Name == nil {
			return []problem{unsaid(fmt.Sprintf("subnet group %s does not say the zones of its subnets", s.SubnetGroup), look)}, nil
		}
		zone := *subnet.SubnetAvailabilityZone.Name
		if !inGroup[zone] && offering[zone] {
			fit = append(fit, zone)
		}
		inGroup[zone] = true
	}
	if len(offering) == 0 {
		return []problem{unsaid(fmt.Sprintf("%s does not say which zones offer class %s for %s %s", s.Region(), class, from.engine, from.version), zones)}, nil
	}
	if len(fit) >= 2 {
		return nil, nil
	}
	return []problem{{
		name: drill.RestoreRefused, code: drill.ZonesTooFew, figure: len(fit), target: 2,
		what: fmt.Sprintf("of the zones of subnet group %s %d offer class %s for %s %s, and a restore wants two", s.SubnetGroup, len(fit), class, from.engine, from.version),
		hint: "name zones in regions.zones that offer it, or another drill.instanceClass: " + zones,
	}}, nil
}

func (a *Adapter) orderable(ctx context.Context, region string, from origin, class string) ([]types.OrderableDBInstanceOption, error) {
	pages := awsrds.NewDescribeOrderableDBInstanceOptionsPaginator(a.in(region).rds, &awsrds.DescribeOrderableDBInstanceOptionsInput{
		Engine: &from.engine, EngineVersion: &from.version, DBInstanceClass: &class, MaxRecords: aws.Int32(pageSize),
	})
	var all []types.OrderableDBInstanceOption
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, named(drill.RestoreRefused, err, "asking %s for class %s of %s %s", region, class, from.engine, from.version)
		}
		all = append(all, page.OrderableDBInstanceOptions...)
	}
	return all, nil
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
