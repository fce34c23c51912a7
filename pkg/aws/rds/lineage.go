package rds

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// A name is not an instance: whoever deletes orders-prod and makes it anew has
// another one, with another resource id (so has whoever switches a blue/green
// deployment over), while manual snapshots, snapshots of
// AWS Backup, automated backups that were retained, and those that were
// replicated elsewhere are still there under the name. They are no backups of
// what lives under it now, however fresh they are.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.Retaining.html
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html

// retainedStatus is that of automated backups of a deleted instance, and of
// those whose replication was stopped.
const retainedStatus = "retained"

// livingIn is the resource id of the instance that has the name now, as far as
// its backups say it: where the instance itself cannot be asked, or is lost in
// the drill's scenario. An automated backup that goes on is the living one's,
// of two the instance's that was made last; else it is the one with the newest
// data, since what was deleted has none after. "" where nothing says.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/blue-green-deployments-overview.html
//
// That a copy of a snapshot carries its original's DbiResourceId is documented
// nowhere; one that carries none is taken for the living one's, and that is said:
// see unattributed.
func livingIn(found []candidate) string {
	var living candidate
	for _, c := range found {
		if c.resource != "" && (living.resource == "" || later(c, living)) {
			living = c
		}
	}
	return living.resource
}

// later is an order, so that it does not matter which is listed first.
func later(a, b candidate) bool {
	goesOn := func(c candidate) bool { return c.Origin.PointInTime() && !c.retained }
	switch {
	case goesOn(a) != goesOn(b):
		return goesOn(a)
	case goesOn(a) && !a.made.Equal(b.made):
		return a.made.After(b.made)
	}
	return a.TakenAt.After(b.TakenAt)
}

// replaced: it is of an instance that had the name before.
func (l search) replaced(c candidate) (string, string) {
	if c.resource == "" || l.living == "" || c.resource == l.living {
		return "", ""
	}
	return fmt.Sprintf("it is of instance %s, which had the name %s before; %s has it now", c.resource, l.source.Instance, l.living),
		fmt.Sprintf("it was made anew, or a blue/green deployment was switched over: see that instance %s is backed up itself, and that its backups reach %s; keep the others for as long as somebody wants their data, then delete them", l.living, l.source.Region())
}

// unattributed: it has the name, and does not say whose backup it is, while
// others do.
func (l search) unattributed(c candidate) (string, string) {
	if c.resource != "" || l.living == "" {
		return "", ""
	}
	return fmt.Sprintf("it does not say of which instance it is: it is taken for one of %s, which has the name %s now", l.living, l.source.Instance),
		fmt.Sprintf("if %s was made anew since, this may be of the one before: compare with when the instance was made, and keep backups that carry their DbiResourceId", l.source.Instance)
}

// left says of a backup that can be used why none will follow it.
func (l search) left(c candidate) (string, string) {
	if c.Origin == drill.OriginRetained {
		return fmt.Sprintf("instance %s was deleted, and this is what was kept of it", l.source.Instance),
			"if it was deleted on purpose, take it out of the plan; else recover it before RDS removes this, after the retention that the instance had"
	}
	return fmt.Sprintf("its state is %q: instance %s was deleted, or the replication of its backups was stopped", retainedStatus, l.source.Instance),
		"if the instance is there, have its backups replicated again (" + l.copyCommand() + "); if it was deleted on purpose, take it out of the plan"
}

// leftBehind are the automated backups in the region that belonged to instances
// of the name, and not to the one that has it now.
func (a *Adapter) leftBehind(ctx context.Context, look search, region, resource string) ([]candidate, error) {
	return a.automatedBackups(ctx, look, region, func(b types.DBInstanceAutomatedBackup) bool {
		return aws.ToString(b.DbiResourceId) != resource
	}, types.Filter{Name: aws.String("status"), Values: []string{retainedStatus}})
}

// automatedBackups are those in the region that have the source's ARN.
func (a *Adapter) automatedBackups(ctx context.Context, look search, region string, wanted func(types.DBInstanceAutomatedBackup) bool, filters ...types.Filter) ([]candidate, error) {
	var found []candidate
	pages := awsrds.NewDescribeDBInstanceAutomatedBackupsPaginator(a.in(region).rds, &awsrds.DescribeDBInstanceAutomatedBackupsInput{Filters: filters})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, named(drill.NoUsableBackup, err, "listing the automated backups in %s", region)
		}
		for _, b := range page.DBInstanceAutomatedBackups {
			if strings.EqualFold(aws.ToString(b.DBInstanceArn), look.sourceARN()) && wanted(b) {
				found = append(found, fromBackup(b, region))
			}
		}
	}
	return found, nil
}
