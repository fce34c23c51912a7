// Package route53 looks at health checks and records of Route 53. It changes none.
//
// Route 53 is global: whatever the region of the configuration, the SDK asks the
// one endpoint of its partition, and signs for that one's region.
package route53

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type api interface {
	route53.ListResourceRecordSetsAPIClient
	GetHealthCheck(context.Context, *route53.GetHealthCheckInput, ...func(*route53.Options)) (*route53.GetHealthCheckOutput, error)
}

// DNS of an account.
type DNS struct{ api api }

// New makes an adapter. It makes no call.
func New(cfg aws.Config) DNS { return DNS{route53.NewFromConfig(cfg)} }

// HealthCheck finds one by its id; false: there is none. The error is a
// *seen.Unread.
func (d DNS) HealthCheck(ctx context.Context, id string) (seen.HealthCheck, bool, error) {
	out, err := d.api.GetHealthCheck(ctx, &route53.GetHealthCheckInput{HealthCheckId: &id})
	if awsconfig.Code(err) == "NoSuchHealthCheck" {
		return seen.HealthCheck{}, false, nil
	}
	if err != nil || out.HealthCheck == nil || out.HealthCheck.HealthCheckConfig == nil {
		return seen.HealthCheck{}, false, seen.Cannot(err, "health check "+id, "route53:GetHealthCheck on it")
	}
	c := out.HealthCheck.HealthCheckConfig
	return seen.HealthCheck{
		Type: string(c.Type), Interval: time.Duration(aws.ToInt32(c.RequestInterval)) * time.Second, Threshold: int(aws.ToInt32(c.FailureThreshold)),
		Disabled: aws.ToBool(c.Disabled), Inverted: aws.ToBool(c.Inverted),
	}, true, nil
}

// Records of a name in a hosted zone, whatever their types; false: there is no
// such zone. The error is a *seen.Unread.
func (d DNS) Records(ctx context.Context, zone, name string) (list []seen.Record, found bool, err error) {
	// The list begins at the name, and what has it stands together.
	// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
	pages := route53.NewListResourceRecordSetsPaginator(d.api, &route53.ListResourceRecordSetsInput{HostedZoneId: &zone, StartRecordName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if awsconfig.Code(err) == "NoSuchHostedZone" {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, seen.Cannot(err, "the records of "+zone, "route53:ListResourceRecordSets on it")
		}
		for _, set := range page.ResourceRecordSets {
			if plain(aws.ToString(set.Name)) != plain(name) {
				return list, true, nil
			}
			list = append(list, record(set))
		}
	}
	return list, true, nil
}

// plain is a name without its last dot, in lower case; Route 53 tells a star in
// octal.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
func plain(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSuffix(name, ".")), `\052`, "*")
}

func record(set types.ResourceRecordSet) seen.Record {
	r := seen.Record{
		Name: plain(aws.ToString(set.Name)), Type: string(set.Type), SetIdentifier: aws.ToString(set.SetIdentifier), Failover: string(set.Failover),
		TTL: time.Duration(aws.ToInt64(set.TTL)) * time.Second, HealthCheck: aws.ToString(set.HealthCheckId), Text: text(set),
	}
	if set.AliasTarget != nil {
		r.Alias, r.Evaluated = plain(aws.ToString(set.AliasTarget.DNSName)), set.AliasTarget.EvaluateTargetHealth
	}
	return r
}

// text is a record set as the command line takes it: the members have the same
// names, and what is not set is not there.
func text(set types.ResourceRecordSet) json.RawMessage {
	full, err := json.Marshal(set)
	var members map[string]any
	if err != nil || json.Unmarshal(full, &members) != nil {
		return nil
	}
	for name, value := range members {
		if value == nil || value == "" {
			delete(members, name)
		}
	}
	short, err := json.Marshal(members)
	if err != nil {
		return nil
	}
	return short
}
