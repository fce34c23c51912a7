package stacks_test

import (
	"encoding/json"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
)

// Whatever a policy of a deployment names exists in AWS, and goes together: its
// actions, what they are allowed on, and the keys of its conditions.
func TestPoliciesNameWhatExists(t *testing.T) {
	// The property of each type that is a policy.
	documents := map[string]string{
		"AWS::IAM::Role": "AssumeRolePolicyDocument", "AWS::IAM::Policy": "PolicyDocument", "AWS::KMS::Key": "KeyPolicy", "AWS::S3::BucketPolicy": "PolicyDocument",
		"AWS::SNS::TopicPolicy": "PolicyDocument", "AWS::SQS::QueuePolicy": "PolicyDocument", "AWS::EC2::VPCEndpoint": "PolicyDocument",
	}
	for name := range shapes {
		t.Run(name, func(t *testing.T) {
			a, n := shaped(t, name), 0
			check := func(stack cfn.Template, id string, value any) {
				document, err := stack.Resolve(value)
				if err != nil {
					t.Fatal(err)
				}
				text, err := json.Marshal(document)
				if err != nil {
					t.Fatal(err)
				}
				problems, err := theEvaluator(t).Lint(text)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range problems {
					t.Errorf("%s: %s", id, p)
				}
				n++
			}
			for _, stack := range []cfn.Template{a.kept, a.recovery} {
				for id, r := range stack.Resources {
					if document := r.Properties[documents[r.Type]]; document != nil {
						check(stack, id, document)
					}
					inline, _ := r.Properties["Policies"].([]any)
					for _, p := range inline {
						check(stack, id, p.(map[string]any)["PolicyDocument"])
					}
				}
			}
			if n < 20 {
				t.Errorf("only %d policies", n)
			}
		})
	}
}
