package authz_test

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestLint(t *testing.T) {
	const copies = "arn:aws:rds:*:111122223333:db:lifeboat-*"
	for name, c := range map[string]struct {
		reason string
		policy string
		want   string // part of the only line; "": there is none
	}{
		"good":             {"all of it exists", policy(allow("rds:DeleteDBInstance", copies)), ""},
		"everything":       {"of all actions everything may be asked", policy(allow("*", "*")), ""},
		"wildcard":         {"it is expanded", policy(allow("rds:Restore*", copies)), ""},
		"no action":        {"it is misspelt", policy(allow("rds:DeleteDBInstances", copies)), "rds:DeleteDBInstances: there is no such action"},
		"no wildcard":      {"nothing matches", policy(allow("rds:Destroy*", copies)), "rds:Destroy*: there is no such action"},
		"no service":       {"CloudWatch's is another", policy(allow("monitoring:PutMetricData", "*")), "monitoring:PutMetricData: there is no such service"},
		"resource":         {"an instance is no snapshot", policy(allow("rds:DeleteDBInstance", "arn:aws:rds:*:*:snapshot:*")), "takes such a resource"},
		"two actions":      {"one of them takes it", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["rds:DeleteDBSnapshot","rds:DeleteDBInstance"],"Resource":["` + copies + `","arn:aws:rds:*:*:snapshot:*"]}]}`, ""},
		"any resource":     {"a wildcard may be an instance", policy(allow("rds:DeleteDBInstance", "arn:aws:rds:eu-central-1:111122223333:*")), ""},
		"object":           {"a bucket is no object", policy(allow("s3:PutObject", "arn:aws:s3:::evidence")), "takes such a resource"},
		"objects":          {"these are", policy(allow("s3:PutObject", "arn:aws:s3:::evidence/*")), ""},
		"alias":            {"an alias is no key", policy(allow("kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:alias/orders")), "takes such a resource"},
		"no ARN":           {"a name is not enough", policy(allow("rds:DeleteDBInstance", "copy")), "no ARN"},
		"no key":           {"there is none of that name", policy(when(`{"StringEquals":{"rds:Engine":"postgres"}}`, allow("rds:DeleteDBInstance", copies))), "rds:Engine: there is no such condition key"},
		"foreign key":      {"DeleteDBInstance has no tags in its request", policy(when(`{"StringEquals":{"aws:RequestTag/team":"a"}}`, allow("rds:DeleteDBInstance", copies))), "has that key"},
		"tag of resource":  {"an instance has tags", policy(when(`{"StringEquals":{"aws:ResourceTag/team":"a"}}`, allow("rds:DeleteDBInstance", copies))), ""},
		"tag of request":   {"a restore has", policy(when(`{"StringEquals":{"aws:RequestTag/team":"a"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}`, allow("rds:RestoreDBInstanceFromDBSnapshot", copies))), ""},
		"global key":       {"every request has it", policy(when(`{"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"aws:PrincipalAccount":"1"}}`, allow("rds:DeleteDBInstance", copies))), ""},
		"via":              {"KMS has it", policy(when(`{"StringEquals":{"kms:ViaService":"rds.eu-central-1.amazonaws.com"}}`, allow("kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:key/*"))), ""},
		"context":          {"with any name", policy(when(`{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::evidence"}}`, allow("kms:Decrypt", "*"))), ""},
		"context, no use":  {"DescribeKey has none", policy(when(`{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::evidence"}}`, allow("kms:DescribeKey", "*"))), "has that key"},
		"aliases":          {"a key has them", policy(when(`{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/orders"}}`, allow("kms:Decrypt", "*"))), ""},
		"of a key":         {"its resource is itself", policy(to(root, allow("kms:*", "*"))), ""},
		"trust":            {"a role's has no resource", policy(`{"Effect":"Allow","Principal":{"Service":"scheduler.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`), ""},
		"statement":        {"an effect is missing", `{"Version":"2012-10-17","Statement":[{"Action":"s3:GetObject","Resource":"*"}]}`, "Effect"},
		"managed password": {"a secret's tags have colons", policy(when(`{"ArnLike":{"aws:ResourceTag/aws:rds:primaryDBInstanceArn":"`+copies+`"}}`, allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:rds!db-*"))), ""},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := evaluator.Lint(json.RawMessage(c.policy))
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" && len(lines) > 0 || c.want != "" && (len(lines) != 1 || !strings.Contains(lines[0], c.want)) {
				t.Errorf("%s: %q, want %q", c.reason, lines, c.want)
			}
		})
	}
}
