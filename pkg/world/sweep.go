package world

// SweepOptions say what to sweep.
type SweepOptions struct {
	DryRun bool // only tell
	Kept   bool // copies that were kept on request, too
}

// Action is what a sweep did about something.
type Action string

// What a sweep does.
const (
	Removed     Action = "removed"
	Removing    Action = "removing" // its removal was asked for and takes minutes
	WouldRemove Action = "would remove"
	Spared      Action = "left"
	NotRemoved  Action = "failed"
)

// Swept is one thing that a sweep found.
type Swept struct {
	Kind   string `json:"kind"` // "execution", "throwaway"; on AWS that of the copy: "rds-instance"
	ID     string `json:"id"`
	Path   string `json:"path,omitempty"` // of a folder of this machine
	Action Action `json:"action"`
	Reason string `json:"reason"`
	// Foreign: it has our name and not our marker, so nobody here touches it.
	Foreign bool `json:"-"`
}
