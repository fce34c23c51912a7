package constructs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// accepted are findings of cdk-nag (rule to reason) that stay as they are.
type accepted map[string]string

// Of every function.
var aboutFunctions = accepted{
	"NIST.800.53.R5-LambdaConcurrency": "A reserved part of the account's concurrency would be taken from production; drills are few, and each runs one function at a time.",
	"NIST.800.53.R5-LambdaInsideVPC":   "Only the validating function talks to the copies and is inside; the others call AWS APIs with their own role, and a network without a way out would cost one endpoint per service.",
}

var aboutCalledByMachine = accepted{
	"NIST.800.53.R5-LambdaDLQ": "The machine calls the function and waits for its answer: a failure is a state's failure, with its retries, its catch and its record in the execution's history.",
}

var aboutRoles = accepted{
	"NIST.800.53.R5-IAMNoInlinePolicy": "The one policy of the role is its own: it is read, changed and deleted with it, and nobody else can attach it.",
}

// accept notes the reasons at a construct and its children.
func accept(construct any, lists ...accepted) {
	var all []*cdknag.NagPackSuppression
	for _, list := range lists {
		for _, rule := range slices.Sorted(maps.Keys(list)) {
			all = append(all, &cdknag.NagPackSuppression{Id: jsii.String(rule), Reason: jsii.String(list[rule])})
		}
	}
	cdknag.NagSuppressions_AddResourceSuppressions(construct, &all, jsii.Bool(true))
}

// acceptResources notes the reason of each statement whose resource has a
// wildcard: the statement's own.
func acceptResources(construct any, statements []Statement) {
	reasons := map[string][]string{}
	for _, s := range statements {
		for _, r := range s.Resources {
			if strings.Contains(r, "*") && !s.Deny && !slices.Contains(reasons[r], s.Reason) {
				reasons[r] = append(reasons[r], s.Reason)
			}
		}
	}
	var all []*cdknag.NagPackSuppression
	for _, resource := range slices.Sorted(maps.Keys(reasons)) {
		all = append(all, &cdknag.NagPackSuppression{
			Id: jsii.String("AwsSolutions-IAM5"), Reason: jsii.String(fmt.Sprintf("%s: %s.", "Cut as far as the action allows", strings.Join(reasons[resource], "; "))),
			AppliesTo: &[]any{"Resource::" + resource},
		})
	}
	if len(all) > 0 {
		cdknag.NagSuppressions_AddResourceSuppressions(construct, &all, jsii.Bool(true))
	}
}
