package authz_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
)

const (
	account = "111122223333"
	other   = "444455556666"
	region  = "eu-central-1"
	tester  = "arn:aws:iam::" + account + ":role/tester"
	rdsARN  = "arn:aws:rds:" + region + ":" + account + ":"
	keyARN  = "arn:aws:kms:" + region + ":" + account + ":key/11111111-1111-1111-1111-111111111111"
	bucket  = "arn:aws:s3:::evidence"
)

var evaluator *authz.Evaluator

func TestMain(m *testing.M) {
	var err error
	if evaluator, err = authz.Start("../../.."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = evaluator.Close()
	os.Exit(code)
}

// policies are those of a small account.
type policies struct {
	roles, resources, endpoints map[string]string // documents, by ARN or id
}

func (p policies) OfRole(arn string) []json.RawMessage {
	document, ok := p.roles[arn]
	switch {
	case !ok:
		return nil
	case document == "":
		return []json.RawMessage{}
	}
	return []json.RawMessage{json.RawMessage(document)}
}

func (p policies) OfResource(arn string) json.RawMessage { return raw(p.resources[arn]) }
func (p policies) OfEndpoint(id string) json.RawMessage  { return raw(p.endpoints[id]) }

func raw(document string) json.RawMessage {
	if document == "" {
		return nil
	}
	return json.RawMessage(document)
}

// policy is a document of statements in a short form.
func policy(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func allow(action, resource string) string {
	return fmt.Sprintf(`{"Effect":"Allow","Action":%q,"Resource":%q}`, action, resource)
}

func deny(action, resource string) string {
	return strings.Replace(allow(action, resource), "Allow", "Deny", 1)
}

// to makes a statement one of a resource's or an endpoint's policy.
func to(principal, statement string) string {
	return strings.Replace(statement, "{", `{"Principal":`+principal+",", 1)
}

func when(condition, statement string) string {
	return strings.TrimSuffix(statement, "}") + `,"Condition":` + condition + "}"
}

const (
	everybody = `"*"`
	root      = `{"AWS":"arn:aws:iam::` + account + `:root"}`
)

var delegated = policy(to(root, allow("kms:*", "*")))

func TestAsk(t *testing.T) {
	const topic = "arn:aws:sns:" + region + ":" + account + ":alerts"
	service := func(name, action, resource string, context map[string]any) authz.Question {
		return authz.Question{Principal: name, Action: action, Resource: resource, Owner: account, Context: context}
	}
	mine := func(action, resource string, context map[string]any) authz.Question {
		return authz.Question{Principal: tester, Action: action, Resource: resource, Owner: account, Context: context}
	}
	in := func(q authz.Question, owner string) authz.Question { q.Owner = owner; return q }
	through := func(q authz.Question) authz.Question { q.Endpoint = "vpce-1"; return q }
	context := func(key string, value any) map[string]any { return map[string]any{key: value} }
	for name, c := range map[string]struct {
		reason   string
		q        authz.Question
		role     string // policy; "": none, "-": no such role
		resource string // policy of the resource
		endpoint string
		allowed  bool
		because  string // part of it
	}{
		"allowed": {
			reason: "the role says so", q: mine("rds:DeleteDBInstance", rdsARN+"db:copy", nil), role: policy(allow("rds:DeleteDBInstance", rdsARN+"db:*")), allowed: true,
		},
		"by identity": {
			reason: "it has no such permission", q: mine("rds:DeleteDBInstance", rdsARN+"db:copy", nil), role: policy(allow("rds:DeleteDBInstance", rdsARN+"db:another")),
			because: "no identity-based policy allows the rds:DeleteDBInstance action",
		},
		"explicit": {
			reason: "a deny wins", q: mine("rds:DeleteDBInstance", rdsARN+"db:copy", nil), role: policy(allow("rds:*", "*"), deny("rds:DeleteDBInstance", "*")),
			because: "explicit deny in an identity-based policy",
		},
		"no role": {
			reason: "nobody made it", q: mine("rds:DeleteDBInstance", rdsARN+"db:copy", nil), role: "-", because: "does not exist",
		},
		"condition": {
			reason: "the request tells the tag", q: mine("rds:RestoreDBInstanceFromDBSnapshot", rdsARN+"db:copy", context("aws:RequestTag/team", "a")),
			role: policy(when(`{"StringEquals":{"aws:RequestTag/team":"a"}}`, allow("rds:RestoreDBInstanceFromDBSnapshot", "*"))), allowed: true,
		},
		"other condition": {
			reason: "it tells another", q: mine("rds:RestoreDBInstanceFromDBSnapshot", rdsARN+"db:copy", context("aws:RequestTag/team", "b")),
			role:    policy(when(`{"StringEquals":{"aws:RequestTag/team":"a"}}`, allow("rds:RestoreDBInstanceFromDBSnapshot", "*"))),
			because: "no identity-based policy",
		},
		"key policy": {
			reason: "it does not delegate to IAM", q: mine("kms:Decrypt", keyARN, nil), role: policy(allow("kms:Decrypt", "*")),
			resource: policy(to(`{"AWS":"arn:aws:iam::`+account+`:role/another"}`, allow("kms:Decrypt", "*"))), because: "no resource-based policy allows the kms:Decrypt action",
		},
		"delegated key": {
			reason: "the key's policy lets IAM decide", q: mine("kms:Decrypt", keyARN, nil), role: policy(allow("kms:Decrypt", "*")), resource: delegated, allowed: true,
		},
		"delegated key, no permission": {
			reason: "and IAM decides no", q: mine("kms:Decrypt", keyARN, nil), resource: delegated, because: "no identity-based policy",
		},
		"encryption context": {
			reason: "the condition on it holds", q: mine("kms:Decrypt", keyARN, context("kms:EncryptionContext:aws:s3:arn", bucket)), resource: delegated,
			role: policy(when(`{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"`+bucket+`"}}`, allow("kms:Decrypt", "*"))), allowed: true,
		},
		"other encryption context": {
			reason: "it does not", q: mine("kms:Decrypt", keyARN, context("kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::else")), resource: delegated,
			role: policy(when(`{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"`+bucket+`"}}`, allow("kms:Decrypt", "*"))), because: "no identity-based policy",
		},
		"no encryption context": {
			reason: "DescribeKey has none", q: mine("kms:DescribeKey", keyARN, context("kms:EncryptionContext:aws:s3:arn", bucket)), resource: delegated,
			role: policy(when(`{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"`+bucket+`"}}`, allow("kms:DescribeKey", "*"))), because: "no identity-based policy",
		},
		"endpoint": {
			reason: "it forbids by not allowing", q: through(mine("rds:DeleteDBInstance", rdsARN+"db:copy", nil)), role: policy(allow("rds:*", "*")),
			endpoint: policy(to(everybody, allow("rds:Describe*", "*"))), because: "no VPC endpoint policy allows the rds:DeleteDBInstance action",
		},
		"endpoint's deny": {
			reason: "it says so", q: through(mine("rds:DeleteDBInstance", rdsARN+"db:copy", nil)), role: policy(allow("rds:*", "*")),
			endpoint: policy(to(everybody, allow("*", "*")), to(everybody, deny("rds:Delete*", "*"))), because: "explicit deny in a VPC endpoint policy",
		},
		"endpoint of the account": {
			reason: "it is the caller's", q: through(mine("rds:DeleteDBInstance", rdsARN+"db:copy", nil)), role: policy(allow("rds:*", "*")),
			endpoint: policy(to(everybody, when(`{"StringEquals":{"aws:PrincipalAccount":"`+account+`"}}`, allow("*", "*")))), allowed: true,
		},
		"endpoint of another account": {
			reason: "the resource is not the account's", q: in(through(mine("s3:GetObject", bucket+"/a", nil)), other), role: policy(allow("s3:*", "*")),
			resource: policy(to(`{"AWS":"`+tester+`"}`, allow("s3:*", bucket+"/*"))),
			endpoint: policy(to(everybody, when(`{"StringEquals":{"aws:ResourceAccount":"`+account+`"}}`, allow("*", "*")))), because: "no VPC endpoint policy",
		},
		"no endpoint policy": {
			reason: "full access", q: through(mine("rds:DeleteDBInstance", rdsARN+"db:copy", nil)), role: policy(allow("rds:*", "*")), allowed: true,
		},
		"other account": {
			reason: "its bucket lets nobody in", q: in(mine("s3:GetObject", bucket+"/a", nil), other), role: policy(allow("s3:*", "*")), because: "no resource-based policy",
		},
		"other account lets in": {
			reason: "both say so", q: in(mine("s3:GetObject", bucket+"/a", nil), other), role: policy(allow("s3:*", "*")),
			resource: policy(to(`{"AWS":"`+tester+`"}`, allow("s3:GetObject", bucket+"/*"))), allowed: true,
		},
		"bucket denies": {
			reason: "a deny of the resource wins", q: mine("s3:GetObject", bucket+"/a", nil), role: policy(allow("s3:*", "*")),
			resource: policy(to(everybody, deny("s3:GetObject", bucket+"/*"))), because: "explicit deny in a resource-based policy",
		},
		"service": {
			reason: "the topic lets CloudWatch in", q: service("cloudwatch.amazonaws.com", "sns:Publish", topic, context("aws:SourceAccount", account)),
			resource: policy(to(`{"Service":"cloudwatch.amazonaws.com"}`, when(`{"StringEquals":{"aws:SourceAccount":"`+account+`"}}`, allow("sns:Publish", topic)))), allowed: true,
		},
		"service of another account": {
			reason: "the confused deputy", q: service("cloudwatch.amazonaws.com", "sns:Publish", topic, context("aws:SourceAccount", other)),
			resource: policy(to(`{"Service":"cloudwatch.amazonaws.com"}`, when(`{"StringEquals":{"aws:SourceAccount":"`+account+`"}}`, allow("sns:Publish", topic)))), because: "no resource-based policy",
		},
		"another service": {
			reason: "it is not named", q: service("events.amazonaws.com", "sns:Publish", topic, nil),
			resource: policy(to(`{"Service":"cloudwatch.amazonaws.com"}`, allow("sns:Publish", topic))), because: "no resource-based policy",
		},
		"service and key": {
			reason: "a key that delegates to IAM does not let services in", q: service("logs."+region+".amazonaws.com", "kms:GenerateDataKey", keyARN, nil),
			resource: delegated, because: "no resource-based policy",
		},
		"service and its key": {
			reason: "with the log group's context",
			q:      service("logs."+region+".amazonaws.com", "kms:GenerateDataKey", keyARN, context("kms:EncryptionContext:aws:logs:arn", "arn:aws:logs:"+region+":"+account+":log-group:a")),
			resource: policy(to(`{"Service":"logs.`+region+`.amazonaws.com"}`, when(`{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:`+region+`:`+account+`:log-group:*"}}`,
				allow("kms:GenerateDataKey*", "*")))), allowed: true,
		},
		"trust": {
			reason: "the role's trust policy lets the service in", q: service("scheduler.amazonaws.com", "sts:AssumeRole", tester, context("aws:SourceAccount", account)),
			resource: policy(`{"Effect":"Allow","Principal":{"Service":"scheduler.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"` + account + `"}}}`), allowed: true,
		},
		"no trust": {
			reason: "it trusts another", q: service("scheduler.amazonaws.com", "sts:AssumeRole", tester, context("aws:SourceAccount", account)),
			resource: policy(`{"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},"Action":"sts:AssumeRole"}`), because: "no role trust policy allows the sts:AssumeRole action",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := policies{roles: map[string]string{tester: c.role}, resources: map[string]string{holder(c.q.Resource): c.resource}, endpoints: map[string]string{"vpce-1": c.endpoint}}
			if c.role == "-" {
				p.roles = nil
			}
			answer, err := evaluator.Ask(c.q, p)
			if err != nil {
				t.Fatal(err)
			}
			if answer.Allowed != c.allowed || !strings.Contains(answer.Because, c.because) || answer.Explicit != strings.Contains(c.because, "explicit") {
				t.Errorf("%s: %+v, want %v %q", c.reason, answer, c.allowed, c.because)
			}
		})
	}
}

func holder(resource string) string {
	bucket, _, _ := strings.Cut(resource, "/a")
	return bucket
}
