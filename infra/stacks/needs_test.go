package stacks_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	doctors "github.com/lifeboat-dr/lifeboat/pkg/doctor/account"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
)

// needed is what the deployment of examples/rds asks, once for all tests.
func needed(t *testing.T, folder string) doctors.Needs {
	t.Helper()
	needs, err := doctors.Rehearse(context.Background(), folder, doctors.Rehearsing{StandIns: true, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return needs
}

// Every role is asked something, by drills as well as by what runs on schedules
// and after an abort, and only roles of the deployment are.
func TestWhatADeploymentNeeds(t *testing.T) {
	for shape, actions := range map[string][]string{
		"example": nil,
		"recovery": {
			"sts:AssumeRole", "ssm:PutParameter", "ssm:DeleteParameter", "secretsmanager:CreateSecret", "cloudwatch:PutMetricAlarm", "ecr:DescribeImages",
			"cloudformation:DescribeStacks", "lambda:InvokeFunction", "states:SendTaskSuccess", "states:DescribeExecution",
		},
	} {
		t.Run(shape, func(t *testing.T) { whatItNeeds(t, shape, actions) })
	}
}

func whatItNeeds(t *testing.T, shape string, actions []string) {
	needs := needed(t, shaped(t, shape).folder)
	for _, role := range needs.World.Account().Roles() {
		if !slices.ContainsFunc(needs.Questions, func(q authz.Question) bool { return q.Principal == role.ARN }) {
			t.Errorf("%s was asked nothing", role.Name)
		}
	}
	for _, action := range append([]string{
		"rds:RestoreDBInstanceToPointInTime", "rds:RestoreDBInstanceFromDBSnapshot", "rds:DeleteDBInstance",
		"states:StartExecution", "cloudwatch:PutMetricData", "s3:PutObjectRetention",
	}, actions...) {
		if !slices.ContainsFunc(needs.Questions, func(q authz.Question) bool { return q.Action == action }) {
			t.Errorf("nobody was asked whether it may %s", action)
		}
	}
	for _, q := range needs.Questions {
		if !strings.HasPrefix(q.Principal, "arn:aws:iam::"+account+":role/") || strings.HasSuffix(q.Principal, "/operator") {
			t.Errorf("asked of another's role: %s", q)
		}
	}
	if needs.Names.Deployment != "prod" || needs.Names.Account != account || needs.Names.Region != home || needs.Plan.Deployment != "prod" {
		t.Errorf("%+v", needs.Names)
	}
}
