package deployed

// Drill is the machine that runs restore drills.
const Drill = "drill"

// Recovery is the machine that recovers, RecoveryStep the one that does a step of a
// recovery.
const (
	Recovery     = "recovery"
	RecoveryStep = "recovery-step"
)

// Machines are the state machines of a deployment: the files of
// statemachines/, without their endings.
var Machines = []string{Drill, RecoveryStep, Recovery}
