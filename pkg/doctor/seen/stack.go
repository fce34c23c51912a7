package seen

// Stack of CloudFormation.
type Stack struct {
	Name   string
	Status string // "UPDATE_COMPLETE"
	Reason string // of the status, where there is one
	// Outputs by name.
	Outputs map[string]string
}
