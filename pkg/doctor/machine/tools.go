package machine

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
)

// tools are what make deploy runs, with the oldest major version that will do; 0:
// any.
var tools = []struct {
	name, argument string
	oldest         int
	why            string
}{
	{"make", "--version", 0, "it runs the deployment"},
	{"node", "--version", 20, "the CDK runs on it"},
	{"npm", "--version", 0, "it installs the CDK"},
	{"go", "version", 0, "it builds the functions"},
}

var versionRE = regexp.MustCompile(`\d+(\.\d+)*`)

// Tools are what deploying needs, and only that: drills on this machine and those of
// a deployment need none of them. ask runs a program and returns what it says of its version.
func Tools(p Planned, ask func(ctx context.Context, program, argument string) (string, error)) doctor.Check {
	return doctor.Check{Area: AreaTools, Run: func(ctx context.Context) []doctor.Line {
		if len(p.OnAWS) == 0 {
			return []doctor.Line{ok("make deploy", "not needed: no plan with a database on AWS was looked at, and nothing else uses Node, make or Go")}
		}
		var lines []doctor.Line
		for _, tool := range tools {
			said, err := ask(ctx, tool.name, tool.argument)
			said, _, _ = strings.Cut(strings.TrimSpace(said), "\n")
			major, _ := strconv.Atoi(strings.SplitN(versionRE.FindString(said), ".", 2)[0])
			switch need := "make deploy needs it, drills do not: " + tool.why; {
			case err != nil:
				lines = append(lines, wrong(tool.name, fmt.Sprintf("it does not run (%v); %s", err, need), "command -v "+tool.name))
			case major < tool.oldest:
				lines = append(lines, wrong(tool.name, fmt.Sprintf("it is %s, and %d is the oldest that will do; %s", said, tool.oldest, need), tool.name+" "+tool.argument))
			default:
				lines = append(lines, ok(tool.name, said+", for make deploy"))
			}
		}
		return lines
	}}
}
