package constructs

import "github.com/aws/aws-cdk-go/awscdk/v2"

// keep has a resource outlive its stack, except where the operation that made it
// is rolled back: what a failed first deployment left would have the names that
// the next one needs, and a function's version that a failed one left would keep
// the next from publishing the same.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
const keep = awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE

// goes has a resource go with its stack.
const goes = awscdk.RemovalPolicy_DESTROY
