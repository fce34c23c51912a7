package rds

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// availableAt is the time of the event that says that the copy is made; zero
// where there is none, or RDS does not answer: it only narrows an interval.
//
// DescribeEvents answers no event ids, so the message must do: "DB instance
// created" (RDS-EVENT-0005) and "Restored from DB instance ... to ..." (0019)
// come at the end. "Restored from snapshot ..." (0043) is documented as "is
// being restored", may come at the start, and says nothing. Without a start
// time the call looks back for one hour only.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
func (a *Adapter) availableAt(ctx context.Context, region string, res drill.Resource) time.Time {
	in := &awsrds.DescribeEventsInput{SourceType: types.SourceTypeDbInstance, SourceIdentifier: aws.String(res.ID)}
	if res.CreatedAt.IsZero() {
		return time.Time{}
	}
	in.StartTime = aws.Time(res.CreatedAt)
	out, err := a.in(region).rds.DescribeEvents(ctx, in)
	if err != nil {
		return time.Time{}
	}
	// If anything came after it, a restart for one, it was not the end.
	var last time.Time
	var made bool
	for _, e := range out.Events {
		if at := aws.ToTime(e.Date).UTC(); !at.Before(last) {
			last, made = at, saysAvailable(aws.ToString(e.Message))
		}
	}
	if !made {
		return time.Time{}
	}
	return last
}

func saysAvailable(message string) bool {
	message = strings.ToLower(message)
	return strings.Contains(message, "instance created") || strings.Contains(message, "restored from db instance")
}
