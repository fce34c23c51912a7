package authz

import (
	"cmp"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// protocol in which a call says its parameters.
type protocol int

const (
	asJSON protocol = iota
	query
	asCBOR
	rest
)

// row is what IAM is asked when an operation is called. What it says is from the
// page of the Service Authorization Reference of its service,
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
type row struct {
	protocol protocol
	// action as IAM has it; empty: as the call is named.
	action string
	// on are the resources that the call is authorised on, all of them; nil: "*".
	on func(*request) []string
	// tells is what the request tells; nil: nothing.
	tells func(*request) map[string]any
	// asks is instead of the others, where a call is several actions.
	asks func(*request, Facts) ([]Question, error)
}

// Calls are the operations of which the table knows what IAM is asked, as
// service:Operation, sorted.
func Calls() []string { return slices.Sorted(maps.Keys(calls)) }

var calls = map[string]row{
	// list_amazonrds.html
	"rds:DescribeDBInstances":                {protocol: query, on: rdsNamed("db", "DBInstanceIdentifier", "*")},
	"rds:DescribeDBSnapshots":                {protocol: query, on: rdsSnapshots},
	"rds:DescribeDBInstanceAutomatedBackups": {protocol: query, on: rdsBackups},
	"rds:DescribeDBSubnetGroups":             {protocol: query, on: rdsNamed("subgrp", "DBSubnetGroupName", "*")},
	"rds:DescribeDBParameterGroups":          {protocol: query, on: rdsNamed("pg", "DBParameterGroupName", "*")},
	"rds:DescribeOptionGroups":               {protocol: query, on: rdsNamed("og", "OptionGroupName", "*")},
	"rds:DescribeDBSnapshotAttributes":       {protocol: query, on: rdsNamed("snapshot", "DBSnapshotIdentifier", "")},
	"rds:DescribeAccountAttributes":          {protocol: query},
	"rds:DescribeDBMajorEngineVersions":      {protocol: query},
	"rds:DescribeDBEngineVersions":           {protocol: query},
	"rds:DescribeOrderableDBInstanceOptions": {protocol: query},
	"rds:DescribeEvents":                     {protocol: query},
	"rds:RestoreDBInstanceFromDBSnapshot":    {protocol: query, on: rdsFromSnapshot, tells: rdsRequest},
	"rds:RestoreDBInstanceToPointInTime":     {protocol: query, on: rdsToPointInTime, tells: rdsRequest},
	"rds:ModifyDBInstance":                   {protocol: query, on: rdsModify, tells: rdsRequest},
	"rds:PromoteReadReplica":                 {protocol: query, on: rdsNamed("db", "DBInstanceIdentifier", "")},
	"rds:DeleteDBInstance":                   {protocol: query, on: rdsNamed("db", "DBInstanceIdentifier", "")},
	"rds:DeleteDBSnapshot":                   {protocol: query, on: rdsNamed("snapshot", "DBSnapshotIdentifier", "")},
	"rds:DeleteDBInstanceAutomatedBackup":    {protocol: query, on: rdsDeleteBackup},
	"rds:ListTagsForResource":                {protocol: query, on: param("ResourceName")},
	"rds:AddTagsToResource":                  {protocol: query, on: param("ResourceName"), tells: rdsRequest},
	"rds:RemoveTagsFromResource":             {protocol: query, on: param("ResourceName"), tells: rdsRequest},

	// list_amazondynamodb.html
	"dynamodb:GetItem":            {asks: dynamodbOne("GetItem")},
	"dynamodb:PutItem":            {asks: dynamodbOne("PutItem")},
	"dynamodb:UpdateItem":         {asks: dynamodbOne("UpdateItem")},
	"dynamodb:DeleteItem":         {asks: dynamodbOne("DeleteItem")},
	"dynamodb:Query":              {asks: dynamodbQuery},
	"dynamodb:BatchGetItem":       {asks: dynamodbBatch},
	"dynamodb:BatchWriteItem":     {asks: dynamodbBatch},
	"dynamodb:TransactWriteItems": {asks: dynamodbTransact},

	// list_amazons3.html, and which operation needs which action:
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
	"s3:PutObject":          {protocol: rest, action: "s3:PutObject", on: s3Object, tells: s3Request},
	"s3:GetObject":          {protocol: rest, asks: s3Version("s3:GetObject", "s3:GetObjectVersion")},
	"s3:HeadObject":         {protocol: rest, asks: s3Version("s3:GetObject", "s3:GetObjectVersion")},
	"s3:DeleteObject":       {protocol: rest, asks: s3Delete},
	"s3:ListObjectsV2":      {protocol: rest, action: "s3:ListBucket", on: s3Bucket, tells: s3Request},
	"s3:ListObjectVersions": {protocol: rest, action: "s3:ListBucketVersions", on: s3Bucket, tells: s3Request},
	"s3:GetObjectRetention": {protocol: rest, action: "s3:GetObjectRetention", on: s3Object, tells: s3Request},
	"s3:GetBucketPolicy":    {protocol: rest, action: "s3:GetBucketPolicy", on: s3Bucket, tells: s3Request},

	"s3:GetBucketVersioning":                {protocol: rest, action: "s3:GetBucketVersioning", on: s3Bucket, tells: s3Request},
	"s3:GetObjectLockConfiguration":         {protocol: rest, action: "s3:GetBucketObjectLockConfiguration", on: s3Bucket, tells: s3Request},
	"s3:GetBucketNotificationConfiguration": {protocol: rest, action: "s3:GetBucketNotification", on: s3Bucket, tells: s3Request},

	// list_awskeymanagementservice.html
	"kms:DescribeKey":          {asks: kmsKey},
	"kms:CreateGrant":          {asks: kmsKey},
	"kms:GetKeyPolicy":         {asks: kmsKey},
	"kms:GetKeyRotationStatus": {asks: kmsKey},

	// list_awssecretsmanager.html
	"secretsmanager:GetSecretValue": {on: secret, tells: secretRequest},
	"secretsmanager:DescribeSecret": {on: secret, tells: secretRequest},
	"secretsmanager:CreateSecret":   {asks: createSecret},
	"secretsmanager:PutSecretValue": {on: secret, tells: secretRequest},
	"secretsmanager:RestoreSecret":  {on: secret, tells: secretRequest},
	"secretsmanager:DeleteSecret":   {on: secret, tells: secretRequest},

	// list_awssystemsmanager.html
	"ssm:PutParameter":        {asks: putParameter},
	"ssm:GetParameter":        {on: parameter("Name")},
	"ssm:DeleteParameter":     {on: parameter("Name")},
	"ssm:ListTagsForResource": {on: parameter("ResourceId")},

	// list_amazonelasticcontainerregistry.html
	"ecr:DescribeImages": {on: func(r *request) []string {
		return []string{wire.ARN("ecr", r.Region, cmp.Or(r.text("registryId"), r.Account), "repository/"+r.text("repositoryName"))}
	}},

	// list_awsstepfunctions.html
	"states:StartExecution":       {on: machine, tells: qualifier},
	"states:StopExecution":        {on: param("executionArn")},
	"states:DescribeExecution":    {on: param("executionArn")},
	"states:GetExecutionHistory":  {on: param("executionArn")},
	"states:ListExecutions":       {on: machine, tells: qualifier},
	"states:DescribeStateMachine": {on: machine, tells: qualifier},
	"states:SendTaskSuccess":      {},
	"states:SendTaskFailure":      {},
	"states:SendTaskHeartbeat":    {},

	// These two name no resource. A role that is given is passed besides.
	// https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html#test-state-permissions
	"states:TestState":                      {asks: testState},
	"states:ValidateStateMachineDefinition": {},

	// list_amazonsns.html
	"sns:Publish":                  {protocol: query, on: param("TopicArn", "TargetArn")},
	"sns:ListSubscriptionsByTopic": {protocol: query, on: param("TopicArn")},
	"sns:GetTopicAttributes":       {protocol: query, on: param("TopicArn")},
	"sns:ListTopics":               {protocol: query},

	// list_awssecuritytokenservice.html
	"sts:GetCallerIdentity": {protocol: query, asks: nothing},
	"sts:AssumeRole":        {protocol: query, on: param("RoleArn"), tells: assume},

	// list_awslambda.html
	"lambda:Invoke":             {protocol: rest, action: "lambda:InvokeFunction", on: function},
	"lambda:GetPolicy":          {protocol: rest, on: function},
	"lambda:GetAccountSettings": {protocol: rest},

	// list_awsidentityandaccessmanagement.html
	"iam:GetRole":                  {protocol: query, on: iamRole},
	"iam:GetRolePolicy":            {protocol: query, on: iamRole},
	"iam:ListRolePolicies":         {protocol: query, on: iamRole},
	"iam:ListAttachedRolePolicies": {protocol: query, on: iamRole},
	"iam:SimulatePrincipalPolicy":  {protocol: query, on: param("PolicySourceArn")},

	// list_awscloudformation.html; a stack is known by its name, whatever its id
	"cloudformation:DescribeStacks":     {protocol: query, on: cfnStack},
	"cloudformation:GetTemplate":        {protocol: query, on: cfnStack},
	"cloudformation:ListStackResources": {protocol: query, on: cfnStack},

	// list_amazoneventbridge.html
	"events:PutEvents":         {asks: putEvents},
	"events:DescribeRule":      {on: func(r *request) []string { return []string{r.arn("events", "rule/"+r.text("Name"))} }},
	"events:ListTargetsByRule": {on: func(r *request) []string { return []string{r.arn("events", "rule/"+r.text("Rule"))} }},

	// list_amazoncloudwatch.html; the service signs as monitoring
	"monitoring:PutMetricData": {protocol: asCBOR, action: "cloudwatch:PutMetricData", tells: func(r *request) map[string]any {
		return map[string]any{"cloudwatch:namespace": r.text("Namespace")}
	}},
	"monitoring:GetMetricData":  {protocol: asCBOR, action: "cloudwatch:GetMetricData"},
	"monitoring:DescribeAlarms": {protocol: asCBOR, action: "cloudwatch:DescribeAlarms", on: alarms},
	"monitoring:SetAlarmState": {protocol: asCBOR, action: "cloudwatch:SetAlarmState", on: func(r *request) []string {
		return []string{r.arn("cloudwatch", "alarm:"+r.text("AlarmName"))}
	}},
	"monitoring:PutMetricAlarm": {protocol: asCBOR, asks: putAlarm},
	"monitoring:GetDashboard": {protocol: asCBOR, action: "cloudwatch:GetDashboard", on: func(r *request) []string {
		return []string{wire.GlobalARN("cloudwatch", r.Region, r.Account, "dashboard/"+r.text("DashboardName"))}
	}},
	"monitoring:ListDashboards": {protocol: asCBOR, action: "cloudwatch:ListDashboards"},

	// list_amazoneventbridgescheduler.html
	"scheduler:GetSchedule": {protocol: rest, on: func(r *request) []string {
		return []string{r.arn("scheduler", "schedule/"+cmp.Or(r.HTTP.URL.Query().Get("groupName"), "default")+"/"+r.path[1])}
	}},
	"scheduler:ListSchedules": {protocol: rest},

	// list_awsbackup.html
	"backup:ListRecoveryPointsByResource":       {protocol: rest},
	"backup:ListRecoveryPointsByBackupVault":    {protocol: rest, on: backupVault},
	"backup:ListBackupVaults":                   {protocol: rest},
	"backup:DescribeBackupVault":                {protocol: rest, on: backupVault},
	"backup:GetBackupVaultAccessPolicy":         {protocol: rest, on: backupVault},
	"backup:GetBackupVaultNotifications":        {protocol: rest, on: backupVault},
	"backup:ListBackupPlans":                    {protocol: rest},
	"backup:GetBackupPlan":                      {protocol: rest, on: backupPlan},
	"backup:ListBackupSelections":               {protocol: rest, on: backupPlan},
	"backup:GetBackupSelection":                 {protocol: rest, on: backupPlan},
	"backup:ListBackupJobs":                     {protocol: rest},
	"backup:DescribeBackupJob":                  {protocol: rest},
	"backup:StartBackupJob":                     {protocol: rest, asks: startBackupJob},
	"backup:ListCopyJobs":                       {protocol: rest},
	"backup:DescribeCopyJob":                    {protocol: rest},
	"backup:DescribeGlobalSettings":             {protocol: rest},
	"backup:DescribeRecoveryPoint":              {protocol: rest, on: func(r *request) []string { return []string{r.path[3]} }},
	"backup:DeleteRecoveryPoint":                {protocol: rest, on: func(r *request) []string { return []string{r.path[3]} }},
	"backup:DeleteBackupVaultLockConfiguration": {protocol: rest, on: backupVault},
	"backup:DescribeRegionSettings":             {protocol: rest},
	"backup:ListRestoreJobs":                    {protocol: rest},

	// list_amazonroute53.html, list_amazonelasticcontainerservice.html,
	// list_amazonec2autoscaling.html
	"route53:GetHealthCheck":                {protocol: rest, on: func(r *request) []string { return []string{route53ARN(r, "healthcheck/"+r.path[2])} }},
	"route53:ListResourceRecordSets":        {protocol: rest, on: func(r *request) []string { return []string{route53ARN(r, "hostedzone/"+r.path[2])} }},
	"ecs:DescribeServices":                  {on: ecsServices},
	"autoscaling:DescribeAutoScalingGroups": {protocol: query},

	// list_amazonsqs.html
	"sqs:SendMessage":        {on: queue},
	"sqs:ReceiveMessage":     {on: queue},
	"sqs:DeleteMessage":      {on: queue},
	"sqs:GetQueueAttributes": {on: queue},
	"sqs:GetQueueUrl":        {on: func(r *request) []string { return []string{r.arn("sqs", r.text("QueueName"))} }},
}

// route53ARN has neither region nor account.
func route53ARN(r *request, resource string) string {
	return "arn:" + wire.Partition(r.Region) + ":route53:::" + resource
}

// ecsServices by their ARNs, or by their names in a cluster.
func ecsServices(r *request) (list []string) {
	cluster := cmp.Or(r.text("cluster"), "default")
	cluster = cluster[strings.LastIndexByte(cluster, '/')+1:]
	names, _ := r.body["services"].([]any)
	for _, name := range textsOf(names) {
		if !strings.HasPrefix(name, "arn:") {
			name = r.arn("ecs", "service/"+cluster+"/"+name)
		}
		list = append(list, name)
	}
	return list
}

// alarms by their names, or all of them.
func alarms(r *request) (list []string) {
	names, _ := r.body["AlarmNames"].([]any)
	for _, name := range textsOf(names) {
		list = append(list, r.arn("cloudwatch", "alarm:"+name))
	}
	if list == nil {
		list = []string{r.arn("cloudwatch", "alarm:*")}
	}
	return list
}

// nothing is asked: no permission is needed.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func nothing(*request, Facts) ([]Question, error) { return nil, nil }

// param is an ARN in the first of some parameters that is there.
func param(names ...string) func(*request) []string {
	return func(r *request) []string {
		for _, name := range names {
			if arn := r.text(name); arn != "" {
				return []string{arn}
			}
		}
		return nil
	}
}

func textsOf(values []any) (texts []string) {
	for _, value := range values {
		if text, ok := value.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// secret: a name is an ARN without the six characters at its end.
func secret(r *request) []string {
	id := r.text("SecretId")
	if id == "" || strings.HasPrefix(id, "arn:") {
		return []string{id}
	}
	return []string{r.arn("secretsmanager", "secret:"+id+"-??????")}
}

func secretRequest(r *request) map[string]any {
	context := map[string]any{"secretsmanager:SecretId": r.text("SecretId")}
	for _, name := range []string{"VersionId", "VersionStage"} {
		if value := r.text(name); value != "" {
			context["secretsmanager:"+name] = value
		}
	}
	if r.Operation == "GetSecretValue" && r.text("VersionId") == "" {
		context["secretsmanager:VersionStage"] = cmp.Or(r.text("VersionStage"), "AWSCURRENT")
	}
	return context
}

// machine is authorised by its unqualified ARN.
// https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
func machine(r *request) []string {
	arn := r.text("stateMachineArn")
	if parts := strings.Split(arn, ":"); len(parts) == 8 {
		arn = strings.Join(parts[:7], ":")
	}
	return []string{arn}
}

func testState(r *request, f Facts) ([]Question, error) {
	list := []Question{r.question("states:TestState", "*", f, nil)}
	if role := r.text("roleArn"); role != "" {
		list = append(list, r.question("iam:PassRole", role, f, map[string]any{"iam:PassedToService": "states.amazonaws.com"}))
	}
	if reveal, _ := r.body["revealSecrets"].(bool); reveal {
		list = append(list, r.question("states:RevealSecrets", "*", f, nil))
	}
	return list, nil
}

func qualifier(r *request) map[string]any {
	if parts := strings.Split(r.text("stateMachineArn"), ":"); len(parts) == 8 {
		return map[string]any{"states:StateMachineQualifier": parts[7]}
	}
	return nil
}

func assume(r *request) map[string]any {
	context := map[string]any{"sts:RoleSessionName": r.text("RoleSessionName")}
	if id := r.text("ExternalId"); id != "" {
		context["sts:ExternalId"] = id
	}
	return context
}

func iamRole(r *request) []string { return []string{roleARN(r, r.text("RoleName"))} }

func cfnStack(r *request) []string {
	return []string{r.arn("cloudformation", "stack/"+cmp.Or(r.text("StackName"), "*")+"/*")}
}

func roleARN(r *request, name string) string {
	// The path of a service-linked role follows from its name, others here have none.
	if name == "AWSServiceRoleForRDS" {
		name = "aws-service-role/rds.amazonaws.com/" + name
	}
	return wire.GlobalARN("iam", r.Region, r.Account, "role/"+name)
}

var functionRE = regexp.MustCompile(`^(?:arn:aws[a-z-]*:lambda:([a-z0-9-]+):)?(?:([0-9]{12}):)?(?:function:)?([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$`)

// function by its name, its partial or its whole ARN, with the qualifier.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
func function(r *request) []string {
	part := functionRE.FindStringSubmatch(r.path[2])
	if part == nil {
		return nil
	}
	arn := wire.ARN("lambda", cmp.Or(part[1], r.Region), cmp.Or(part[2], r.Account), "function:"+part[3])
	if qualifier := cmp.Or(part[4], r.HTTP.URL.Query().Get("Qualifier")); qualifier != "" {
		arn += ":" + qualifier
	}
	return []string{arn}
}

// putEvents is authorised on each bus, for each source and detail type.
func putEvents(r *request, f Facts) ([]Question, error) {
	entries, _ := r.body["Entries"].([]any)
	var list []Question
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		bus, _ := entry["EventBusName"].(string)
		bus = cmp.Or(bus, "default")
		if !strings.HasPrefix(bus, "arn:") {
			bus = r.arn("events", "event-bus/"+bus)
		}
		list = append(list, r.question("events:PutEvents", bus, f, map[string]any{"events:source": entry["Source"], "events:detail-type": entry["DetailType"]}))
	}
	return list, nil
}

// queue by its URL: https://sqs.<region>.amazonaws.com/<account>/<name>.
func queue(r *request) []string {
	u, err := url.Parse(r.text("QueueUrl"))
	if err != nil {
		return nil
	}
	account, name, ok := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if !ok {
		return nil
	}
	return []string{wire.ARN("sqs", r.Region, account, name)}
}
