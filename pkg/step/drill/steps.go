package drillstep

import (
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Steps are the steps of the drill machine, wired.
type Steps struct {
	ClaimSlot         ClaimSlot
	SelectBackup      SelectBackup
	StartRestore      StartRestore
	CheckAvailability CheckAvailability
	AwaitEvent        AwaitEvent
	PrepareLogin      PrepareLogin
	ValidateData      ValidateData
	Cleanup           Cleanup
	ConfirmRemoval    ConfirmRemoval
	RecordEvidence    RecordEvidence
	PublishMetrics    PublishMetrics
	ReleaseSlot       ReleaseSlot
}

// row is one state that is a Task: its name is the machine's ${...}, function
// the name of the folder and of the Lambda function.
type row struct {
	state, function string
	handler         step.Handler
}

// table is the one list of the machine's steps.
func (s Steps) table() []row {
	return []row{
		{"ClaimSlot", deployed.ClaimSlot, step.JSON(s.ClaimSlot.Handle)},
		{"SelectBackup", deployed.SelectBackup, step.JSON(s.SelectBackup.Handle)},
		{"StartRestore", deployed.StartRestore, step.JSON(s.StartRestore.Handle)},
		{"CheckAvailability", deployed.CheckAvailability, step.JSON(s.CheckAvailability.Handle)},
		{"AwaitEvent", deployed.AwaitEvent, step.JSON(s.AwaitEvent.Handle)},
		{"PrepareLogin", deployed.PrepareLogin, step.JSON(s.PrepareLogin.Handle)},
		{"ValidateData", deployed.ValidateData, step.JSON(s.ValidateData.Handle)},
		{"Cleanup", deployed.Cleanup, step.JSON(s.Cleanup.Handle)},
		{"ConfirmRemoval", deployed.ConfirmRemoval, step.JSON(s.ConfirmRemoval.Handle)},
		{"RecordEvidence", deployed.RecordEvidence, step.JSON(s.RecordEvidence.Handle)},
		{"PublishMetrics", deployed.PublishMetrics, step.JSON(s.PublishMetrics.Handle)},
		{"ReleaseSlot", deployed.ReleaseSlot, step.JSON(s.ReleaseSlot.Handle)},
	}
}

// Functions maps the ${...} of the machine to the names of the functions.
func Functions() map[string]string {
	functions := map[string]string{}
	for _, r := range (Steps{}).table() {
		functions[r.state] = r.function
	}
	return functions
}

// Handlers are the steps by the names of their functions.
func Handlers(s Steps) map[string]step.Handler {
	handlers := map[string]step.Handler{}
	for _, r := range s.table() {
		handlers[r.function] = r.handler
	}
	return handlers
}
