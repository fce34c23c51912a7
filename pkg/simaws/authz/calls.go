package authz

import (
	"cmp"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

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
	"rds:DescribeEvents":                     {protocol: query},
	"rds:RestoreDBInstanceFromDBSnapshot":    {protocol: query, on: rdsFromSnapshot, tells: rdsRequest},
	"rds:RestoreDBInstanceToPointInTime":     {protocol: query, on: rdsToPointInTime, tells: rdsRequest},
	"rds:ModifyDBInstance":                   {protocol: query, on: rdsModify, tells: rdsRequest},
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

	// list_awskeymanagementservice.html
	"kms:DescribeKey": {asks: kmsKey},
	"kms:CreateGrant": {asks: kmsKey},

	// list_awssecretsmanager.html
	"secretsmanager:GetSecretValue": {on: secret, tells: secretRequest},
	"secretsmanager:DescribeSecret": {on: secret, tells: secretRequest},

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

	// list_amazonsns.html
	"sns:Publish":                  {protocol: query, on: param("TopicArn", "TargetArn")},
	"sns:ListSubscriptionsByTopic": {protocol: query, on: param("TopicArn")},
	"sns:GetTopicAttributes":       {protocol: query, on: param("TopicArn")},
	"sns:ListTopics":               {protocol: query},

	// list_awssecuritytokenservice.html
	"sts:GetCallerIdentity": {protocol: query, asks: nothing},
	"sts:AssumeRole":        {protocol: query, on: param("RoleArn"), tells: assume},

	// list_awslambda.html
	"lambda:Invoke": {protocol: rest, action: "lambda:InvokeFunction", on: function},

	// list_awsidentityandaccessmanagement.html
	"iam:GetRole": {protocol: query, on: func(r *request) []string {
		return []string{roleARN(r, r.text("RoleName"))}
	}},

	// list_amazoneventbridge.html
	"events:PutEvents": {asks: putEvents},

	// list_amazoncloudwatch.html; the service signs as monitoring
	"monitoring:PutMetricData": {protocol: asCBOR, action: "cloudwatch:PutMetricData", tells: func(r *request) map[string]any {
		return map[string]any{"cloudwatch:namespace": r.text("Namespace")}
	}},
	"monitoring:GetMetricData":  {protocol: asCBOR, action: "cloudwatch:GetMetricData"},
	"monitoring:DescribeAlarms": {protocol: asCBOR, action: "cloudwatch:DescribeAlarms", on: alarms},
	"monitoring:SetAlarmState": {protocol: asCBOR, action: "cloudwatch:SetAlarmState", on: func(r *request) []string {
		return []string{r.arn("cloudwatch", "alarm:"+r.text("AlarmName"))}
	}},
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
	"backup:ListRecoveryPointsByResource":    {protocol: rest},
	"backup:ListRecoveryPointsByBackupVault": {protocol: rest, on: func(r *request) []string { return []string{r.arn("backup", "backup-vault:"+r.path[1])} }},
	"backup:DescribeRecoveryPoint":           {protocol: rest, on: func(r *request) []string { return []string{r.path[3]} }},
	"backup:DescribeRegionSettings":          {protocol: rest},
	"backup:ListRestoreJobs":                 {protocol: rest},

	// list_amazonsqs.html
	"sqs:SendMessage":        {on: queue},
	"sqs:ReceiveMessage":     {on: queue},
	"sqs:DeleteMessage":      {on: queue},
	"sqs:GetQueueAttributes": {on: queue},
	"sqs:GetQueueUrl":        {on: func(r *request) []string { return []string{r.arn("sqs", r.text("QueueName"))} }},
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

// rdsARN is that of a name; names are not case-sensitive, and may be ARNs.
func (r *request) rdsARN(kind, name string) string {
	if name == "" || strings.HasPrefix(name, "arn:") {
		return name
	}
	return r.arn("rds", kind+":"+strings.ToLower(name))
}

// rdsNamed is what a parameter names; otherwise is for a request without it.
func rdsNamed(kind, parameter, otherwise string) func(*request) []string {
	return func(r *request) []string {
		return []string{r.rdsARN(kind, cmp.Or(r.text(parameter), otherwise))}
	}
}

// rdsSnapshots: which of the action's two resource types a request with an
// instance is authorised on no page says; here it is both.
func rdsSnapshots(r *request) []string {
	return []string{r.rdsARN("snapshot", cmp.Or(r.text("DBSnapshotIdentifier"), "*")), r.rdsARN("db", r.text("DBInstanceIdentifier"))}
}

// rdsBackups: the same.
func rdsBackups(r *request) []string {
	return []string{r.rdsARN("auto-backup", cmp.Or(r.text("DBInstanceAutomatedBackupsArn"), "*")), r.rdsARN("db", r.text("DBInstanceIdentifier"))}
}

// rdsDeleteBackup: by its resource id no ARN is known.
func rdsDeleteBackup(r *request) []string {
	return []string{r.rdsARN("auto-backup", cmp.Or(r.text("DBInstanceAutomatedBackupsArn"), "*"))}
}

// rdsWith are the groups of a copy. Without a group it gets the default one of
// its engine, whose whole name the request does not tell.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ResourcePermissions.html
func rdsWith(r *request) []string {
	return []string{
		r.rdsARN("subgrp", cmp.Or(r.text("DBSubnetGroupName"), "default")),
		r.rdsARN("pg", cmp.Or(r.text("DBParameterGroupName"), "default.any")),
		r.rdsARN("og", cmp.Or(r.text("OptionGroupName"), "default:any")),
	}
}

func rdsFromSnapshot(r *request) []string {
	return append([]string{
		r.rdsARN("db", r.text("DBInstanceIdentifier")),
		r.rdsARN("snapshot", r.text("DBSnapshotIdentifier")), r.rdsARN("cluster-snapshot", r.text("DBClusterSnapshotIdentifier")),
	}, rdsWith(r)...)
}

func rdsToPointInTime(r *request) []string {
	list := []string{
		r.rdsARN("db", r.text("TargetDBInstanceIdentifier")),
		r.rdsARN("db", r.text("SourceDBInstanceIdentifier")), r.rdsARN("auto-backup", r.text("SourceDBInstanceAutomatedBackupsArn")),
	}
	if r.text("SourceDbiResourceId") != "" {
		list = append(list, r.rdsARN("auto-backup", "*")) // which one is not known
	}
	return append(list, rdsWith(r)...)
}

func rdsModify(r *request) []string {
	return []string{
		r.rdsARN("db", r.text("DBInstanceIdentifier")), r.rdsARN("subgrp", r.text("DBSubnetGroupName")),
		r.rdsARN("pg", r.text("DBParameterGroupName")), r.rdsARN("og", r.text("OptionGroupName")),
	}
}

// rdsRequest is what a request of RDS tells.
func rdsRequest(r *request) map[string]any {
	context := map[string]any{}
	for _, name := range []string{"PubliclyAccessible", "ManageMasterUserPassword"} {
		if value := r.text(name); value != "" {
			context["rds:"+name] = value
		}
	}
	keys := r.list("TagKeys.member.%d")
	for i, key := range r.list("Tags.Tag.%d.Key") {
		value := r.form.Get("Tags.Tag." + strconv.Itoa(i+1) + ".Value")
		context["aws:RequestTag/"+key], context["rds:req-tag/"+key] = value, value
		keys = append(keys, key)
	}
	if len(keys) > 0 {
		context["aws:TagKeys"] = keys
	}
	return context
}

func (r *request) table(name string) string {
	if name == "" || strings.HasPrefix(name, "arn:") {
		return name
	}
	return r.arn("dynamodb", "table/"+name)
}

// leading is the partition key's value in an item or a key, where it is known
// which attribute that is.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
func leading(f Facts, table string, items ...any) map[string]any {
	var name string
	if known, ok := f.(interface{ PartitionKey(table string) string }); ok {
		name = known.PartitionKey(table)
	}
	var values []string
	for _, item := range items {
		attributes, _ := item.(map[string]any)
		if name == "" && len(attributes) == 1 {
			for only := range attributes {
				name = only
			}
		}
		typed, _ := attributes[name].(map[string]any)
		for _, value := range typed {
			if text, ok := value.(string); ok && !slices.Contains(values, text) {
				values = append(values, text)
			}
		}
	}
	if len(values) == 0 {
		return nil
	}
	return map[string]any{"dynamodb:LeadingKeys": values}
}

func dynamodbOne(action string) func(*request, Facts) ([]Question, error) {
	return func(r *request, f Facts) ([]Question, error) {
		table := r.table(r.text("TableName"))
		item := r.body["Key"]
		if action == "PutItem" {
			item = r.body["Item"]
		}
		return []Question{r.question("dynamodb:"+action, table, f, leading(f, table, item))}, nil
	}
}

var equalsRE = regexp.MustCompile(`(?i)(#?[A-Za-z0-9_.-]+)\s*=\s*(:[A-Za-z0-9_]+)`)

// dynamodbQuery finds the partition key's value in the condition: the only
// comparison with = that a query must have.
func dynamodbQuery(r *request, f Facts) ([]Question, error) {
	table, resource := r.table(r.text("TableName")), r.table(r.text("TableName"))
	if index := r.text("IndexName"); index != "" {
		resource += "/index/" + index
	}
	names, _ := r.body["ExpressionAttributeNames"].(map[string]any)
	values, _ := r.body["ExpressionAttributeValues"].(map[string]any)
	key := map[string]any{}
	for _, found := range equalsRE.FindAllStringSubmatch(r.text("KeyConditionExpression"), -1) {
		name := found[1]
		if plain, ok := names[name].(string); ok {
			name = plain
		}
		key[name] = values[found[2]]
	}
	return []Question{r.question("dynamodb:Query", resource, f, leading(f, table, key))}, nil
}

// dynamodbBatch is one action on each table.
func dynamodbBatch(r *request, f Facts) ([]Question, error) {
	tables, _ := r.body["RequestItems"].(map[string]any)
	var list []Question
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		var items []any
		of, _ := tables[name].(map[string]any)
		if keys, ok := of["Keys"].([]any); ok {
			items = keys
		}
		writes, _ := tables[name].([]any)
		for _, w := range writes {
			write, _ := w.(map[string]any)
			if put, ok := write["PutRequest"].(map[string]any); ok {
				items = append(items, put["Item"])
			}
			if remove, ok := write["DeleteRequest"].(map[string]any); ok {
				items = append(items, remove["Key"])
			}
		}
		table := r.table(name)
		list = append(list, r.question("dynamodb:"+r.Operation, table, f, leading(f, table, items...)))
	}
	return list, nil
}

// dynamodbTransact has no action of its own: each part needs that of the single
// call.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
func dynamodbTransact(r *request, f Facts) ([]Question, error) {
	items, _ := r.body["TransactItems"].([]any)
	type part struct{ action, table string }
	var order []part
	about := map[part][]any{}
	for _, i := range items {
		item, _ := i.(map[string]any)
		for _, kind := range []string{"ConditionCheck", "Put", "Update", "Delete"} {
			of, ok := item[kind].(map[string]any)
			if !ok {
				continue
			}
			name, _ := of["TableName"].(string)
			p := part{"dynamodb:" + kind + "Item", r.table(name)}
			if about[p] == nil {
				order = append(order, p)
			}
			key := of["Key"]
			if kind == "Put" {
				key = of["Item"]
			}
			about[p] = append(about[p], key)
		}
	}
	var list []Question
	for _, p := range order {
		context := map[string]any{"dynamodb:EnclosingOperation": "TransactWriteItems"}
		maps.Copy(context, leading(f, p.table, about[p]...))
		list = append(list, r.question(p.action, p.table, f, context))
	}
	return list, nil
}

// s3Address finds bucket and key, the bucket in the host or in the path.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
var virtualRE = regexp.MustCompile(`^(.+)\.(?:s3(?:\.dualstack)?(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?|localhost)(?::\d+)?$`)

func (r *request) s3Address() (bucket, key string) {
	u := r.HTTP.URL
	if host := virtualRE.FindStringSubmatch(cmp.Or(r.HTTP.Host, u.Host)); host != nil {
		return host[1], strings.TrimPrefix(u.Path, "/")
	}
	bucket, key, _ = strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return bucket, key
}

func s3Bucket(r *request) []string {
	bucket, _ := r.s3Address()
	return []string{"arn:" + wire.Partition(r.Region) + ":s3:::" + bucket}
}

func s3Object(r *request) []string {
	_, key := r.s3Address()
	return []string{s3Bucket(r)[0] + "/" + key}
}

// s3Request is what headers and parameters tell.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
func s3Request(r *request) map[string]any {
	context := map[string]any{"s3:TlsVersion": "1.3", "s3:ResourceAccount": r.Account}
	for header, key := range map[string]string{
		"X-Amz-Server-Side-Encryption":                "s3:x-amz-server-side-encryption",
		"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": "s3:x-amz-server-side-encryption-aws-kms-key-id",
		"X-Amz-Object-Lock-Mode":                      "s3:object-lock-mode",
		"X-Amz-Object-Lock-Retain-Until-Date":         "s3:object-lock-retain-until-date",
		"If-None-Match":                               "s3:if-none-match",
		"If-Match":                                    "s3:if-match",
	} {
		if value := r.HTTP.Header.Get(header); value != "" {
			context[key] = value
		}
	}
	if until, err := time.Parse(time.RFC3339, r.HTTP.Header.Get("X-Amz-Object-Lock-Retain-Until-Date")); err == nil {
		context["s3:object-lock-remaining-retention-days"] = strconv.Itoa(int(until.Sub(r.Now).Hours() / 24))
	}
	parameters := r.HTTP.URL.Query()
	for _, name := range []string{"prefix", "delimiter", "max-keys"} {
		if parameters.Has(name) {
			context["s3:"+name] = parameters.Get(name)
		}
	}
	if version := parameters.Get("versionId"); version != "" {
		context["s3:versionid"] = version
	}
	return context
}

// s3Version: a version that is named needs another action.
func s3Version(newest, named string) func(*request, Facts) ([]Question, error) {
	return func(r *request, f Facts) ([]Question, error) {
		action := newest
		if r.HTTP.URL.Query().Get("versionId") != "" {
			action = named
		}
		return []Question{r.question(action, s3Object(r)[0], f, s3Request(r))}, nil
	}
}

// s3Delete: going around a retention is an action of its own.
func s3Delete(r *request, f Facts) ([]Question, error) {
	list, err := s3Version("s3:DeleteObject", "s3:DeleteObjectVersion")(r, f)
	if r.HTTP.Header.Get("X-Amz-Bypass-Governance-Retention") == "true" {
		list = append(list, r.question("s3:BypassGovernanceRetention", s3Object(r)[0], f, s3Request(r)))
	}
	return list, err
}

// kmsKey: an alias is looked up among the keys of the tests' cloud.
func kmsKey(r *request, f Facts) ([]Question, error) {
	id := r.text("KeyId")
	context := map[string]any{}
	key := id
	if alias := aliasOf(id); alias != "" {
		context["kms:RequestAlias"] = alias
		known, ok := f.(interface{ KeyOfAlias(arn string) string })
		if !ok {
			return nil, wire.Unknown("authz: kms %s: %s: which key the alias stands for nobody says", r.Operation, id)
		}
		arn := id
		if !strings.HasPrefix(id, "arn:") {
			arn = r.arn("kms", id)
		}
		if key = known.KeyOfAlias(arn); key == "" {
			return nil, nil // there is no such alias, and no key to ask of: the service says so
		}
	} else if !strings.HasPrefix(id, "arn:") {
		key = r.arn("kms", "key/"+id)
	}
	if r.Operation == "CreateGrant" {
		context["kms:GrantIsForAWSResource"] = "false"
		context["kms:GranteePrincipal"] = r.text("GranteePrincipal")
		if operations, ok := r.body["Operations"].([]any); ok {
			context["kms:GrantOperations"] = textsOf(operations)
		}
	}
	q := r.question("kms:"+r.Operation, key, f, context)
	addAliases(f, &q)
	return []Question{q}, nil
}

// aliasOf is the alias in a key's name; "" where it names no alias.
func aliasOf(id string) string {
	if i := strings.Index(id, "alias/"); i == 0 || i > 0 && id[i-1] == ':' {
		return id[i:]
	}
	return ""
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
