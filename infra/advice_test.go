package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// After a failure cdk.mjs says what is left and the exact next command, from the
// words of the CDK CLI 2.1148.1; and it claims nothing that these do not say.
func TestAfterAFailure(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not on the PATH")
	}
	const repeat = "make deploy PLAN=prod.yaml"
	for name, c := range map[string]struct {
		reason, command, said string
		code                  int
		has, hasNot           []string
	}{
		"first deployment": {
			"all is gone but the empty stack, which the next deployment removes", "deploy",
			"lifeboat-prod |  9/87 | 10:00:01 | CREATE_FAILED        | AWS::RDS::DBSubnetGroup | SubnetGroup no zones\n" +
				"lifeboat-prod | 12/87 | 10:00:09 | DELETE_COMPLETE      | AWS::EC2::VPC | Network\n" +
				" \x1b[31m❌  lifeboat-prod failed: Error: The stack named lifeboat-prod failed creation, it may need to be manually deleted from the AWS console: ROLLBACK_COMPLETE\x1b[0m",
			1, []string{"it named nothing that stayed", "lifeboat-prod-kept", repeat}, []string{"AWS::EC2::VPC", "delete-stack", "Nothing is lost", "bootstrap"},
		},
		"what is kept": {
			"nothing is beside it yet", "deploy",
			"The stack named lifeboat-prod-kept failed creation, it may need to be manually deleted from the AWS console: ROLLBACK_COMPLETE",
			1, []string{"lifeboat-prod-kept could not be created", repeat}, []string{"lifeboat-prod-kept-kept", "was made before it"},
		},
		"rollback failed": {
			"what stayed has names that the next one needs", "deploy",
			"lifeboat-prod-kept | 3/9 | 10:00:09 | DELETE_FAILED        | AWS::S3::Bucket | EvidenceAccessLog43943732 not empty\n" +
				"The stack named lifeboat-prod-kept failed creation, it may need to be manually deleted from the AWS console: ROLLBACK_FAILED",
			1, []string{"AWS::S3::Bucket EvidenceAccessLog43943732", "delete-stack --region eu-central-1 --stack-name lifeboat-prod-kept", repeat}, nil,
		},
		"change": {
			"the old one runs again", "deploy", "The stack named lifeboat-prod failed to deploy: UPDATE_ROLLBACK_COMPLETE: Resource handler returned",
			1, []string{"what was deployed before is deployed again", repeat}, []string{"delete-stack"},
		},
		"change, stuck": {
			"nothing can be deployed before the rollback has ended", "deploy", "The stack named lifeboat-prod failed to deploy: UPDATE_ROLLBACK_FAILED (x)",
			1, []string{"continue-update-rollback --region eu-central-1 --stack-name lifeboat-prod", repeat}, nil,
		},
		"removal": {
			"a bucket that is not empty, say", "destroy",
			"lifeboat-prod | 3/9 | 10:00:09 | DELETE_FAILED | AWS::EC2::Subnet | NetworkisolatedSubnet1 in use\nThe stack named lifeboat-prod is in a failed state. You may need to delete it from the AWS console : DELETE_FAILED",
			1, []string{"AWS::EC2::Subnet NetworkisolatedSubnet1", "make destroy PLAN=prod.yaml"}, nil,
		},
		"not bootstrapped": {
			"the exact line, in the region's partition", "deploy",
			"SSM parameter /cdk-bootstrap/hnb659fds/version not found in aws://111122223333/eu-central-1. Has the environment been bootstrapped? Please run 'cdk bootstrap'",
			1, []string{"npx cdk bootstrap aws://111122223333/eu-central-1", "arn:aws:iam::aws:policy", repeat}, nil,
		},
		"a warning names bootstrapping": {
			"that is not the reason", "deploy", "current credentials could not be used to assume 'arn:aws:iam::1:role/cdk-hnb659fds-deploy-role', but are for the right account. (To get rid of this warning, please upgrade to bootstrap version >= 8)\nThe stack named lifeboat-prod failed to deploy: UPDATE_ROLLBACK_COMPLETE",
			1, []string{"is deployed again"}, []string{"npx cdk bootstrap"},
		},
		"no credentials": {
			"nothing happened", "deploy", "Need to perform AWS calls for account 111122223333, but no credentials have been configured",
			1, []string{"nothing was changed", repeat}, nil,
		},
		"cut off": {
			"nobody knows: it says where to look", "deploy", "socket hang up",
			1, []string{"describe-stacks --region eu-central-1 --stack-name lifeboat-prod"}, []string{"rolled", "Nothing is lost"},
		},
		"refused by the app": {
			"one line, and its exit code; the tool chain's words are dropped", "synth",
			"lifeboat: the plan has no database\nRuntime process exited abnormally: waitid: no child processes79 feature flags are not configured. Run 'cdk flags'\nbuild/infra: Subprocess exited with error 64",
			64, []string{"lifeboat: the plan has no database\n"}, []string{"Subprocess", "waitid", "flags", "describe-stacks"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			write(t, filepath.Join(folder, "said"), c.said, 0o600)
			write(t, filepath.Join(folder, "cdk"), "#!/bin/sh\ncat "+filepath.Join(folder, "said")+" >&2\nexit 1\n", 0o700)
			write(t, filepath.Join(folder, "build/cdk.out/manifest.json"), `{"artifacts": {"Lifeboat": {"type": "aws:cloudformation:stack",
				"environment": "aws://111122223333/eu-central-1", "properties": {"stackName": "lifeboat-prod"}}}}`, 0o600)
			here, err := filepath.Abs("cdk.mjs")
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(node, here, c.command, "-c", "plan=prod.yaml", "-c", "version=1")
			cmd.Dir, cmd.Env = folder, append(os.Environ(), "LIFEBOAT_CDK="+filepath.Join(folder, "cdk"))
			out, _ := cmd.CombinedOutput() // its exit code is looked at below
			if code := cmd.ProcessState.ExitCode(); code != c.code {
				t.Errorf("%s: exit %d", c.reason, code)
			}
			advice := string(out)
			if c.command != "synth" {
				_, advice, _ = strings.Cut(advice, "\n\n")
			}
			for _, part := range c.has {
				if !strings.Contains(advice, part) {
					t.Errorf("%s: no %q in\n%s", c.reason, part, advice)
				}
			}
			for _, part := range c.hasNot {
				if strings.Contains(advice, part) {
					t.Errorf("%s: there is %q in\n%s", c.reason, part, advice)
				}
			}
		})
	}
}

func write(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
