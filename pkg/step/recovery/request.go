package recoverystep

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

const whatToType = `{} starts an exercise of all workloads, {"workload": "NAME"} of one; a failover starts with {"mode": "failover", "confirm": "DEPLOYMENT"}`

// parseRequest reads what a person may have typed into the console: whatever is not
// understood is said with what would be.
func parseRequest(text json.RawMessage) (Request, error) {
	var request Request
	if text = bytes.TrimSpace(text); !bytes.HasPrefix(text, []byte("{")) {
		return request, invalid("an execution of this machine is not started with %s", briefly(text))
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		return request, invalid("the input is not understood: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	switch request.Mode {
	case "":
		request.Mode = recovery.Exercise
	case recovery.Exercise, recovery.Failover:
	default:
		return request, invalid("there is no mode %q", request.Mode)
	}
	if request.Abort && request.Resume == "" {
		return request, invalid("abort goes with resume, and names no run")
	}
	return request, nil
}

func invalid(format string, args ...any) error {
	return &drill.Error{Name: drill.InvalidInput, What: fmt.Sprintf(format, args...), Hint: whatToType}
}

// confirmed refuses what was not meant: a failover without the deployment's name, of
// another plan than the caller has, or of a database that no target is declared for.
func confirmed(request Request, planned Planned) error {
	if request.PlanHash != "" && request.PlanHash != planned.PlanHash {
		return &drill.Error{
			Name: drill.PlanMismatch, What: fmt.Sprintf("the deployed plan has hash %.12s, and the one of the caller %.12s", planned.PlanHash, request.PlanHash),
			Hint: "deploy the plan, or recover with the one that is deployed: lifeboat recover --world aws --deployed-plan",
		}
	}
	if request.Mode != recovery.Failover {
		if request.Confirm != "" {
			return invalid("confirm is of a failover, and this is an exercise: say which is meant")
		}
		return nil
	}
	if request.Confirm != planned.Deployment {
		what := "a failover makes real databases, and must be confirmed"
		if request.Confirm != "" {
			what = fmt.Sprintf("a failover was confirmed for %q, and this is another deployment", request.Confirm)
		}
		return &drill.Error{
			Name: drill.InvalidInput, What: what,
			Hint: fmt.Sprintf(`start it with {"mode": "failover", "confirm": %q}%s; an exercise, which makes throwaways only, starts with {}`, planned.Deployment, forOne(request)),
		}
	}
	targets := map[string]bool{}
	for _, d := range planned.Databases {
		targets[d.Name] = d.Target != nil
	}
	for _, s := range planned.Steps {
		if s.Node.Kind == recovery.Restore && !targets[s.Spec.Database] {
			return &drill.Error{
				Name: drill.InvalidInput, What: fmt.Sprintf("step %s cannot fail over: the plan has no recovery.target of %s", s.Node.ID, s.Spec.Database),
				Hint: "declare recovery.target of the database and deploy; an exercise starts with {}",
			}
		}
	}
	return nil
}

func forOne(request Request) string {
	if request.Workload == "" {
		return ""
	}
	return fmt.Sprintf(` and "workload": %q`, request.Workload)
}

func briefly(text []byte) string {
	const most = 80
	if len(text) > most {
		return string(text[:most]) + "..."
	}
	return string(text)
}
