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
