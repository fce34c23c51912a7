// Package constructs are the parts of a deployment, one concern per file. Their
// props are plain Go; they read no environment.
package constructs

import "strings"

// Names are the physical names of a deployment. They are fixed, so that
// policies can name resources before these exist, and so that a new deployment
// finds what an old one kept.
type Names struct {
	Deployment string
	Account    string
	Region     string // where lifeboat runs: the recovery region
}

// Prefix is that of everything lifeboat makes: lifeboat-<deployment>.
func (n Names) Prefix() string { return "lifeboat-" + n.Deployment }

// Table, Bucket, Machine and Topic are the names of these.
func (n Names) Table() string   { return n.Prefix() }
func (n Names) Bucket() string  { return n.Prefix() + "-evidence-" + n.Account + "-" + n.Region }
func (n Names) Machine() string { return n.Prefix() + "-drill" }
func (n Names) Topic() string   { return n.Prefix() + "-alerts" }

// Undelivered is the queue of starts and events that nobody took.
func (n Names) Undelivered() string { return n.Prefix() + "-undelivered" }

// Function is the physical name of a function.
func (n Names) Function(name string) string { return n.Prefix() + "-" + name }

// SubnetGroup is the DB subnet group of restored copies.
func (n Names) SubnetGroup() string { return n.Prefix() }

// ARN is one in this account and region.
func (n Names) ARN(service, resource string) string {
	return "arn:aws:" + service + ":" + n.Region + ":" + n.Account + ":" + resource
}

// TableARN, BucketARN, MachineARN and TopicARN are what policies name.
func (n Names) TableARN() string   { return n.ARN("dynamodb", "table/"+n.Table()) }
func (n Names) BucketARN() string  { return "arn:aws:s3:::" + n.Bucket() }
func (n Names) MachineARN() string { return n.ARN("states", "stateMachine:"+n.Machine()) }
func (n Names) TopicARN() string   { return n.ARN("sns", n.Topic()) }

// Throwaways is the pattern of the ARNs of restored copies.
func (n Names) Throwaways() string { return n.ARN("rds", "db:"+n.Prefix()+"-*") }

// id turns a name such as claim-slot into a construct id such as ClaimSlot.
func id(name string) string {
	var out strings.Builder
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '/' || r == '.' }) {
		out.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return out.String()
}
