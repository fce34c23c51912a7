package account

import (
	"encoding/json"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/policy"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// lookAtPolicy is the command that shows a policy.
func lookAtPolicy(n deployed.Names, arn string) string {
	name := nameIn(arn)
	switch part(arn, 2) {
	case "kms":
		return cli(n, "kms get-key-policy --key-id %s --policy-name default --output text", arn)
	case "s3":
		return cli(n, "s3api get-bucket-policy --bucket %s --output text", name)
	case "sns":
		return cli(n, "sns get-topic-attributes --topic-arn %s", arn)
	case "sqs":
		return cli(n, "sqs get-queue-attributes --queue-url %s --attribute-names All", queueURL(n, name))
	}
	function, version := functionIn(arn)
	return cli(n, "lambda get-policy --function-name %s%s", function, version)
}

// mendPolicy is the command that puts a statement into the policy of a resource:
// Lambda's by itself, the others' with the whole document.
func mendPolicy(n deployed.Names, arn string, missing policy.Statement, mended []policy.Statement) string {
	name, document := nameIn(arn), policy.Document(mended)
	switch part(arn, 2) {
	case "kms":
		return cli(n, "kms put-key-policy --key-id %s --policy-name default --policy %s", arn, printable.ShellWord(document))
	case "s3":
		return cli(n, "s3api put-bucket-policy --bucket %s --policy %s", name, printable.ShellWord(document))
	case "sns":
		return cli(n, "sns set-topic-attributes --topic-arn %s --attribute-name Policy --attribute-value %s", arn, printable.ShellWord(document))
	case "sqs":
		attributes, _ := json.Marshal(map[string]string{"Policy": document}) // texts always encode
		return cli(n, "sqs set-queue-attributes --queue-url %s --attributes %s", queueURL(n, name), printable.ShellWord(string(attributes)))
	}
	function, version := functionIn(arn)
	command := "lambda add-permission --function-name " + function + version + " --statement-id " + strings.ReplaceAll(missing.Sid, " ", "") + " --action " + missing.Said()
	for _, p := range missing.Principals.Items {
		_, principal, _ := strings.Cut(p, " ")
		command += " --principal " + principal
	}
	for _, c := range missing.Conditions {
		switch c.Key {
		case "aws:sourcearn":
			command += " --source-arn " + strings.Join(c.Values, ",")
		case "aws:sourceaccount":
			command += " --source-account " + strings.Join(c.Values, ",")
		}
	}
	return cli(n, "%s", command)
}

// unmendPolicy is the command that takes a statement out: mended has none of it
// any more.
func unmendPolicy(n deployed.Names, arn string, harmful policy.Statement, mended string) string {
	if part(arn, 2) != "lambda" {
		return mended
	}
	function, version := functionIn(arn)
	return cli(n, "lambda remove-permission --function-name %s%s --statement-id %s", function, version, harmful.Sid)
}

// functionIn is the name of a function in an ARN, and its version as an argument.
func functionIn(arn string) (name, version string) {
	name, number, qualified := strings.Cut(strings.TrimPrefix(part(arn, 5), "function:"), ":")
	if qualified {
		version = " --qualifier " + number
	}
	return name, version
}

// queueURL of the deployment's region.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
func queueURL(n deployed.Names, name string) string {
	suffix := ""
	if n.Partition() == "aws-cn" {
		suffix = ".cn"
	}
	return "https://sqs." + n.Region + ".amazonaws.com" + suffix + "/" + n.Account + "/" + name
}
