package stacks

import "github.com/lifeboat-dr/lifeboat/pkg/plan"

// DefaultPerDatabase keeps a stack well below CloudFormation's 500 resources.
const DefaultPerDatabase = 50

// Props of a deployment: the stack that runs drills in the recovery region, and
// beside it the one with what outlives it.
type Props struct {
	Plan    plan.Plan
	Account string // where it is deployed
	Assets  string // folder of the built functions
	Version string // of lifeboat
	// Authorities is a file with RDS's certificate authorities, in PEM, in
	// partitions of which lifeboat has none; or LaterAuthorities.
	Authorities string
	// PerDatabase is up to how many databases each has a schedule and alarms of
	// its own. Above, one dispatcher starts all drills, each workload has one
	// alarm on the age of its backups, and the deployment one on each ending. 0:
	// DefaultPerDatabase.
	PerDatabase int
}
