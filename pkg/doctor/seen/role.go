package seen

import "encoding/json"

// Role of IAM.
type Role struct {
	Name, ARN string
	Trust     json.RawMessage
	// Inline policies, by name.
	Inline map[string]json.RawMessage
	// Attached are the ARNs of managed policies.
	Attached []string
	// Boundary is the ARN of the policy that bounds what the role may; "" none.
	Boundary string
}

// Asked is what IAM's simulator is asked of a role: each action on one resource,
// in one context.
type Asked struct {
	Role     string // ARN
	Actions  []string
	Resource string // ARN, or "*"
	// Context is what the request tells, by key: a string or a []string each.
	Context map[string]any
}

// Decision of IAM's simulator about one action.
type Decision struct {
	Action  string
	Allowed bool
	// Explicit: a statement denies it. Statements are those that decided, as
	// "policy 12:3"; IAM shows none of an organisation's.
	Explicit   bool
	Statements []string
	// ByOrganisation and ByBoundary: these do not allow it, whatever the role's own
	// policies say.
	ByOrganisation, ByBoundary bool
	// Identity is what the role's own policies say where the resource is of another
	// account, whose policy IAM does not look up: "allowed", "implicitDeny" or
	// "explicitDeny"; "" where it was not told.
	Identity string
	// Missing are condition keys that policies ask for and nobody told.
	Missing []string
}
