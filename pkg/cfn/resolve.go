package cfn

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// ErrUnknown is what this package does not know, and CloudFormation may.
var ErrUnknown = errors.New("it is not understood")

// Text resolves a value to the text that CloudFormation would give it, with ids
// that it would make up replaced by plausible ones, the same for every call.
func (t Template) Text(value any) (string, error) {
	resolved, err := t.Resolve(value)
	if err != nil {
		return "", err
	}
	switch v := resolved.(type) {
	case string:
		return v, nil
	case float64, bool:
		return fmt.Sprint(v), nil
	}
	return "", fmt.Errorf("%v is no text", resolved)
}

// Resolve replaces the intrinsic functions in a value. The value itself is not
// changed.
func (t Template) Resolve(value any) (any, error) {
	switch v := value.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var err error
			if list[i], err = t.Resolve(v[i]); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		if len(v) == 1 {
			for name, argument := range v {
				if name == "Ref" || strings.HasPrefix(name, "Fn::") {
					return t.intrinsic(name, argument)
				}
			}
		}
		object := make(map[string]any, len(v))
		for name := range v {
			var err error
			if object[name], err = t.Resolve(v[name]); err != nil {
				return nil, err
			}
		}
		return object, nil
	}
	return value, nil
}

func (t Template) intrinsic(name string, argument any) (any, error) {
	switch name {
	case "Ref":
		id, is := argument.(string)
		if !is {
			return nil, fmt.Errorf("a Ref to %v, which is no logical id", argument)
		}
		return t.ref(id)
	case "Fn::GetAtt":
		id, attribute, err := getAtt(argument)
		if err != nil {
			return nil, err
		}
		return t.attribute(id, attribute)
	case "Fn::ImportValue":
		export, err := t.Text(argument)
		if err != nil {
			return nil, err
		}
		value, ok := t.Exports[export]
		if !ok {
			return nil, fmt.Errorf("no stack exports %s", export)
		}
		return value, nil
	case "Fn::Join":
		return t.two(name, argument, t.join)
	case "Fn::GetAZs":
		return []any{t.Where.Region + "a", t.Where.Region + "b", t.Where.Region + "c"}, nil
	case "Fn::Select":
		return t.two(name, argument, t.choose)
	case "Fn::Split":
		return t.two(name, argument, t.split)
	}
	return nil, fmt.Errorf("%s: %w", name, ErrUnknown)
}

// getAtt takes both of its forms apart: a list, and one text with a dot.
func getAtt(argument any) (id, attribute string, err error) {
	switch v := argument.(type) {
	case string:
		if id, attribute, is := strings.Cut(v, "."); is {
			return id, attribute, nil
		}
	case []any:
		if len(v) == 2 {
			id, isID := v[0].(string)
			attribute, isName := v[1].(string)
			if isID && isName {
				return id, attribute, nil
			}
		}
	}
	return "", "", fmt.Errorf("Fn::GetAtt: %v names no attribute of a resource", argument)
}

// two are the arguments of a function that has two.
func (t Template) two(name string, argument any, f func([]any) (any, error)) (any, error) {
	list, is := argument.([]any)
	if !is || len(list) != 2 {
		return nil, fmt.Errorf("%s: %v are not two arguments", name, argument)
	}
	return f(list)
}

// list resolves an argument that is one.
func (t Template) list(name string, argument any) ([]any, error) {
	resolved, err := t.Resolve(argument)
	if err != nil {
		return nil, err
	}
	list, is := resolved.([]any)
	if !is {
		return nil, fmt.Errorf("%s: %v is no list", name, resolved)
	}
	return list, nil
}

func (t Template) join(arguments []any) (any, error) {
	list, err := t.list("Fn::Join", arguments[1])
	if err != nil {
		return nil, err
	}
	var parts []string
	for _, part := range list {
		parts = append(parts, fmt.Sprint(part))
	}
	return strings.Join(parts, fmt.Sprint(arguments[0])), nil
}

func (t Template) split(arguments []any) (any, error) {
	text, err := t.Text(arguments[1])
	if err != nil {
		return nil, err
	}
	var list []any
	for _, part := range strings.Split(text, fmt.Sprint(arguments[0])) {
		list = append(list, part)
	}
	return list, nil
}

func (t Template) choose(arguments []any) (any, error) {
	var at int
	if _, err := fmt.Sscan(fmt.Sprint(arguments[0]), &at); err != nil {
		return nil, fmt.Errorf("Fn::Select: %w", err)
	}
	choices, err := t.list("Fn::Select", arguments[1])
	if err != nil {
		return nil, err
	}
	if at >= 0 && at < len(choices) {
		return choices[at], nil
	}
	return nil, fmt.Errorf("Fn::Select: there is no value %d", at)
}

// ref is what Ref gives: the physical name, for some types the ARN.
func (t Template) ref(id string) (any, error) {
	switch id {
	case "AWS::Partition":
		return t.Where.Partition, nil
	case "AWS::Region":
		return t.Where.Region, nil
	case "AWS::AccountId":
		return t.Where.Account, nil
	case "AWS::URLSuffix":
		if t.Where.Partition == "aws-cn" {
			return "amazonaws.com.cn", nil
		}
		return "amazonaws.com", nil
	case "AWS::StackName":
		return t.stack(), nil
	}
	if made, ok := t.Made[id]; ok {
		return made, nil
	}
	r, ok := t.Resources[id]
	if !ok {
		return nil, fmt.Errorf("there is no resource %s", id)
	}
	switch r.Type {
	case "AWS::Lambda::Version":
		function, err := t.Text(r.Properties["FunctionName"])
		return t.arn("lambda", "function:"+function+":1"), err
	case "AWS::SNS::Topic", "AWS::StepFunctions::StateMachine":
		return t.attribute(id, "Arn")
	case "AWS::SQS::Queue":
		name, err := t.name(id)
		return "https://sqs." + t.Where.Region + ".amazonaws.com/" + t.Where.Account + "/" + name, err
	case "AWS::KMS::Key":
		return keyID(id), nil
	case "AWS::EC2::VPC":
		return "vpc-0" + digits(id, 16), nil
	case "AWS::EC2::Subnet":
		return "subnet-0" + digits(id, 16), nil
	case "AWS::EC2::RouteTable":
		return "rtb-0" + digits(id, 16), nil
	case "AWS::EC2::VPCEndpoint":
		return "vpce-0" + digits(id, 16), nil
	case "AWS::EC2::SecurityGroup":
		return t.attribute(id, "GroupId")
	case "AWS::Backup::BackupPlan", "AWS::Backup::BackupSelection": // ids that AWS makes up
		return keyID(t.stack() + id), nil
	}
	return t.name(id)
}

// Attribute is the text that Fn::GetAtt gives.
func (t Template) Attribute(id, name string) (string, error) {
	return t.Text(map[string]any{"Fn::GetAtt": []any{id, name}})
}

// attribute is what Fn::GetAtt gives.
func (t Template) attribute(id, name string) (any, error) {
	r, ok := t.Resources[id]
	if !ok {
		return nil, fmt.Errorf("there is no resource %s", id)
	}
	if r.Type == "AWS::EC2::SecurityGroup" && name == "GroupId" {
		return "sg-0" + digits(id, 16), nil
	}
	physical, err := t.name(id)
	if err != nil {
		return nil, err
	}
	switch r.Type + "." + name {
	case "AWS::KMS::Key.Arn":
		return t.arn("kms", "key/"+keyID(id)), nil
	case "AWS::IAM::Role.Arn":
		return "arn:" + t.Where.Partition + ":iam::" + t.Where.Account + ":role/" + physical, nil
	case "AWS::S3::Bucket.Arn":
		return "arn:" + t.Where.Partition + ":s3:::" + physical, nil
	case "AWS::SQS::Queue.Arn":
		return t.arn("sqs", physical), nil
	case "AWS::SQS::Queue.QueueName", "AWS::SNS::Topic.TopicName", "AWS::StepFunctions::StateMachine.Name":
		return physical, nil
	case "AWS::SNS::Topic.Arn":
		return t.arn("sns", physical), nil
	case "AWS::DynamoDB::Table.Arn":
		return t.arn("dynamodb", "table/"+physical), nil
	case "AWS::Logs::LogGroup.Arn":
		return t.arn("logs", "log-group:"+physical+":*"), nil
	case "AWS::Lambda::Function.Arn":
		return t.arn("lambda", "function:"+physical), nil
	case "AWS::StepFunctions::StateMachine.Arn":
		return t.arn("states", "stateMachine:"+physical), nil
	case "AWS::Scheduler::Schedule.Arn":
		group, err := t.Text(r.Properties["GroupName"])
		return t.arn("scheduler", "schedule/"+group+"/"+physical), err
	case "AWS::Backup::BackupVault.BackupVaultName", "AWS::Backup::LogicallyAirGappedBackupVault.BackupVaultName":
		return physical, nil
	case "AWS::Backup::BackupVault.BackupVaultArn", "AWS::Backup::LogicallyAirGappedBackupVault.BackupVaultArn":
		return t.arn("backup", "backup-vault:"+physical), nil
	case "AWS::Backup::BackupPlan.BackupPlanId", "AWS::Backup::BackupSelection.SelectionId", "AWS::Backup::BackupSelection.Id":
		return t.ref(id)
	case "AWS::Backup::BackupPlan.BackupPlanArn":
		return t.arn("backup", "backup-plan:"+keyID(t.stack()+id)), nil
	case "AWS::Events::Rule.Arn":
		return t.arn("events", "rule/"+physical), nil
	case "AWS::CloudWatch::Alarm.Arn", "AWS::CloudWatch::CompositeAlarm.Arn":
		return t.arn("cloudwatch", "alarm:"+physical), nil
	}
	return nil, fmt.Errorf("%s of a %s: %w", name, r.Type, ErrUnknown)
}

// named are the properties that give a resource its physical name.
var named = []string{
	"FunctionName", "RoleName", "BucketName", "TableName", "TopicName", "QueueName", "StateMachineName", "LogGroupName", "DBSubnetGroupName",
	"AlarmName", "DashboardName", "AliasName", "BackupVaultName", "GroupName", "Name",
}

// name is the physical name: its own, or one that CloudFormation makes of the
// logical id.
func (t Template) name(id string) (string, error) {
	r := t.Resources[id]
	for _, property := range named {
		// A security group's GroupName is no name of AWS's, a schedule's is its group's.
		if value, ok := r.Properties[property]; ok && !(property == "GroupName" && (r.Type == "AWS::EC2::SecurityGroup" || r.Type == "AWS::Scheduler::Schedule")) {
			return t.Text(value)
		}
	}
	made := t.stack() + "-" + id
	if most := 64; r.Type == "AWS::Scheduler::Schedule" && len(made) > most { // CloudFormation keeps to the type's limit
		made = made[:most-13] + "-" + digits(id, 12)
	}
	if r.Type == "AWS::S3::Bucket" { // whose names have no capital letters
		made = strings.ToLower(made)
	}
	return made, nil
}

func (t Template) stack() string { return cmp.Or(t.Name, "stack") }

// ARN of a resource where the stack is.
func (t Template) ARN(service, resource string) string { return t.arn(service, resource) }

func (t Template) arn(service, resource string) string {
	return strings.Join([]string{"arn", t.Where.Partition, service, t.Where.Region, t.Where.Account, resource}, ":")
}
