package deployed

// Drill is the machine that runs restore drills.
const Drill = "drill"

// Machines are the state machines of a deployment: the files of
// statemachines/, without their endings.
var Machines = []string{Drill}
