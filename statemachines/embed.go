// Package statemachines holds the state machines, as the files that are
// deployed: the same bytes run in every world.
//
// ${Name} stands for the function of the state Name: an ARN in the cloud, a
// name of step.Handlers elsewhere.
package statemachines

import _ "embed"

// Drill is drill.asl.json: a restore drill of one database. docs/drill.md
// explains it.
//
//go:embed drill.asl.json
var Drill []byte

// Recovery is recovery.asl.json: it recovers what a dependency graph has, and
// RecoveryStep is recovery-step.asl.json: one attempt of one step of it.
// docs/recovery.md explains them.
var (
	//go:embed recovery.asl.json
	Recovery []byte

	//go:embed recovery-step.asl.json
	RecoveryStep []byte
)
