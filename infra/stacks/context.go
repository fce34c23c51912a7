package stacks

// Context is the CDK's feature flags that the templates are made with, so that
// an app that imports the stack and a test give what the CLI gives. cdk.json
// has the same.
func Context() *map[string]any {
	return &map[string]any{
		"@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": true,
		"@aws-cdk/aws-lambda:recognizeLayerVersion":       true,
		"@aws-cdk/aws-iam:minimizePolicies":               false,
		"@aws-cdk/core:target-partitions":                 []string{"aws", "aws-us-gov", "aws-cn"},
		// The key must not go while the other stack uses it.
		"@aws-cdk/core:defaultCrossStackReferences": "strong",
		"aws:cdk:enable-path-metadata":              false,
	}
}
