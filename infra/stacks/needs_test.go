package stacks_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	doctors "github.com/lifeboat-dr/lifeboat/pkg/doctor/account"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/scheduler"
)

var (
	needing  sync.Mutex
	neededOf = map[string]doctors.Needs{}
)

// needed is what a deployment asks, learned once for all tests.
func needed(t *testing.T, folder string) doctors.Needs {
	t.Helper()
	needing.Lock()
	defer needing.Unlock()
	if known, is := neededOf[folder]; is {
		return known
	}
	needs, err := doctors.Rehearse(context.Background(), folder, doctors.Rehearsing{StandIns: true, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	neededOf[folder] = needs
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

// drillsBySchedule tells whether a drill has a schedule: else nothing takes their role.
func drillsBySchedule(n doctors.Needs) bool {
	return slices.ContainsFunc(n.World.Cloud().Scheduler.Schedules(), func(s scheduler.Schedule) bool { return s.Group == n.Names.Prefix() })
}

func whatItNeeds(t *testing.T, shape string, actions []string) {
	needs := needed(t, shaped(t, shape).folder)
	for _, role := range needs.World.Account().Roles() {
		if role.Name == needs.Names.Prefix()+"-schedules" && !drillsBySchedule(needs) {
			continue
		}
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
