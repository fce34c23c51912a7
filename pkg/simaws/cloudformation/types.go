package cloudformation

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// kind is a type of resources that is simulated.
type kind struct {
	name  string
	empty func() resource
}

func of[R any, P interface {
	*R
	resource
}](name string) kind {
	return kind{name, func() resource { return P(new(R)) }}
}

// types are all, in an order in which each finds what it refers to.
var types = []kind{
	of[key]("AWS::KMS::Key"),
	of[alias]("AWS::KMS::Alias"),
	of[role]("AWS::IAM::Role"),
	of[rolePolicy]("AWS::IAM::Policy"),
	of[logGroup]("AWS::Logs::LogGroup"),
	of[bucket]("AWS::S3::Bucket"),
	of[bucketPolicy]("AWS::S3::BucketPolicy"),
	of[table]("AWS::DynamoDB::Table"),
	of[queue]("AWS::SQS::Queue"),
	of[queuePolicy]("AWS::SQS::QueuePolicy"),
	of[topic]("AWS::SNS::Topic"),
	of[topicPolicy]("AWS::SNS::TopicPolicy"),
	of[subscription]("AWS::SNS::Subscription"),
	of[backupVault]("AWS::Backup::BackupVault"),
	of[gappedVault]("AWS::Backup::LogicallyAirGappedBackupVault"),
	of[backupPlan]("AWS::Backup::BackupPlan"),
	of[backupSelection]("AWS::Backup::BackupSelection"),
	of[vpc]("AWS::EC2::VPC"),
	of[routeTable]("AWS::EC2::RouteTable"),
	of[subnet]("AWS::EC2::Subnet"),
	of[association]("AWS::EC2::SubnetRouteTableAssociation"),
	of[route]("AWS::EC2::Route"),
	of[group]("AWS::EC2::SecurityGroup"),
	of[ingress]("AWS::EC2::SecurityGroupIngress"),
	of[egress]("AWS::EC2::SecurityGroupEgress"),
	of[endpoint]("AWS::EC2::VPCEndpoint"),
	of[flowLog]("AWS::EC2::FlowLog"),
	of[subnetGroup]("AWS::RDS::DBSubnetGroup"),
	of[function]("AWS::Lambda::Function"),
	of[version]("AWS::Lambda::Version"),
	of[machine]("AWS::StepFunctions::StateMachine"),
	of[rule]("AWS::Events::Rule"),
	of[permission]("AWS::Lambda::Permission"),
	of[scheduleGroup]("AWS::Scheduler::ScheduleGroup"),
	of[schedule]("AWS::Scheduler::Schedule"),
	of[alarm]("AWS::CloudWatch::Alarm"),
	of[compositeAlarm]("AWS::CloudWatch::CompositeAlarm"),
	of[dashboard]("AWS::CloudWatch::Dashboard"),
}

// Ignored are the properties that are passed over on purpose, with the reason: at
// most forty. "*" stands for every type.
var Ignored = map[string]string{
	"*.Tags":                                   "of what a deployment makes nobody asks the tags; those of copies come from the restore call",
	"*.Description":                            "is for people",
	"AWS::Backup::BackupPlan.BackupPlanTags":   "as *.Tags",
	"AWS::Backup::BackupVault.BackupVaultTags": "as *.Tags",
	"AWS::Backup::LogicallyAirGappedBackupVault.BackupVaultTags": "as *.Tags",
	"AWS::EC2::SecurityGroup.GroupDescription":                   "is for people",
	"AWS::RDS::DBSubnetGroup.DBSubnetGroupDescription":           "is for people",
	"AWS::SNS::Topic.DisplayName":                                "is the sender's name in mails",
	"AWS::DynamoDB::Table.BillingMode":                           "the simulation throttles nobody by capacity",
	"AWS::DynamoDB::Table.DeletionProtectionEnabled":             "no test removes the table by its API",
	"AWS::DynamoDB::Table.PointInTimeRecoverySpecification":      "nobody restores the table",
	"AWS::DynamoDB::Table.TimeToLiveSpecification":               "items are read with their expiry; AWS removes them days later",
	"AWS::S3::Bucket.LifecycleConfiguration":                     "expires objects after a year or more",
	"AWS::S3::Bucket.OwnershipControls":                          "objects come from one account",
	"AWS::S3::Bucket.PublicAccessBlockConfiguration":             "no request is anonymous",
	"AWS::S3::Bucket.LoggingConfiguration":                       "access logs are delivered hours later, and nobody reads them here",
	"AWS::S3::Bucket.ObjectLockConfiguration":                    "the default retention; functions ask for one of their own",
	"AWS::Logs::LogGroup.RetentionInDays":                        "the simulation keeps no lines",
	"AWS::Lambda::Function.MemorySize":                           "handlers run in this process, with its memory",
	"AWS::EC2::VPC.InstanceTenancy":                              "nobody's hardware is modelled",
	"AWS::EC2::FlowLog.TrafficType":                              "no lines are written",
	"AWS::EC2::FlowLog.ResourceType":                             "no lines are written",
	"AWS::SNS::Subscription.RawMessageDelivery":                  "mails have no raw form",
}

// without the properties that are ignored.
func without(typ string, properties map[string]any) map[string]any {
	left := maps.Clone(properties)
	maps.DeleteFunc(left, func(name string, _ any) bool { return Ignored[typ+"."+name] != "" || Ignored["*."+name] != "" })
	return left
}

// Supported are the pairs of type and property that are simulated, sorted:
// "AWS::Lambda::Function.Environment.Variables".
func Supported() []string {
	var list []string
	for _, k := range types {
		fields := properties(reflect.TypeOf(k.empty()).Elem(), k.name)
		if len(fields) == 0 {
			fields = []string{k.name}
		}
		list = append(list, fields...)
	}
	slices.Sort(list)
	return list
}

// properties are the fields of a struct, and of those in it.
func properties(t reflect.Type, path string) []string {
	for t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return []string{path}
	}
	var list []string
	for i := range t.NumField() {
		list = append(list, properties(t.Field(i).Type, path+"."+t.Field(i).Name)...)
	}
	return list
}

// IgnoredList are the ignored ones as lines, sorted.
func IgnoredList() []string {
	var list []string
	for _, pair := range slices.Sorted(maps.Keys(Ignored)) {
		list = append(list, fmt.Sprintf("%s: %s", strings.TrimSpace(pair), Ignored[pair]))
	}
	return list
}
