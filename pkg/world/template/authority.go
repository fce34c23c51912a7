package template

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/iam"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Operator is a role that may do everything: a person at the console or the CLI.
const Operator = "operator"

// policies are those of the account, beside them the operator's and those of the
// keys of the backups, which a team has made as lifeboat's output asks.
type policies struct{ w *World }

var everything = json.RawMessage(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`)

// OfRole implements authz.Policies.
func (p policies) OfRole(arn string) []json.RawMessage {
	if strings.HasSuffix(arn, ":role/"+Operator) {
		return p.w.ofOperator()
	}
	return p.w.account.OfRole(arn)
}

// OfResource implements authz.Policies. A key that no stack made has the policy
// that KMS gives it: its account's roles may what their own policies say.
func (p policies) OfResource(arn string) json.RawMessage {
	if document := p.w.account.OfResource(arn); document != nil {
		return document
	}
	if document := p.w.cloud.Backup.PolicyOf(arn); document != nil { // of the vault in which a recovery point lies
		return document
	}
	part := strings.Split(arn, ":")
	if len(part) == 6 && part[2] == "kms" {
		text, _ := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{ // texts always encode
			"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": map[string]any{"AWS": part[0] + ":" + part[1] + ":iam::" + part[4] + ":root"},
		}}})
		return text
	}
	return nil
}

// OfEndpoint implements authz.Policies.
func (p policies) OfEndpoint(id string) json.RawMessage { return p.w.account.OfEndpoint(id) }

// facts are what requests' contexts need to know.
type facts struct{ w *World }

// Tags implements authz.Facts.
func (f facts) Tags(arn string) map[string]string {
	part := strings.SplitN(arn, ":", 6)
	if len(part) < 6 {
		return nil
	}
	tags := map[string]string{}
	switch part[2] {
	case "rds":
		for _, i := range f.w.cloud.RDS.Instances(part[4], part[3]) {
			if i.ARN == arn {
				for _, t := range i.Tags {
					tags[t.Key] = t.Value
				}
			}
		}
	case "secretsmanager":
		return f.w.cloud.Secrets.Tags(arn)
	case "ssm":
		return f.w.cloud.SSM.Tags(arn)
	}
	return tags
}

// KeyOf implements authz.Facts.
func (f facts) KeyOf(arn string) string {
	if key := f.w.account.KeyOf(arn); key != "" {
		return key
	}
	return f.w.cloud.RDS.KeyOf(arn)
}

// Aliases implements authz.Facts.
func (f facts) Aliases(key string) []string { return f.w.cloud.KMS.Aliases(key) }

// OwnerOf is the account of what an ARN does not say it of.
func (f facts) OwnerOf(arn string) string { return f.w.account.OwnerOf(arn) }

// HasRole tells whether there is a role.
func (f facts) HasRole(arn string) bool {
	return f.w.account.Role(arn) != nil || f.w.cloud.IAM.Has(part(arn, 4), roleName(arn))
}

// KeyOfAlias is the key that an alias names; "" for none.
func (f facts) KeyOfAlias(arn string) string { return f.w.cloud.KMS.KeyOfAlias(arn) }

// PartitionKey is the attribute by which a table is parted: conditions on leading
// keys are about its value.
func (f facts) PartitionKey(table string) string { return f.w.cloud.DynamoDB.PartitionKey(table) }

// may asks whether somebody may. A question that could not be answered is no
// refusal: whatever comes of it, nobody knows what AWS would have done.
func (w *World) may(q authz.Question) error {
	err := w.auth.May(q)
	var denied *authz.Denied
	if err != nil && !errors.As(err, &denied) {
		w.fail(err)
	}
	return err
}

// authorise is may for a call: a refusal is worded as the service does, everything
// else could not be answered.
func (w *World) authorise(c *wire.Call) error {
	err := w.auth.Authorise(c)
	var answer *wire.Error
	if err != nil && (!errors.As(err, &answer) || answer.Code == "NotSimulated") {
		w.fail(err)
	}
	return err
}

// evaluate is for IAM's policy simulator, which looks at no policy of a resource.
func (w *World) evaluate(policies []json.RawMessage, principal, action, resource string, context map[string]any) (iam.Evaluation, error) {
	if w.auth.Evaluator == nil {
		return iam.Evaluation{}, errors.New("this world judges nothing")
	}
	account := part(principal, 4)
	answer, err := w.auth.Evaluator.Ask(authz.Question{Principal: principal, Action: action, Resource: resource, Owner: account, Context: context}, identityOnly{account, policies})
	return iam.Evaluation{Allowed: answer.Allowed, Explicit: answer.Explicit}, err
}

// identityOnly are the policies of a role alone. A key delegates to the account,
// or nothing that a role's policy says about it would count.
type identityOnly struct {
	account  string
	policies []json.RawMessage
}

func (p identityOnly) OfRole(string) []json.RawMessage {
	return append([]json.RawMessage{}, p.policies...)
}

func (p identityOnly) OfResource(arn string) json.RawMessage {
	if part(arn, 2) != "kms" {
		return nil
	}
	text, _ := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{ // texts always encode
		"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": map[string]any{"AWS": "arn:" + part(arn, 1) + ":iam::" + p.account + ":root"},
	}}})
	return text
}

func (identityOnly) OfEndpoint(string) json.RawMessage { return nil }
