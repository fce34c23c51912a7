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
		"not bootstrapped where the databases are": {
			"a deployment with backups has two regions", "deploy",
			"Backups: SSM parameter /cdk-bootstrap/hnb659fds/version not found. Has the environment been bootstrapped? Please run 'cdk bootstrap aws://999988887777/eu-west-1'",
			1, []string{"npx cdk bootstrap aws://999988887777/eu-west-1 --trust 999988887777", repeat}, nil,
		},
		"backups, stuck": {
			"they lie where the databases are", "deploy", "The stack named lifeboat-prod-backups failed to deploy: UPDATE_ROLLBACK_FAILED (x)",
			1, []string{"continue-update-rollback --region eu-west-1 --stack-name lifeboat-prod-backups", repeat}, nil,
		},
		"a warning names bootstrapping": {
			"that is not the reason", "deploy", "current credentials could not be used to assume 'arn:aws:iam::1:role/cdk-hnb659fds-deploy-role', but are for the right account. (To get rid of this warning, please upgrade to bootstrap version >= 8)\nThe stack named lifeboat-prod failed to deploy: UPDATE_ROLLBACK_COMPLETE",
			1, []string{"is deployed again"}, []string{"npx cdk bootstrap"},
		},
		"no credentials": {
			"nothing happened", "deploy", "Need to perform AWS calls for account 111122223333, but no credentials have been configured",
			1, []string{"nothing was changed", repeat}, nil,
		},
		"credentials that expired on the way": {
			"one stack stands, and CloudFormation goes on with the other", "deploy",
			"Kept (lifeboat-prod-kept): deploying... [1/2]\nlifeboat-prod-kept: creating CloudFormation changeset...\nlifeboat-prod-kept | 1/9 | 10:00:01 | CREATE_COMPLETE | AWS::KMS::Key | Key\n\n \x1b[32m✅  Kept (lifeboat-prod-kept)\x1b[0m\n" +
				"lifeboat-prod: creating CloudFormation changeset...\nlifeboat-prod | 3/87 | 10:00:09 | CREATE_IN_PROGRESS | AWS::EC2::VPC | Network\nExpiredToken: The security token included in the request is expired",
			1, []string{"lifeboat-prod-kept was done before", "CloudFormation had begun with lifeboat-prod and goes on", "--stack-name lifeboat-prod says", repeat}, []string{"nothing was changed"},
		},
		"nothing was to be changed": {
			"a stack without changes is none that was changed", "deploy",
			"lifeboat-prod-kept: creating CloudFormation changeset...\n ✅  Kept (lifeboat-prod-kept) (no changes)\nterminal (TTY) is not attached so we are unable to get a confirmation from the user",
			1, []string{"nothing was changed", "APPROVE=never"}, []string{"was done before"},
		},
		"credentials that expired at the start of a stack": {
			"no event names it yet", "deploy", "Kept: deploying... [1/2]\nExpiredToken: The security token included in the request is expired",
			1, []string{"may have changed it", repeat}, []string{"nothing was changed"},
		},
		"credentials that expired in a removal": {
			"it goes on by itself", "destroy", "Lifeboat (lifeboat-prod): destroying... [1/1]\nlifeboat-prod | 3/9 | 10:00:09 | DELETE_IN_PROGRESS | AWS::EC2::Subnet | N\nExpiredToken: The security token included in the request is expired",
			1, []string{"goes on by itself", "make destroy"}, []string{"nothing was changed"},
		},
		"credentials of another account": {
			"which are whose", "deploy", "Need to perform AWS calls for account 111122223333, but the current credentials are for 999988887777",
			1, []string{"of account 999988887777, and the deployment goes into 111122223333", "ACCOUNT=999988887777", "nothing was changed", repeat}, []string{"describe-stacks"},
		},
		"role of another account": {
			"the words of bootstrapping are the CLI's guess", "deploy",
			"Could not assume role in target account using current credentials (which are for account 999988887777) User: x is not authorized to perform: sts:AssumeRole . Please make sure that this role exists in the account. If it doesn't exist, (re)-bootstrap the environment with the right '--trust'",
			1, []string{"of account 999988887777, and the deployment goes into 111122223333", repeat}, []string{"describe-stacks"},
		},
		"role of this account": {
			"no right, or no bootstrap", "deploy", "Could not assume role in target account using current credentials User: x is not authorized to perform: sts:AssumeRole . Please make sure",
			1, []string{"may not assume the roles cdk-hnb659fds-* of account 111122223333", repeat}, []string{"describe-stacks"},
		},
		"nobody to approve": {
			"a pipeline has no terminal", "deploy",
			"\"--require-approval\" is enabled and stack includes security-sensitive updates, but terminal (TTY) is not attached so we are unable to get a confirmation from the user",
			1, []string{"nothing was changed", repeat + " APPROVE=never"}, []string{"describe-stacks"},
		},
		"name of a role": {
			"roles are the account's", "deploy",
			"lifeboat-prod | 9/87 | 10:00:01 | CREATE_FAILED | AWS::IAM::Role | ClaimSlotRole Resource of type 'AWS::IAM::Role' with identifier 'lifeboat-prod-claim-slot' already exists.\n" +
				"The stack named lifeboat-prod failed creation, it may need to be manually deleted from the AWS console: ROLLBACK_COMPLETE",
			1, []string{"A role lifeboat-prod-claim-slot exists already", "once per account", repeat}, nil,
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
				"environment": "aws://111122223333/eu-central-1", "properties": {"stackName": "lifeboat-prod"}}, "Backups": {"type": "aws:cloudformation:stack",
				"environment": "aws://999988887777/eu-west-1", "properties": {"stackName": "lifeboat-prod-backups"}}}}`, 0o600)
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

// The next command is one that a shell and make read back as it was given.
func TestTheNextCommandIsQuoted(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not on the PATH")
	}
	for path, want := range map[string]string{
		"prod.yaml": "make deploy PLAN=prod.yaml APPROVE=never", "my plans/it's.yaml": `make deploy PLAN='my plans/it'\''s.yaml' APPROVE=never`, "a$b": "make deploy PLAN='a$$b' APPROVE=never",
	} {
		script := `import { advice } from "./advice.mjs"; console.log(advice("ExpiredToken", {command: "deploy", context: ["-c", "plan=" + process.argv[1], "-c", "authorities=later", "--require-approval", "never"]}));`
		out, err := exec.Command(node, "--input-type=module", "-e", script, path).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "  "+want+"\n") {
			t.Errorf("%s: %v, no %s in\n%s", path, err, want, out)
		}
	}
}
