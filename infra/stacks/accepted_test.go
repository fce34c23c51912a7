package stacks_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// limits of physical names, by type, in characters; the sources are beside
// those of pkg/plan.
var limits = map[string]int{
	"AWS::S3::Bucket": 63, "AWS::Lambda::Function": 64, "AWS::IAM::Role": 64, "AWS::StepFunctions::StateMachine": 80, "AWS::SQS::Queue": 80,
	"AWS::Backup::BackupVault": 50, "AWS::Events::Rule": 64, "AWS::Scheduler::ScheduleGroup": 64, "AWS::CloudWatch::Alarm": 255, "AWS::RDS::DBSubnetGroup": 255, "AWS::DynamoDB::Table": 255,
}

var nameOf = map[string]string{
	"AWS::Backup::BackupVault": "BackupVaultName",
	"AWS::S3::Bucket":          "BucketName", "AWS::Lambda::Function": "FunctionName", "AWS::IAM::Role": "RoleName", "AWS::StepFunctions::StateMachine": "StateMachineName",
	"AWS::SQS::Queue": "QueueName", "AWS::Events::Rule": "Name", "AWS::Scheduler::ScheduleGroup": "Name", "AWS::CloudWatch::Alarm": "AlarmName",
	"AWS::RDS::DBSubnetGroup": "DBSubnetGroupName", "AWS::DynamoDB::Table": "TableName",
}

// The longest deployment that the plan accepts synthesizes, in a region of any
// length and partition, and every name of it fits; also where it recovers.
func TestLongestDeployment(t *testing.T) {
	for of, base := range map[string]func(*testing.T) plan.Plan{"drills": examplePlan, "recovery": recoveryPlan} {
		t.Run(of, func(t *testing.T) { longestDeployment(t, base) })
	}
}

func longestDeployment(t *testing.T, base func(*testing.T) plan.Plan) {
	for region, partition := range map[string]string{"eu-west-1": "aws", "ap-southeast-1": "aws", "us-gov-east-1": "aws-us-gov", "cn-northwest-1": "aws-cn"} {
		t.Run(region, func(t *testing.T) {
			p := base(t)
			p.Regions = &plan.Regions{Primary: region}
			for i := range p.Workloads[0].Databases {
				p.Workloads[0].Databases[i].Drill.Scenario = plan.ScenarioOperatorError
			}
			if r := p.Workloads[0].Recovery; r != nil {
				for i, s := range r.Steps {
					if s.Function != "" {
						r.Steps[i].Function = "arn:" + partition + ":lambda:" + region + ":" + account + ":function:warm-shop-cache:live"
					}
				}
			}
			yes, longest := true, 0
			p.Backup = &plan.Backup{Manage: &yes}
			for n := 1; n <= 60; n++ {
				p.Deployment = strings.Repeat("d", n)
				if len(p.Validate()) == 0 {
					longest = n
				}
			}
			p.Deployment = strings.Repeat("d", longest)
			if problems := p.Validate(); len(problems) > 0 || longest < 24 {
				t.Fatalf("the longest has %d characters: %v", longest, problems)
			}
			a, err := synthesize(t, p, true, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.findings) > 0 {
				t.Error(a.findings)
			}
			for kind, limit := range limits {
				for id, r := range a.everywhere(kind) {
					if name, _ := r.Properties[nameOf[kind]].(string); len(name) > limit {
						t.Errorf("%s %s: %s has %d characters", kind, id, name, len(name))
					}
				}
			}
			for stack, template := range a.texts {
				for _, other := range []string{"arn:aws:", "arn:aws-us-gov:", "arn:aws-cn:"} {
					if other != "arn:"+partition+":" && strings.Contains(string(template), other) {
						t.Errorf("%s has an ARN of another partition, %s", stack, other)
					}
				}
			}
		})
	}
}

// Names that only differ in where a dash, a dot or a capital stands are two
// databases, with a schedule and alarms each.
func TestNamesAreToldApart(t *testing.T) {
	p := examplePlan(t)
	w := p.Workloads[0]
	d := w.Databases[0]
	p.Workloads = nil
	pairs := [][2]string{{"orders", "eu-db"}, {"orders-eu", "db"}, {"a.b", "c"}, {"a", "b.c"}, {"a--b", "c"}, {"a", "b--c"}, {"Default", "x"}, {"x", "Default"}, {"A", "c"}}
	byWorkload := map[string]int{}
	for i, pair := range pairs {
		d.Name, d.Source = pair[1], fmt.Sprintf("db-%d", i)
		at, there := byWorkload[pair[0]]
		if !there {
			at = len(p.Workloads)
			byWorkload[pair[0]] = at
			w.Name, w.Databases = pair[0], nil
			p.Workloads = append(p.Workloads, w)
		}
		p.Workloads[at].Databases = append(p.Workloads[at].Databases, d)
	}
	if problems := p.Validate(); len(problems) > 0 {
		t.Fatal(problems)
	}
	a, err := synthesize(t, p, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	schedules, alarms := map[string]bool{}, map[string]bool{}
	for _, r := range a.resources("AWS::Scheduler::Schedule") {
		schedules[r.Properties["Target"].(map[string]any)["Input"].(string)] = true
	}
	for _, r := range a.resources("AWS::CloudWatch::Alarm") {
		alarms[r.Properties["AlarmName"].(string)] = true
	}
	if len(schedules) != len(pairs) {
		t.Errorf("%d databases, %d schedules", len(pairs), len(schedules))
	}
	for _, pair := range pairs {
		for _, name := range []string{"lifeboat-prod-drills-overdue-%s/%s", "lifeboat-prod-backup-age-%s/%s"} {
			if !alarms[fmt.Sprintf(name, pair[0], pair[1])] {
				t.Errorf("there is no alarm "+name, pair[0], pair[1])
			}
		}
	}
}

// CloudWatch takes a hundred alarms in one widget of a dashboard.
func TestDashboardsOfManyAlarms(t *testing.T) {
	for name, c := range map[string]struct{ workloads, each, limit int }{"a schedule each": {1, 50, 0}, "a fleet": {150, 1, 0}} {
		t.Run(name, func(t *testing.T) {
			a, err := synthesize(t, fleetPlan(t, c.workloads, c.each), false, nil)
			if err != nil {
				t.Fatal(err)
			}
			shown := 0
			for _, r := range a.resources("AWS::CloudWatch::Dashboard") {
				var body struct {
					Widgets []struct{ Properties struct{ Alarms []string } }
				}
				if err := json.Unmarshal([]byte(text(t, a.recovery, r.Properties["DashboardBody"])), &body); err != nil {
					t.Fatal(err)
				}
				for _, w := range body.Widgets {
					shown += len(w.Properties.Alarms)
					if len(w.Properties.Alarms) > 100 {
						t.Errorf("a widget has %d alarms", len(w.Properties.Alarms))
					}
				}
			}
			if all := len(alarmsThatTell(a)); shown != all || all <= 100 {
				t.Errorf("%d of %d alarms are shown", shown, all)
			}
		})
	}
}

// Copies get three zones, or those that the plan names; what is paid by the zone
// lies in two.
func TestZones(t *testing.T) {
	for name, c := range map[string]struct {
		region string
		zones  []string
		copies []string
	}{
		"default":          {home, nil, []string{"eu-central-1a", "eu-central-1b", "eu-central-1c"}},
		"named":            {home, []string{"eu-central-1c", "eu-central-1b"}, []string{"eu-central-1c", "eu-central-1b"}},
		"four":             {home, []string{"eu-central-1d", "eu-central-1c", "eu-central-1b", "eu-central-1a"}, []string{"eu-central-1d", "eu-central-1c", "eu-central-1b", "eu-central-1a"}},
		"no third one":     {"us-west-1", nil, []string{"us-west-1a", "us-west-1b"}},
		"another, no list": {"us-east-1", nil, []string{"us-east-1a", "us-east-1b", "us-east-1c"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := examplePlan(t)
			p.Regions = &plan.Regions{Primary: "eu-west-1", Recovery: c.region, Zones: c.zones}
			if problems := p.Validate(); len(problems) > 0 {
				t.Fatal(problems)
			}
			a, err := synthesize(t, p, false, nil)
			if err != nil {
				t.Fatal(err)
			}
			zoneOf := map[string]string{}
			for _, id := range a.recovery.Of("AWS::EC2::Subnet") {
				subnet := text(t, a.recovery, map[string]any{"Ref": id})
				zoneOf[subnet] = text(t, a.recovery, a.recovery.Resources[id].Properties["AvailabilityZone"])
			}
			zonesOf := func(subnets any) (list []string) {
				resolved, err := a.recovery.Resolve(subnets)
				if err != nil {
					t.Fatal(err)
				}
				for _, subnet := range resolved.([]any) {
					list = append(list, zoneOf[subnet.(string)])
				}
				return list
			}
			for id, r := range a.resources("AWS::RDS::DBSubnetGroup") {
				if got := zonesOf(r.Properties["SubnetIds"]); fmt.Sprint(got) != fmt.Sprint(c.copies) {
					t.Errorf("%s lies in %v, not in %v", id, got, c.copies)
				}
			}
			for id, r := range a.resources("AWS::EC2::VPCEndpoint") {
				if r.Properties["SubnetIds"] != nil && fmt.Sprint(zonesOf(r.Properties["SubnetIds"])) != fmt.Sprint(c.copies[:2]) {
					t.Errorf("%s lies in %v", id, zonesOf(r.Properties["SubnetIds"]))
				}
			}
		})
	}
}

// What checks the copies reaches them, and the endpoints that it needs; nothing
// else does.
func TestWhoReachesTheCopies(t *testing.T) {
	a := synthesized(t)
	group := func(prefix string) string {
		for _, id := range a.recovery.Of("AWS::EC2::SecurityGroup") {
			if strings.HasPrefix(id, prefix) {
				return text(t, a.recovery, map[string]any{"Fn::GetAtt": []any{id, "GroupId"}})
			}
		}
		t.Fatalf("no security group %s", prefix)
		return ""
	}
	in, out := map[string]bool{}, map[string]bool{}
	for _, r := range a.resources("AWS::EC2::SecurityGroupIngress") {
		in[fmt.Sprint(text(t, a.recovery, r.Properties["SourceSecurityGroupId"]), " ", text(t, a.recovery, r.Properties["GroupId"]), " ", r.Properties["FromPort"])] = true
	}
	for _, r := range a.resources("AWS::EC2::SecurityGroupEgress") {
		if to := r.Properties["DestinationSecurityGroupId"]; to != nil {
			out[fmt.Sprint(text(t, a.recovery, r.Properties["GroupId"]), " ", text(t, a.recovery, to), " ", r.Properties["FromPort"])] = true
		}
	}
	want := 0
	for _, from := range []string{"Validator", "CustomChecks"} {
		for _, to := range []string{"Copies 5432", "Copies 3306", "SecretsManagerEndpoint 443"} {
			name, port, _ := strings.Cut(to, " ")
			way := group(from) + " " + group(name) + " " + port
			if !in[way] || !out[way] {
				t.Errorf("%s to %s: in %t, out %t", from, to, in[way], out[way])
			}
			want++
		}
	}
	if len(in) != want {
		t.Errorf("%d ways in, not %d", len(in), want)
	}
	if got := a.output(t, "CustomCheckSecurityGroup"); got != group("CustomChecks") {
		t.Errorf("printed: %s", got)
	}
	if subnets := strings.Split(a.output(t, "CustomCheckSubnets"), ","); len(subnets) != 2 {
		t.Errorf("printed: %v", subnets)
	}
}
