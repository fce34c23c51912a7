package account

import (
	"context"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/policy"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

const (
	tls   = `{"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":"t","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	tells = `{"Sid":"Tells","Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"sns:Publish","Resource":"t","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`
)

func statements(t *testing.T, list ...string) []policy.Statement {
	t.Helper()
	parsed, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestPoliciesAreCompared(t *testing.T) {
	w := wantedPolicy{arn: theNames.PagesARN(), subject: "topic", statements: statements(t, tls, tells)}
	w.requests = append(policy.Requests(w.statements), policy.Request{Principal: "arn:aws:iam::111122223333:role/notifier", Action: "sns:Publish", Resource: "t"})
	document := func(list ...string) string {
		return `{"Version":"2008-10-17","Statement":[` + strings.Join(list, ",") + `]}`
	}
	for name, c := range map[string]struct {
		from   PolicyReader
		state  doctor.State
		what   string
		reason string
	}{
		"as deployed":       {fakePolicy{text: document(tells, tls)}, doctor.OK, "what the deployment put there", "the order does not count"},
		"lacks one":         {fakePolicy{text: document(tls)}, doctor.Wrong, "Service cloudwatch.amazonaws.com may not sns:Publish", "alarms reach nobody"},
		"lacks a deny":      {fakePolicy{text: document(tells)}, doctor.Wrong, "what it denies is open", "in the clear"},
		"none":              {fakePolicy{}, doctor.Wrong, "lacks a statement", "it has none, or is not there"},
		"denies":            {fakePolicy{text: document(tls, tells, `{"Sid":"No","Effect":"Deny","Principal":"*","Action":"sns:*","Resource":"*"}`)}, doctor.Wrong, "denies", "nobody may publish"},
		"denies a role":     {fakePolicy{text: document(tls, tells, `{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"sns:Publish","Resource":"*"}`)}, doctor.Wrong, "role/notifier", ""},
		"denies somebody":   {fakePolicy{text: document(tls, tells, `{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:role/x"},"Action":"sns:Publish","Resource":"*"}`)}, doctor.Unknown, "a Deny", "of whom we know nothing"},
		"denies perhaps":    {fakePolicy{text: document(tls, tells, `{"Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o"}}}`)}, doctor.Unknown, "a Deny", "nobody tells the organisation"},
		"lets all in":       {fakePolicy{text: document(tls, tells, `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sns:Publish","Resource":"*"}`)}, doctor.Wrong, "outside of account 111122223333", ""},
		"lets them in":      {fakePolicy{text: document(tls, tells, `{"Effect":"Allow","Principal":{"AWS":"999988887777"},"Action":"sns:Publish","Resource":"*"}`)}, doctor.Wrong, "outside", ""},
		"an organisation":   {fakePolicy{text: document(tls, tells, `{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o"}}}`)}, doctor.Unknown, "may let in", ""},
		"lets ours in":      {fakePolicy{text: document(tls, tells, `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sns:Publish","Resource":"*"}`)}, doctor.OK, "1 statement(s) more let in the account's own", ""},
		"lets a service in": {fakePolicy{text: document(tls, tells, `{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sns:Publish","Resource":"*"}`)}, doctor.Unknown, "may let in", ""},
		"for ours":          {fakePolicy{text: document(tls, tells, `{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`)}, doctor.OK, "more let in", ""},
		"denied":            {fakePolicy{err: errDenied}, doctor.Unknown, "it takes x:Read on it", ""},
		"throttled":         {fakePolicy{err: errThrottled}, doctor.Unknown, "asked too much of late", ""},
		"broken":            {fakePolicy{err: errBroken}, doctor.Unknown, "a wire is broken", ""},
		"no policy":         {fakePolicy{text: `{"Statement":1}`}, doctor.Unknown, "cannot be understood", ""},
		"nobody reads":      {nil, doctor.Unknown, "nobody reads", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := said(t, w.compared(context.Background(), theNames, c.from))
			if got.State != c.state || !strings.Contains(got.What, c.what) {
				t.Errorf("%s: %+v", c.reason, got)
			}
		})
	}
}

// What is to be typed puts back what is missing, and leaves out what harms.
func TestMendingCommands(t *testing.T) {
	missing, harmful := statements(t, tells)[0], statements(t, `{"Sid":"No","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`)[0]
	invoke := statements(t, `{"Sid":"Rule","Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"f","Condition":{"ArnLike":{"AWS:SourceArn":"arn:rule"}}}`)[0]
	function := theNames.ARN("lambda", "function:lifeboat-prod-sweeper:7")
	for _, c := range []struct{ got, want string }{
		{mendPolicy(theNames, theNames.PagesARN(), missing, []policy.Statement{missing}), "aws sns set-topic-attributes --topic-arn " + theNames.PagesARN() + " --attribute-name Policy --attribute-value '{"},
		{mendPolicy(theNames, theNames.BucketARN(), missing, nil), "aws s3api put-bucket-policy --bucket lifeboat-prod-111122223333-eu-central-1 --policy '{"},
		{mendPolicy(theNames, theNames.ARN("sqs", theNames.Undelivered()), missing, nil), "aws sqs set-queue-attributes --queue-url https://sqs.eu-central-1.amazonaws.com/111122223333/lifeboat-prod-undelivered --attributes '{\"Policy\":"},
		{mendPolicy(theNames, theNames.ARN("kms", "key/1"), missing, nil), "aws kms put-key-policy --key-id arn:aws:kms:eu-central-1:111122223333:key/1 --policy-name default --policy '{"},
		{mendPolicy(theNames, function, invoke, nil), "aws lambda add-permission --function-name lifeboat-prod-sweeper --qualifier 7 --statement-id Rule --action lambda:InvokeFunction --principal events.amazonaws.com --source-arn arn:rule --region eu-central-1"},
		{unmendPolicy(theNames, function, harmful, ""), "aws lambda remove-permission --function-name lifeboat-prod-sweeper --qualifier 7 --statement-id No --region eu-central-1"},
		{lookAtPolicy(theNames, function), "aws lambda get-policy --function-name lifeboat-prod-sweeper --qualifier 7 --region eu-central-1"},
	} {
		if !strings.HasPrefix(c.got, c.want) {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}

func TestKeysOfRecoveryPointsAreJudged(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/lifeboat-prod-start-restore"
	key := seen.Key{ARN: theNames.ARN("kms", "key/backups"), State: "Enabled"}
	requests := []policy.Request{
		{Principal: role, Action: "kms:DescribeKey", Resource: key.ARN},
		{Principal: role, Action: "kms:CreateGrant", Resource: key.ARN, Context: map[string][]string{"kms:GrantIsForAWSResource": {"true"}, "kms:ViaService": {"rds.eu-central-1.amazonaws.com"}}},
	}
	own := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
	for name, c := range map[string]struct {
		policy []string
		state  doctor.State
		what   string
	}{
		"the account": {[]string{own}, doctor.OK, "lets drills restore"},
		"the role, grants for AWS only": {[]string{`{"Effect":"Allow","Principal":{"AWS":"` + role + `"},"Action":"kms:DescribeKey","Resource":"*"}`,
			`{"Effect":"Allow","Principal":{"AWS":"` + role + `"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":true}}}`}, doctor.OK, ""},
		"no grants":         {[]string{`{"Effect":"Allow","Principal":{"AWS":"` + role + `"},"Action":["kms:DescribeKey","kms:Decrypt"],"Resource":"*"}`}, doctor.Wrong, "needs kms:CreateGrant, and no statement"},
		"denied":            {[]string{own, `{"Sid":"NoGrants","Effect":"Deny","Principal":"*","Action":"kms:CreateGrant","Resource":"*"}`}, doctor.Wrong, "NoGrants"},
		"another service":   {[]string{`{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"ec2.eu-central-1.amazonaws.com"}}}`}, doctor.Unknown, "cannot be told"},
		"an organisation":   {[]string{`{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o"}}}`}, doctor.Unknown, "cannot be told"},
		"somebody else's":   {[]string{`{"Effect":"Allow","Principal":{"AWS":"999988887777"},"Action":"kms:*","Resource":"*"}`}, doctor.Wrong, "kms:DescribeKey"},
		"perhaps denied":    {[]string{own, `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpc":"v"}}}`}, doctor.Unknown, "cannot be told"},
		"nobody whomsoever": {nil, doctor.Wrong, "no statement"},
	} {
		t.Run(name, func(t *testing.T) {
			got := said(t, judgedKey(Needs{Names: theNames}, key, requests, statements(t, c.policy...)))
			if got.State != c.state || !strings.Contains(got.What, c.what) || got.Basis != doctor.Judged {
				t.Errorf("%+v", got)
			}
		})
	}
	if got := said(t, judgedKey(Needs{Names: theNames}, key, nil, statements(t, own))); got.State != doctor.Unknown {
		t.Errorf("what nobody asked is ok: %+v", got)
	}
}

func TestIDsOfAWS(t *testing.T) {
	i := ids{"arn:f:1": "arn:f:27", "arn:k": "arn:key"}
	if got := i.in(`{"a":"arn:f:1","b":"arn:f:12","c":"arn:k"}`); got != `{"a":"arn:f:27","b":"arn:f:12","c":"arn:key"}` {
		t.Error(got)
	}
}
