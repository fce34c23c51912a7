// Package onbehalf is the table of what AWS checks on the caller's behalf: the
// permissions that a role needs for what it never calls. A call, or a resource
// that runs with a role, makes AWS ask; whoever lacks the answer sees the call
// fail, or learns nothing at all because a service fails in its place.
//
// It is data, with the page of AWS's documentation that says so in every row.
// What a page does not say in so many words is Unproven, and asked all the same:
// a permission too many does no harm, one too few is found by a drill. It is not
// complete: it holds what a deployment of lifeboat meets.
//
// Known, and not in it: the policy that Step Functions' guide shows for logging
// also has logs:CreateLogStream and logs:PutLogEvents; CloudWatch Logs' guide
// wants rights to a log group's key, through logs, of whoever writes into it;
// that of flow logs has logs:CreateLogGroup and logs:DescribeLogGroups. Who asks
// for these, and when, the pages do not say.
package onbehalf

// Row is one thing that makes AWS ask.
type Row struct {
	// On is an API call, "rds:ModifyDBInstance", or the type of a CloudFormation
	// resource, "AWS::Lambda::Function".
	On string
	// With is a parameter of the call or a property of the resource, without
	// which AWS does not ask; empty: it always does.
	With string
	// Without is the ARN of a role: AWS asks only where that does not exist.
	Without string
	// Principal is who is asked: empty is the caller, or the role of the resource;
	// Deployer; or an AWS service that works for the resource with no role.
	Principal string
	// Each: asked for every resource that the call is about, not only the first.
	Each bool
	Asks []Question
	Why  string
	// Source is the page of the documentation.
	Source string
	// Unproven: the page does not say it in so many words.
	Unproven bool
}

// Deployer is whoever makes the resource: CloudFormation, with the role that it
// was given.
const Deployer = "deployer"

// Question is what is asked. Resource and the values of Context may hold
// ${Partition}, ${Region} and ${Account}, and what the call or the resource
// names: ${Target} (what is called, or written to), ${Source} (what is restored),
// ${Bucket}, ${Table}, ${Queue}, ${Topic}, ${Log}, ${Group} (of schedules), ${Role},
// ${Passed} (a role that a call passes on), ${Self}, the resource's own ARN, and
// ${Key}, its key; ${TargetKey}, ${SourceKey}, ${BucketKey}, ${QueueKey} and
// ${TopicKey} are those of the others. A question about something that is not
// there is not asked.
type Question struct {
	Action   string
	Resource string
	Context  map[string]string
	// Tags: the tags of the request are part of the context.
	Tags bool
}

// Unproven are the rows whose page does not say it in so many words.
func Unproven() (rows []Row) {
	for _, row := range Table {
		if row.Unproven {
			rows = append(rows, row)
		}
	}
	return rows
}

// Table is every row, calls first.
var Table = append(calls(), resources()...)
