package authz_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// What a recovery writes is asked for whole: the tags that a call gives are an action
// of their own, and so is a role that it passes on.
func TestWhatRecoveriesWrite(t *testing.T) {
	const of = region + ":" + account + ":"
	ctx, role := context.Background(), "arn:aws:iam::"+account+":role/backs-up"
	for name, c := range map[string]struct {
		call  func(world) error
		needs []string // statements: without any of them the call is refused
	}{
		"parameter": {
			func(w world) error {
				_, err := ssm.NewFromConfig(w.Config).PutParameter(ctx, &ssm.PutParameterInput{
					Name: aws.String("/lifeboat-prod/endpoint/a/b"), Value: aws.String("x"), Type: ssmtypes.ParameterTypeString, Tags: []ssmtypes.Tag{{Key: aws.String("lifeboat:purpose"), Value: aws.String("recovered")}},
				})
				return err
			},
			[]string{
				when(`{"StringEquals":{"aws:RequestTag/lifeboat:purpose":"recovered"}}`, allow("ssm:PutParameter", "arn:aws:ssm:"+of+"parameter/lifeboat-prod/endpoint/*")),
				allow("ssm:AddTagsToResource", "arn:aws:ssm:"+of+"parameter/lifeboat-prod/*"),
			},
		},
		"secret": {
			func(w world) error {
				_, err := secretsmanager.NewFromConfig(w.Config).CreateSecret(ctx, &secretsmanager.CreateSecretInput{
					Name: aws.String("lifeboat-prod/endpoint/a/b"), SecretString: aws.String("x"), Tags: []smtypes.Tag{{Key: aws.String("lifeboat:purpose"), Value: aws.String("recovered")}},
				})
				return err
			},
			[]string{
				when(`{"StringEquals":{"aws:RequestTag/lifeboat:purpose":"recovered"}}`, allow("secretsmanager:CreateSecret", "arn:aws:secretsmanager:"+of+"secret:lifeboat-prod/endpoint/*")),
				allow("secretsmanager:TagResource", "arn:aws:secretsmanager:"+of+"secret:lifeboat-prod/*"),
			},
		},
		"alarm": {
			func(w world) error {
				_, err := cloudwatch.NewFromConfig(w.Config).PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{
					AlarmName: aws.String("lifeboat-prod-recovered-db-silent"), Namespace: aws.String("AWS/RDS"), MetricName: aws.String("CPUUtilization"), Statistic: cwtypes.StatisticSampleCount,
					Period: aws.Int32(300), EvaluationPeriods: aws.Int32(3), Threshold: aws.Float64(1), ComparisonOperator: cwtypes.ComparisonOperatorLessThanThreshold,
					Tags: []cwtypes.Tag{{Key: aws.String("lifeboat:purpose"), Value: aws.String("recovered")}},
				})
				return err
			},
			[]string{allow("cloudwatch:PutMetricAlarm", "arn:aws:cloudwatch:"+of+"alarm:lifeboat-prod-*"), allow("cloudwatch:TagResource", "arn:aws:cloudwatch:"+of+"alarm:lifeboat-prod-*")},
		},
		"backup": {
			func(w world) error {
				_, err := backup.NewFromConfig(w.Config).StartBackupJob(ctx, &backup.StartBackupJobInput{
					BackupVaultName: aws.String("copies"), ResourceArn: aws.String(rdsARN + "db:orders"), IamRoleArn: &role,
				})
				return err
			},
			[]string{
				allow("backup:StartBackupJob", "arn:aws:backup:"+of+"backup-vault:copies"),
				when(`{"StringEquals":{"iam:PassedToService":"backup.amazonaws.com"}}`, allow("iam:PassRole", role)),
			},
		},
		"promotion": {
			func(w world) error {
				_, err := rds.NewFromConfig(w.Config).PromoteReadReplica(ctx, &rds.PromoteReadReplicaInput{DBInstanceIdentifier: aws.String("replica")})
				return err
			},
			[]string{allow("rds:PromoteReadReplica", rdsARN+"db:replica")},
		},
	} {
		for left := range len(c.needs) + 1 {
			var has []string
			for i, statement := range c.needs {
				if i != left {
					has = append(has, statement)
				}
			}
			w := newWorld(t, policies{roles: map[string]string{tester: policy(has...)}}, facts{})
			w.RDS.AddInstance(account, region, simrds.Instance{Identifier: "replica", ReplicaOf: "orders"})
			w.Backup.AddVault(account, region, "copies")
			err, all := c.call(w), left == len(c.needs)
			if (err == nil) != all || !all && seen(err).code != "AccessDeniedException" && seen(err).code != "AccessDenied" {
				t.Errorf("%s without %d of %d: %v", name, left, len(c.needs), err)
			}
		}
	}
}
