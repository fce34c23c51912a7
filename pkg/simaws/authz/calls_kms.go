package authz

import (
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

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
