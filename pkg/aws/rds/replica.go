package rds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type replicaAPI interface {
	DescribeDBInstances(context.Context, *awsrds.DescribeDBInstancesInput, ...func(*awsrds.Options)) (*awsrds.DescribeDBInstancesOutput, error)
}

// Replicas of an account and region.
type Replicas struct{ api replicaAPI }

// NewReplicas makes an adapter. It makes no call.
func NewReplicas(cfg aws.Config) Replicas { return Replicas{awsrds.NewFromConfig(cfg)} }

// Replica finds one by its identifier; false: there is no such instance. The error
// is a *seen.Unread.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Monitoring.html
func (r Replicas) Replica(ctx context.Context, id string) (seen.Replica, bool, error) {
	out, err := r.api.DescribeDBInstances(ctx, &awsrds.DescribeDBInstancesInput{DBInstanceIdentifier: &id})
	switch awsconfig.Code(err) {
	case "DBInstanceNotFound", "DBInstanceNotFoundFault":
		return seen.Replica{}, false, nil
	}
	if err != nil || len(out.DBInstances) == 0 {
		return seen.Replica{}, false, seen.Cannot(err, "instance "+id, "rds:DescribeDBInstances")
	}
	i := out.DBInstances[0]
	found := seen.Replica{ARN: aws.ToString(i.DBInstanceArn), Status: aws.ToString(i.DBInstanceStatus), Source: aws.ToString(i.ReadReplicaSourceDBInstanceIdentifier)}
	for _, info := range i.StatusInfos {
		if aws.ToString(info.StatusType) == "read replication" {
			found.Replication, found.Message = aws.ToString(info.Status), aws.ToString(info.Message)
		}
	}
	return found, true, nil
}
