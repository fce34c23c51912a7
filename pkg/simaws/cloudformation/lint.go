package cloudformation

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
)

// documents are the properties that are policies.
var documents = map[string]string{
	"AWS::IAM::Role": "AssumeRolePolicyDocument", "AWS::IAM::Policy": "PolicyDocument", "AWS::KMS::Key": "KeyPolicy", "AWS::S3::BucketPolicy": "PolicyDocument",
	"AWS::SNS::TopicPolicy": "PolicyDocument", "AWS::SQS::QueuePolicy": "PolicyDocument", "AWS::EC2::VPCEndpoint": "PolicyDocument",
	"AWS::Backup::BackupVault": "AccessPolicy", "AWS::Backup::LogicallyAirGappedBackupVault": "AccessPolicy",
}

// unwritable tells of characters that AWS takes in no policy, as IAM words it.
func (c *creation) unwritable() (problems []error) {
	documents, err := c.template.Policies(c.id)
	if err != nil {
		return nil // make has said it
	}
	for _, document := range documents {
		if text, character := cfn.NotInPolicies(document); text != "" {
			problems = append(problems, fmt.Errorf("MalformedPolicyDocument: the policy holds %q, and %q is no character of a policy", text, character))
		}
	}
	return problems
}

// lint tells what the policies of the resource name that does not exist: AWS takes
// much of it, and it then allows nothing.
func (c *creation) lint() (problems []error) {
	properties := c.template.Resources[c.id].Properties
	all := []any{properties[documents[c.typ]]}
	if inline, is := properties["Policies"].([]any); is {
		for _, p := range inline {
			all = append(all, property(p, "PolicyDocument"))
		}
	}
	for _, document := range all {
		if document == nil {
			continue
		}
		resolved, err := c.template.Resolve(document)
		if err != nil {
			continue // make has said it
		}
		text, err := json.Marshal(resolved)
		if err != nil {
			return append(problems, err)
		}
		lines, err := c.o.Lint(text)
		if err != nil {
			return append(problems, err)
		}
		for _, line := range lines {
			problems = append(problems, errors.New(line))
		}
	}
	return problems
}
