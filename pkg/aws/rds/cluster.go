package rds

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// member is the error for an instance that belongs to a cluster, nil for any
// other. Snapshots, automated backups and points in time of a member are the
// cluster's: no call restores the instance. Members of Multi-AZ DB clusters have
// the engines of instances, so that only DBClusterIdentifier tells.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/multi-az-db-clusters-concepts.html
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
func member(i types.DBInstance) *drill.Error {
	cluster := aws.ToString(i.DBClusterIdentifier)
	if cluster == "" {
		return nil
	}
	name, of, clusters := aws.ToString(i.DBInstanceIdentifier), "Multi-AZ DB cluster", "no kind of lifeboat drills Multi-AZ DB clusters"
	if strings.HasPrefix(aws.ToString(i.Engine), "aurora") {
		of, clusters = "Aurora cluster", "lifeboat does not drill Aurora clusters yet"
	}
	return &drill.Error{
		Name: drill.ClusterMember,
		What: fmt.Sprintf("instance %s is a member of the %s %s: its backups are the cluster's, and no instance can be restored from them", name, of, cluster),
		Hint: fmt.Sprintf("%s: take %s out of the plan, and rehearse by hand, with a snapshot of the cluster: "+
			"aws rds describe-db-cluster-snapshots --region %s --db-cluster-identifier %s", clusters, name, regionOf(i), cluster),
	}
}

// regionOf an instance, by its ARN.
func regionOf(i types.DBInstance) string {
	parsed, err := arn.Parse(aws.ToString(i.DBInstanceArn))
	if err != nil {
		return "<its region>"
	}
	return parsed.Region
}

// patience is for a look that only makes an error clearer: the region that is
// asked may be the lost one.
const patience = 3 * time.Second

// sourceInstance looks at the source where it lives, for an error's sake; nil
// where it does not answer, is gone, or is another account's.
func (a *Adapter) sourceInstance(ctx context.Context, s target) *types.DBInstance {
	if owner, caller := a.accounts(s); owner != caller {
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	instance, err := a.instance(bounded, s.PrimaryRegion, s.Instance)
	if err != nil {
		return nil
	}
	return instance
}
