package rds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type quotaAPI interface {
	DescribeAccountAttributes(context.Context, *awsrds.DescribeAccountAttributesInput, ...func(*awsrds.Options)) (*awsrds.DescribeAccountAttributesOutput, error)
}

// Quotas of RDS in an account and region.
type Quotas struct{ api quotaAPI }

// NewQuotas makes an adapter. It makes no call.
func NewQuotas(cfg aws.Config) Quotas { return Quotas{awsrds.NewFromConfig(cfg)} }

// Quotas by RDS's names: "DBInstances", "AllocatedStorage" in GiB. DB instances
// are shared with Aurora, Neptune and DocumentDB. The error is a *seen.Unread.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeAccountAttributes.html
func (q Quotas) Quotas(ctx context.Context) (map[string]seen.Quota, error) {
	out, err := q.api.DescribeAccountAttributes(ctx, &awsrds.DescribeAccountAttributesInput{})
	if err != nil {
		return nil, seen.Cannot(err, "the quotas of RDS", "rds:DescribeAccountAttributes")
	}
	all := map[string]seen.Quota{}
	for _, one := range out.AccountQuotas {
		all[aws.ToString(one.AccountQuotaName)] = seen.Quota{Used: int(aws.ToInt64(one.Used)), Max: int(aws.ToInt64(one.Max))}
	}
	return all, nil
}
