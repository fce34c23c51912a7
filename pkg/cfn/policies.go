package cfn

import (
	"fmt"
	"maps"
	"slices"
)

// Policies are the policy documents among a resource's properties, resolved,
// whatever the property is called: what has statements is one.
func (t Template) Policies(id string) ([]any, error) {
	var documents []any
	var find func(value any) error
	find = func(value any) error {
		switch v := value.(type) {
		case []any:
			for _, inner := range v {
				if err := find(inner); err != nil {
					return err
				}
			}
		case map[string]any:
			if _, is := v["Statement"]; is {
				document, err := t.Resolve(v)
				if err != nil {
					return fmt.Errorf("the policy of %s: %w", id, err)
				}
				documents = append(documents, document)
				return nil
			}
			for _, key := range slices.Sorted(maps.Keys(v)) {
				if err := find(v[key]); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return documents, find(t.Resources[id].Properties)
}

// maxPolicyRune is the last character that a policy may have. Escapes of JSON
// do not help: CloudFormation writes the document anew.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
// https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
const maxPolicyRune = '\u00FF'

// NotInPolicies is the first text of a document that has a character which no
// policy may have, with that character; "" where there is none.
func NotInPolicies(document any) (text string, character rune) {
	switch v := document.(type) {
	case string:
		for _, r := range v {
			if r > maxPolicyRune {
				return v, r
			}
		}
	case []any:
		for _, inner := range v {
			if text, character := NotInPolicies(inner); text != "" {
				return text, character
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			for _, inner := range []any{key, v[key]} {
				if text, character := NotInPolicies(inner); text != "" {
					return text, character
				}
			}
		}
	}
	return "", 0
}
