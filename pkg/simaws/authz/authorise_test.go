package authz_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	simkms "github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

const (
	table = "arn:aws:dynamodb:" + region + ":" + account + ":table/records"
	topic = "arn:aws:sns:" + region + ":" + account + ":alerts"
)

// facts of the test's cloud.
type facts struct {
	keys    map[string]string            // by ARN
	aliases map[string][]string          // of a key
	tags    map[string]map[string]string // by ARN
	roles   []string                     // that exist
}

func (f facts) Tags(arn string) map[string]string { return f.tags[arn] }
func (f facts) KeyOf(arn string) string           { return f.keys[arn] }
func (f facts) Aliases(key string) []string       { return f.aliases[key] }
func (f facts) HasRole(arn string) bool           { return slices.Contains(f.roles, arn) }
func (f facts) PartitionKey(string) string        { return "pk" }
func (f facts) KeyOfAlias(arn string) string {
	for key, aliases := range f.aliases {
		if slices.ContainsFunc(aliases, func(a string) bool { return strings.HasSuffix(arn, ":"+a) }) {
			return key
		}
	}
	return ""
}

const linkedRole = "arn:aws:iam::" + account + ":role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"

// world is a small cloud, of which one role has the given statements.
type world struct {
	aws.Config
	*lab.Cloud
	auth *authz.Authorizer
}

func newWorld(t *testing.T, p policies, f facts) world {
	t.Helper()
	w := world{auth: authz.New(evaluator, p, f)}
	if f.roles == nil {
		f.roles = []string{linkedRole}
		w.auth.Facts = f
	}
	o := lab.Options{}
	o.Clock, o.Authorise = clock.NewVirtual(start), w.auth.Authorise
	w.Cloud = lab.New(o)
	w.IAM.AddLinkedRoleRDS(account)
	w.KMS.AddKey(account, region, simkms.Key{ID: keyARN[strings.LastIndexByte(keyARN, '/')+1:]})
	w.RDS.AddGroups(account, region, []simrds.SubnetGroup{{Name: "isolated", VPC: "vpc-1"}}, []simrds.ParameterGroup{{Name: "default.postgres16", Family: "postgres16"}},
		[]simrds.OptionGroup{{Name: "default:postgres-16", Engine: "postgres", Version: "16"}})
	w.RDS.AddSnapshot(account, region, simrds.Snapshot{Identifier: "nightly", Type: "manual", Instance: "orders", Engine: "postgres", EngineVersion: "16.4", MasterUser: "app", StorageGiB: 20, KMSKey: keyARN, DatabaseTime: start.Add(-time.Hour), Created: start.Add(-time.Hour)})
	w.RDS.AddInstance(account, region, simrds.Instance{Identifier: "orders", Engine: "postgres", EngineVersion: "16.4", MasterUser: "app", StorageGiB: 20, Class: "db.t4g.medium"})
	w.S3.CreateBucket(account, region, "evidence")
	w.DynamoDB.CreateTable(account, region, "records", "pk", "sk")
	w.SNS.AddTopic(account, region, "alerts")
	w.Config = aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: w.Cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
	return w
}

// sight is an error as a caller sees it.
type sight struct {
	code, message string
	status        int
}

func seen(err error) sight {
	var s sight
	var api smithy.APIError
	if errors.As(err, &api) {
		s.code, s.message = api.ErrorCode(), api.ErrorMessage()
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		s.status = response.HTTPStatusCode()
	}
	return s
}

// calls of the tests, by name.
var calls = map[string]func(world) error{
	"restore": func(w world) error {
		_, err := rds.NewFromConfig(w.Config).RestoreDBInstanceFromDBSnapshot(context.Background(), &rds.RestoreDBInstanceFromDBSnapshotInput{
			DBInstanceIdentifier: aws.String("lifeboat-x"), DBSnapshotIdentifier: aws.String("nightly"), DBInstanceClass: aws.String("db.t4g.medium"),
			DBSubnetGroupName: aws.String("isolated"), PubliclyAccessible: aws.Bool(false), Tags: []rdstypes.Tag{{Key: aws.String("lifeboat"), Value: aws.String("prod")}},
		})
		return err
	},
	"password": func(w world) error {
		_, err := rds.NewFromConfig(w.Config).ModifyDBInstance(context.Background(), &rds.ModifyDBInstanceInput{DBInstanceIdentifier: aws.String("orders"), ManageMasterUserPassword: aws.Bool(true)})
		return err
	},
	"delete": func(w world) error {
		_, err := rds.NewFromConfig(w.Config).DeleteDBInstance(context.Background(), &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("orders"), SkipFinalSnapshot: aws.Bool(true)})
		return err
	},
	"list": func(w world) error {
		_, err := rds.NewFromConfig(w.Config).DescribeDBInstances(context.Background(), &rds.DescribeDBInstancesInput{})
		return err
	},
	"put": func(w world) error {
		_, err := s3.NewFromConfig(w.Config).PutObject(context.Background(), &s3.PutObjectInput{
			Bucket: aws.String("evidence"), Key: aws.String("drill.json"), Body: strings.NewReader("{}"), ChecksumAlgorithm: s3types.ChecksumAlgorithmSha256,
			ObjectLockMode: s3types.ObjectLockModeGovernance, ObjectLockRetainUntilDate: aws.Time(start.AddDate(0, 0, 30)),
		})
		return err
	},
	"get": func(w world) error {
		_, err := s3.NewFromConfig(w.Config).GetObject(context.Background(), &s3.GetObjectInput{Bucket: aws.String("evidence"), Key: aws.String("drill.json")})
		return err
	},
	"record": func(w world) error {
		_, err := dynamodb.NewFromConfig(w.Config).TransactWriteItems(context.Background(), &dynamodb.TransactWriteItemsInput{TransactItems: []dbtypes.TransactWriteItem{
			{Put: &dbtypes.Put{TableName: aws.String("records"), Item: item("a")}}, {Delete: &dbtypes.Delete{TableName: aws.String("records"), Key: item("b")}},
		}})
		return err
	},
	"publish": func(w world) error {
		_, err := sns.NewFromConfig(w.Config).Publish(context.Background(), &sns.PublishInput{TopicArn: aws.String(topic), Message: aws.String("help")})
		return err
	},
	"measure": func(w world) error {
		_, err := cloudwatch.NewFromConfig(w.Config).PutMetricData(context.Background(), &cloudwatch.PutMetricDataInput{
			Namespace: aws.String("Lifeboat"), MetricData: []cwtypes.MetricDatum{{MetricName: aws.String("RTO"), Value: aws.Float64(1)}},
		})
		return err
	},
	"describe key": func(w world) error {
		_, err := kms.NewFromConfig(w.Config).DescribeKey(context.Background(), &kms.DescribeKeyInput{KeyId: aws.String(keyARN)})
		return err
	},
}

func item(pk string) map[string]dbtypes.AttributeValue {
	return map[string]dbtypes.AttributeValue{"pk": &dbtypes.AttributeValueMemberS{Value: pk}, "sk": &dbtypes.AttributeValueMemberS{Value: "1"}}
}

func TestAuthorise(t *testing.T) {
	const caller = "User: arn:aws:sts::" + account + ":assumed-role/tester/simaws is not authorized to perform: "
	encrypted := facts{keys: map[string]string{rdsARN + "snapshot:nightly": keyARN, bucket: keyARN, table: keyARN, topic: keyARN}}
	viaRDS := `{"StringEquals":{"kms:ViaService":"rds.` + region + `.amazonaws.com"}}`
	restores := []string{
		when(`{"StringEquals":{"aws:RequestTag/lifeboat":"prod"},"Bool":{"rds:PubliclyAccessible":"false"}}`, allow("rds:RestoreDBInstanceFromDBSnapshot", rdsARN+"db:lifeboat-*")),
		allow("rds:RestoreDBInstanceFromDBSnapshot", rdsARN+"snapshot:*"), allow("rds:RestoreDBInstanceFromDBSnapshot", rdsARN+"subgrp:isolated"),
		allow("rds:RestoreDBInstanceFromDBSnapshot", rdsARN+"pg:default*"), allow("rds:RestoreDBInstanceFromDBSnapshot", rdsARN+"og:default*"),
		when(`{"Bool":{"rds:TagsFromRequest":"true"},"StringEquals":{"aws:RequestTag/lifeboat":"prod"}}`, allow("rds:AddTagsToResource", rdsARN+"db:lifeboat-*")),
	}
	opens := []string{when(viaRDS, allow("kms:DescribeKey", "*")), when(`{"Bool":{"kms:GrantIsForAWSResource":"true"}}`, allow("kms:CreateGrant", "*")), when(viaRDS, allow("kms:Decrypt", "*"))}
	without := func(list []string, action string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return strings.Contains(s, action) })
	}
	for name, c := range map[string]struct {
		reason  string
		call    string
		role    []string // its statements
		p       policies
		f       facts
		want    sight    // the message is a part of it; zero: the call succeeds
		refused []string // action on resource, of every refusal
	}{
		"restore": {reason: "the role has all of it", call: "restore", role: append(restores, opens...), f: encrypted},
		"restore, no Decrypt": {
			reason: "RDS would open the snapshot in the caller's name", call: "restore", role: append(slices.Clone(restores), without(opens, "Decrypt")...), f: encrypted,
			want: sight{"KMSKeyNotAccessibleFault", "no identity-based policy allows the kms:Decrypt action", 400}, refused: []string{"kms:Decrypt on " + keyARN},
		},
		"restore, not encrypted": {reason: "no key is asked of", call: "restore", role: restores},
		"restore, key of an alias": {
			reason: "the role names it by its alias", call: "restore", f: facts{keys: encrypted.keys, aliases: map[string][]string{keyARN: {"alias/orders"}}},
			role: append(slices.Clone(restores), when(`{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/orders"}}`, allow("kms:*", "*"))),
		},
		"restore, key policy": {
			reason: "the key lets another role in only", call: "restore", role: append(restores, opens...), f: encrypted,
			p:    policies{resources: map[string]string{keyARN: policy(to(`{"AWS":"arn:aws:iam::`+account+`:role/another"}`, allow("kms:*", "*")))}},
			want: sight{"KMSKeyNotAccessibleFault", "no resource-based policy allows the kms:DescribeKey action", 400}, refused: []string{"kms:DescribeKey on " + keyARN},
		},
		"restore, subnet group": {
			reason: "every resource is asked of", call: "restore", role: append(without(restores, "subgrp"), opens...), f: encrypted,
			want:    sight{"AccessDenied", caller + "rds:RestoreDBInstanceFromDBSnapshot on resource: " + rdsARN + "subgrp:isolated because no identity-based policy allows the rds:RestoreDBInstanceFromDBSnapshot action", 403},
			refused: []string{"rds:RestoreDBInstanceFromDBSnapshot on " + rdsARN + "subgrp:isolated"},
		},
		"restore, tags": {
			reason: "the tags are an action of their own", call: "restore", role: append(without(restores, "AddTags"), opens...), f: encrypted,
			want: sight{"AccessDenied", "rds:AddTagsToResource on resource: " + rdsARN + "db:lifeboat-x", 403}, refused: []string{"rds:AddTagsToResource on " + rdsARN + "db:lifeboat-x"},
		},
		"restore, fresh account": {
			reason: "RDS would make its role in the caller's name", call: "restore", role: append(restores, opens...), f: facts{keys: encrypted.keys, roles: []string{"none"}},
			want: sight{"AccessDenied", "iam:CreateServiceLinkedRole", 403}, refused: []string{"iam:CreateServiceLinkedRole on " + linkedRole},
		},
		"password": {
			reason: "the secret is made in the caller's name", call: "password", role: []string{allow("rds:ModifyDBInstance", "*"), allow("kms:DescribeKey", "*")},
			want:    sight{"AccessDenied", "secretsmanager:CreateSecret", 403},
			refused: []string{"secretsmanager:CreateSecret on arn:aws:secretsmanager:" + region + ":" + account + ":secret:rds!db-00000000-0000-4000-8000-000000000000-AbCdEf"},
		},
		"password allowed": {
			reason: "all three are there", call: "password",
			role: []string{allow("rds:ModifyDBInstance", "*"), allow("kms:DescribeKey", "*"), allow("secretsmanager:CreateSecret", "*"), allow("secretsmanager:TagResource", "*")},
		},
		"delete, explicit": {
			reason: "a deny of what is not tagged", call: "delete", role: []string{allow("rds:*", "*"), when(`{"StringNotEquals":{"aws:ResourceTag/lifeboat":"prod"}}`, deny("rds:DeleteDBInstance", "*"))},
			want: sight{"AccessDenied", "with an explicit deny in an identity-based policy", 403}, refused: []string{"rds:DeleteDBInstance on " + rdsARN + "db:orders"},
		},
		"delete, tagged": {
			reason: "the cloud tells the tag", call: "delete", f: facts{tags: map[string]map[string]string{rdsARN + "db:orders": {"lifeboat": "prod"}}},
			role: []string{allow("rds:*", "*"), when(`{"StringNotEquals":{"aws:ResourceTag/lifeboat":"prod"}}`, deny("rds:DeleteDBInstance", "*"))},
		},
		"list":          {reason: "all instances are asked of", call: "list", role: []string{allow("rds:DescribeDBInstances", rdsARN+"db:*")}},
		"list of ours":  {reason: "some are not enough", call: "list", role: []string{allow("rds:DescribeDBInstances", rdsARN+"db:lifeboat-*")}, want: sight{"AccessDenied", "rds:DescribeDBInstances", 403}, refused: []string{"rds:DescribeDBInstances on " + rdsARN + "db:*"}},
		"put":           {reason: "object, retention and key", call: "put", f: encrypted, role: []string{allow("s3:PutObject", bucket+"/*"), allow("s3:PutObjectRetention", bucket+"/*"), when(`{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"`+bucket+`","kms:ViaService":"s3.`+region+`.amazonaws.com"}}`, allow("kms:GenerateDataKey", keyARN))}},
		"put, longer":   {reason: "the bucket limits the retention", call: "put", role: []string{allow("s3:*", "*")}, p: policies{resources: map[string]string{bucket: policy(to(everybody, when(`{"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":"10"}}`, deny("s3:PutObject", bucket+"/*"))))}}, want: sight{"AccessDenied", `on resource: "` + bucket + `/drill.json" with an explicit deny in a resource-based policy`, 403}, refused: []string{"s3:PutObject on " + bucket + "/drill.json"}},
		"put, no lock":  {reason: "a retention is a permission of its own", call: "put", role: []string{allow("s3:PutObject", "*")}, want: sight{"AccessDenied", "s3:PutObjectRetention", 403}, refused: []string{"s3:PutObjectRetention on " + bucket + "/drill.json"}},
		"get, key":      {reason: "the object is encrypted", call: "get", f: encrypted, role: []string{allow("s3:GetObject", "*")}, want: sight{"AccessDenied", "kms:Decrypt", 403}, refused: []string{"kms:Decrypt on " + keyARN}},
		"record":        {reason: "each part is an action", call: "record", role: []string{allow("dynamodb:PutItem", table)}, want: sight{"AccessDeniedException", "dynamodb:DeleteItem on resource: " + table, 400}, refused: []string{"dynamodb:DeleteItem on " + table}},
		"record, keys":  {reason: "the items' keys are told", call: "record", role: []string{when(`{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["a"]}}`, allow("dynamodb:PutItem", table)), when(`{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["a"]}}`, allow("dynamodb:DeleteItem", table))}, want: sight{"AccessDeniedException", "dynamodb:DeleteItem", 400}, refused: []string{"dynamodb:DeleteItem on " + table}},
		"record, key":   {reason: "the table is encrypted", call: "record", f: encrypted, role: []string{allow("dynamodb:*", "*"), when(`{"StringEquals":{"kms:EncryptionContext:aws:dynamodb:tableName":"others"}}`, allow("kms:Decrypt", "*"))}, want: sight{"AccessDeniedException", "kms:Decrypt", 400}, refused: []string{"kms:Decrypt on " + keyARN}},
		"publish":       {reason: "SNS has a code of its own", call: "publish", want: sight{"AuthorizationError", caller + "SNS:Publish on resource: " + topic, 403}, refused: []string{"sns:Publish on " + topic}},
		"publish, key":  {reason: "the topic is encrypted", call: "publish", f: encrypted, role: []string{allow("sns:Publish", topic)}, want: sight{"AuthorizationError", "kms:GenerateDataKey", 403}, refused: []string{"kms:GenerateDataKey on " + keyARN}},
		"measure":       {reason: "the namespace is told", call: "measure", role: []string{when(`{"StringEquals":{"cloudwatch:namespace":"Lifeboat"}}`, allow("cloudwatch:PutMetricData", "*"))}},
		"measure, else": {reason: "it is another", call: "measure", role: []string{when(`{"StringEquals":{"cloudwatch:namespace":"Else"}}`, allow("cloudwatch:PutMetricData", "*"))}, want: sight{"AccessDenied", "cloudwatch:PutMetricData", 403}, refused: []string{"cloudwatch:PutMetricData on *"}},
		"describe key":  {reason: "KMS refuses with 400", call: "describe key", want: sight{"AccessDeniedException", "kms:DescribeKey on resource: " + keyARN, 400}, refused: []string{"kms:DescribeKey on " + keyARN}},
		"untold":        {reason: "nobody simulates organisations", call: "list", role: []string{when(`{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, allow("rds:*", "*"))}, want: sight{"NotSimulated", "aws:PrincipalOrgID: this condition key is not simulated", 501}},
	} {
		t.Run(name, func(t *testing.T) {
			c.p.roles = map[string]string{tester: policy(c.role...)}
			if c.p.resources == nil {
				c.p.resources = map[string]string{keyARN: delegated, strings.Split(keyARN, "/")[0] + "/00000000-0000-4000-8000-000000000000": delegated}
			}
			w := newWorld(t, c.p, c.f)
			if c.call == "get" {
				w.auth.Policies = policies{roles: map[string]string{tester: policy(allow("*", "*"))}, resources: c.p.resources}
				if err := calls["put"](w); err != nil {
					t.Fatal(err)
				}
				w.auth.Policies = c.p
			}
			err := calls[c.call](w)
			got := seen(err)
			if (err == nil) != (c.want == sight{}) || got.code != c.want.code || got.status != c.want.status || !strings.Contains(got.message, c.want.message) {
				t.Errorf("%s: %v, want %+v", c.reason, err, c.want)
			}
			var refused []string
			for _, r := range w.auth.Refused() {
				refused = append(refused, r.Question.Action+" on "+r.Question.Resource)
				if !r.At.Equal(start) {
					t.Errorf("refused at %s", r.At)
				}
			}
			if !slices.Equal(refused, c.refused) {
				t.Errorf("refused: %q, want %q", refused, c.refused)
			}
			if n := len(w.RDS.Instances(account, region)); err != nil && n != 1 {
				t.Errorf("a call that was refused made an instance: there are %d", n)
			}
		})
	}
}

// A call through an endpoint is judged by its policy; what AWS does on the
// caller's behalf does not pass it.
func TestAuthoriseThroughAnEndpoint(t *testing.T) {
	p := policies{roles: map[string]string{tester: policy(allow("*", "*"))}, resources: map[string]string{keyARN: delegated},
		endpoints: map[string]string{"vpce-s3": policy(to(everybody, allow("s3:PutObject*", bucket+"/*")))}}
	w := newWorld(t, p, facts{keys: map[string]string{bucket: keyARN}})
	w.HTTPClient = &http.Client{Transport: through{w.Cloud, "vpce-s3"}}
	if err := calls["put"](w); err != nil {
		t.Error(err)
	}
	if got := seen(calls["get"](w)); got.code != "AccessDenied" || !strings.Contains(got.message, "because no VPC endpoint policy allows the s3:GetObject action") {
		t.Errorf("%+v", got)
	}
}

// The key that a put names is asked, and the bucket's only where it says nothing of
// encryption.
func TestAPutUnderAnotherKey(t *testing.T) {
	const id = "22222222-2222-2222-2222-222222222222"
	const theirs, object = "arn:aws:kms:" + region + ":" + account + ":key/" + id, bucket + "/drill.json"
	f := facts{keys: map[string]string{bucket: keyARN}, aliases: map[string][]string{theirs: {"alias/theirs"}}}
	lets := func(key, of string) string {
		return when(`{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"`+of+`","kms:ViaService":"s3.`+region+`.amazonaws.com"}}`, allow("kms:GenerateDataKey", key))
	}
	for name, c := range map[string]struct {
		reason    string
		mode, key string
		noKey     bool   // of the bucket
		lets      string // of what the role may use
		want      string // part of the message
		refused   string // which key
	}{
		"its key":            {reason: "the role may use it", mode: "aws:kms", key: theirs, lets: lets(theirs, bucket)},
		"the bucket's alone": {reason: "which is not asked", mode: "aws:kms", key: theirs, lets: lets(keyARN, bucket), want: "kms:GenerateDataKey", refused: theirs},
		"by its id":          {reason: "it is one of the account", mode: "aws:kms", key: id, lets: lets(keyARN, bucket), want: "kms:GenerateDataKey", refused: theirs},
		"by an alias":        {reason: "it is looked up", mode: "aws:kms", key: "alias/theirs", lets: lets(keyARN, bucket), want: "kms:GenerateDataKey", refused: theirs},
		"an alias of none":   {reason: "nothing can be asked", mode: "aws:kms", key: "alias/else", lets: lets("*", bucket), want: "there is no key of which"},
		"no bucket key":      {reason: "the context is the object's", mode: "aws:kms", key: theirs, noKey: true, lets: lets(theirs, object)},
		"no bucket key, but": {reason: "the context is no longer the bucket's", mode: "aws:kms", key: theirs, noKey: true, lets: lets(theirs, bucket), want: "kms:GenerateDataKey", refused: theirs},
		"AWS's key":          {reason: "it lets everybody of the account in", mode: "aws:kms", lets: allow("kms:ListKeys", "*")},
		"AWS's alias":        {reason: "the same", mode: "aws:kms", key: "alias/aws/s3", lets: allow("kms:ListKeys", "*")},
		"S3's key":           {reason: "KMS is not asked", mode: "AES256", lets: allow("kms:ListKeys", "*")},
		"nothing said":       {reason: "the bucket's", lets: lets(theirs, bucket), want: "kms:GenerateDataKey", refused: keyARN},
	} {
		t.Run(name, func(t *testing.T) {
			p := policies{roles: map[string]string{tester: policy(allow("s3:*", "*"), c.lets)}, resources: map[string]string{keyARN: delegated, theirs: delegated}}
			w := newWorld(t, p, f)
			in := &s3.PutObjectInput{Bucket: aws.String("evidence"), Key: aws.String("drill.json"), Body: strings.NewReader("{}"), ServerSideEncryption: s3types.ServerSideEncryption(c.mode)}
			if c.key != "" {
				in.SSEKMSKeyId = &c.key
			}
			if c.noKey {
				in.BucketKeyEnabled = aws.Bool(false)
			}
			_, err := s3.NewFromConfig(w.Config).PutObject(context.Background(), in)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s: %v, want %q", c.reason, err, c.want)
			}
			got := ""
			for _, r := range w.auth.Refused() {
				got += r.Question.Resource
			}
			if got != c.refused {
				t.Errorf("%s: refused %q, want %q", c.reason, got, c.refused)
			}
		})
	}
}

// through sends requests through a VPC endpoint.
type through struct {
	cloud    http.RoundTripper
	endpoint string
}

func (t through) RoundTrip(r *http.Request) (*http.Response, error) {
	return t.cloud.RoundTrip(r.WithContext(simaws.Through(r.Context(), t.endpoint)))
}

// Every operation that is served stands in the table: others would be refused.
func TestEveryOperationIsInTheTable(t *testing.T) {
	cloud := lab.New(lab.Options{Options: simaws.Options{Clock: clock.NewVirtual(start)}})
	served := map[string]map[string]wire.Operation{
		"rds": cloud.RDS.Operations, "dynamodb": cloud.DynamoDB.Operations, "kms": cloud.KMS.Operations, "secretsmanager": cloud.Secrets.Operations,
		"sns": cloud.SNS.Operations, "iam": cloud.IAM.Operations, "cloudformation": cloud.Stacks.Operations, "events": cloud.Rules.Operations, "monitoring": cloud.Metrics.Operations, "sqs": cloud.SQS.Operations,
		"ecs": cloud.ECS.Operations, "autoscaling": cloud.Scaling.Operations, "ssm": cloud.SSM.Operations, "ecr": cloud.ECR.Operations,
	}
	var operations []string
	for service, of := range served {
		for name := range of {
			operations = append(operations, service+":"+name)
		}
	}
	// Of the others the source tells.
	for service, re := range map[string]string{
		"s3": `(?m)^\t"([A-Z]\w+)": +\{\(\*Service\)`, "backup": `(?m)^\t\t"([A-Z]\w+)": +s\.`, "lambda": `(?m)^\t\t\t?return "([A-Z][a-z]\w+)"`,
		"scheduler": `(?m)^\t\treturn "([A-Z][a-z]\w+)"$`, "sfn": `"([A-Z]\w+)": +wire\.Op`, "sts": `"([A-Z]\w+)": +wire\.Op`,
		"route53": `(?m)^\t\treturn "([A-Z][a-z]\w+)"$`,
	} {
		files, _ := filepath.Glob("../" + service + "/[sw]*.go") // service.go, wire.go
		n := 0
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(re).FindAllStringSubmatch(string(text), -1) {
				n++
				operations = append(operations, map[string]string{"sfn": "states"}[service]+strings.TrimPrefix(service, "sfn")+":"+m[1])
			}
		}
		if n == 0 {
			t.Errorf("%s has no operations", service)
		}
	}
	for _, o := range operations {
		if !slices.Contains(authz.Calls(), o) {
			t.Errorf("%s is served, and nobody says what IAM is asked", o)
		}
	}
	if len(operations) < 60 {
		t.Errorf("only %d operations", len(operations))
	}
}
