package cloudformation

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
)

type key struct {
	KeyPolicy         json.RawMessage
	EnableKeyRotation bool
}

func (k *key) make(c *creation) (func(), error) {
	arn, err := c.arn()
	if err != nil {
		return nil, err
	}
	id, err := c.name()
	if err != nil {
		return nil, err
	}
	if c.stack.has[c.id].remove == nil {
		// Who may use it the policy says, which is asked before the call: the model
		// itself lets everybody of the account in.
		c.Cloud.KMS.AddKey(c.template.Where.Account, c.template.Where.Region, kms.Key{ID: id})
	}
	c.Cloud.KMS.SetRotation(arn, k.EnableKeyRotation)
	forget := c.attach(arn, k.KeyPolicy)
	return func() {
		forget()
		c.Cloud.KMS.SetState(arn, kms.PendingDeletion)
	}, nil
}

type alias struct{ AliasName, TargetKeyId string }

func (a *alias) make(c *creation) (func(), error) {
	if !strings.HasPrefix(a.AliasName, "alias/") || strings.HasPrefix(a.AliasName, "alias/aws/") {
		return nil, fmt.Errorf("%q is no name of an alias: it begins with alias/, and not with alias/aws/", a.AliasName)
	}
	c.Cloud.KMS.AddAlias(a.TargetKeyId, a.AliasName)
	return func() {}, nil
}

// encrypt notes the key of a resource; "" is none.
func (c *creation) encrypt(arn, key string) {
	if key == "" {
		delete(c.keys, arn)
		return
	}
	c.keys[arn] = key
}
