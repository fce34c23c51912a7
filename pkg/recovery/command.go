package recovery

import (
	"fmt"
	"strings"
)

// OnAWS are the flags of a command about a recovery that is deployed.
const OnAWS = "--world aws"

// Command is a command of lifeboat about recoveries as it is to be typed. where are the
// flags that say in which world, of which plan: OnAWS, or Where of an execution.
func Command(where string, words ...string) string {
	all := append([]string{"lifeboat", "recover"}, words...)
	if where != "" {
		all = append(all, where)
	}
	return strings.Join(all, " ")
}

// Where are the flags of commands about a run, by the ARN of an execution of it. On this
// machine its region is "local", and there are none.
func Where(execution string) string {
	const region = 3
	parts := strings.Split(execution, ":")
	if len(parts) <= region || parts[0] != "arn" || parts[region] == "local" {
		return ""
	}
	return OnAWS
}

// Command about the run, as it is to be typed.
func (r Run) Command(words ...string) string { return Command(Where(r.First), words...) }

// DecisionWords are those of a decision about a step as it stands now. They name the
// attempt: what is typed late decides about no other.
func DecisionWords(choice Choice, run string, step Record) []string {
	return []string{string(choice), run, step.Node.ID, fmt.Sprintf("--attempt %d", step.Status.Attempt), "--reason TEXT"}
}

// AbortWords are those of an abort.
func AbortWords(run string) []string { return []string{string(Abort), run, "--reason TEXT"} }
