// Package deployed says what a deployment is called: names, ARNs and tags of what
// lifeboat makes on AWS, the functions and machines that it has, and what these
// are told. Infrastructure, functions, adapters and clients take it from here.
package deployed

// Names are the physical names of a deployment. They are fixed, so that
// policies can name resources before these exist, and so that clients find what
// was deployed. How long a deployment's own name may be follows from them:
// pkg/plan checks it.
type Names struct {
	Deployment string
	Account    string
	Region     string // where lifeboat runs: the recovery region
}

// Prefix is that of everything lifeboat makes: lifeboat-<deployment>.
func (n Names) Prefix() string { return "lifeboat-" + n.Deployment }

// KeptStack holds evidence, history and their key; Prefix is the name of the
// other stack.
func (n Names) KeptStack() string { return n.Prefix() + "-kept" }

// Table, Bucket and Machine are the names of these.
func (n Names) Table() string { return n.Prefix() }

// Bucket names are unique in the whole world and have 63 characters at most.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func (n Names) Bucket() string  { return n.Prefix() + "-" + n.Account + "-" + n.Region }
func (n Names) Machine() string { return n.Prefix() + "-" + Drill }

// PagesTopic is what wakes somebody, TicketsTopic what is read in the morning.
func (n Names) PagesTopic() string   { return n.Prefix() + "-pages" }
func (n Names) TicketsTopic() string { return n.Prefix() + "-tickets" }

// Undelivered is the queue of starts and events that nobody took.
func (n Names) Undelivered() string { return n.Prefix() + "-undelivered" }

// Function is the physical name of a function, and of its role.
func (n Names) Function(name string) string { return n.Prefix() + "-" + name }

// SubnetGroup is the DB subnet group of restored copies.
func (n Names) SubnetGroup() string { return n.Prefix() }

// Partition is that of the region.
func (n Names) Partition() string { return Partition(n.Region) }

// ARN is one in this account and region.
func (n Names) ARN(service, resource string) string {
	return n.AnyARN(service, n.Region, n.Account, resource)
}

// AnyARN is one in the same partition.
func (n Names) AnyARN(service, region, account, resource string) string {
	return "arn:" + n.Partition() + ":" + service + ":" + region + ":" + account + ":" + resource
}

// TableARN, BucketARN, MachineARN and the topics' are what policies name.
func (n Names) TableARN() string   { return n.ARN("dynamodb", "table/"+n.Table()) }
func (n Names) BucketARN() string  { return n.AnyARN("s3", "", "", n.Bucket()) }
func (n Names) MachineARN() string { return n.ARN("states", "stateMachine:"+n.Machine()) }
func (n Names) PagesARN() string   { return n.ARN("sns", n.PagesTopic()) }
func (n Names) TicketsARN() string { return n.ARN("sns", n.TicketsTopic()) }

// Throwaways is the pattern of the ARNs of restored copies.
func (n Names) Throwaways() string { return n.ARN("rds", "db:"+n.Prefix()+"-*") }
