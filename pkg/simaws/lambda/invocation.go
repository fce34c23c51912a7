package lambda

import (
	"maps"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// invocation is what a call asks for, apart from its payload.
type invocation struct {
	function  string // name, partial ARN or ARN
	qualifier string
	dryRun    bool
	event     bool // nobody waits for the answer
}

// parse reads path, query and headers strictly. Events are for those who have
// somebody to take them.
func parse(c *wire.Call, events bool) (invocation, error) {
	in := invocation{function: wire.Segments(c.HTTP)[2]}
	query := c.HTTP.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if name != "Qualifier" {
			return in, wire.Unknown("%s %s: query parameter %s=%q is not simulated", c.Service, c.Operation, name, query.Get(name))
		}
		in.qualifier = query.Get(name)
	}
	for _, name := range slices.Sorted(maps.Keys(c.HTTP.Header)) {
		value := c.HTTP.Header.Get(name)
		switch {
		case !strings.HasPrefix(name, "X-Amz-"):
		case name == "X-Amz-Date", name == "X-Amz-Security-Token", name == "X-Amz-Content-Sha256", name == "X-Amz-User-Agent": // of the signature
		case name == "X-Amz-Invocation-Type" && value == "RequestResponse":
		case name == "X-Amz-Invocation-Type" && value == "DryRun":
			in.dryRun = true
		case name == "X-Amz-Invocation-Type" && value == "Event" && events:
			in.event = true
		case name == "X-Amz-Log-Type" && value == "None":
		default:
			return in, wire.Unknown("%s %s: header %s: %s is not simulated", c.Service, c.Operation, name, value)
		}
	}
	return in, nil
}
