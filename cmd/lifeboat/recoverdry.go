package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// dryRecovery is lifeboat recover --dry-run and --mermaid.
type dryRecovery struct {
	plan     plan.Plan
	workload string // "": all that declare a recovery
	// onAWS: of workloads on AWS; else of those of this machine. See recoversOnAWS.
	onAWS    bool
	measured budget.Measurements  // nil: by the plan alone
	request  world.RecoverRequest // of which only the mode and its confirmation are looked at
	mermaid  bool
}

// recoversOnAWS is where a recovery would be of which nobody said where: on this
// machine, unless the plan declares recoveries on AWS alone.
func recoversOnAWS(p plan.Plan) bool { return len(p.Recovered(false)) == 0 && p.RecoversOnAWS() }

// tell says what a recovery would do. It begins nothing, and asks nobody.
func (d dryRecovery) tell(ctx context.Context, out ui.Output) error {
	forecast, err := slice.ForecastOf(ctx, d.plan, d.workload, d.onAWS, d.measured)
	if err != nil {
		return dryError(err)
	}
	if err := d.refused(forecast); err != nil {
		return err
	}
	if much := forecast.Graph.TooMuchForMermaid(); d.mermaid && much != "" {
		fmt.Fprintf(out.Err, "lifeboat: warning: %s\n", much)
	}
	if d.mermaid && !out.JSON() {
		_, err := fmt.Fprint(out.Out, forecast.Graph.Mermaid())
		return err
	}
	document := struct {
		slice.Forecast
		Mermaid string `json:"mermaid,omitempty"`
	}{Forecast: forecast}
	if d.mermaid {
		document.Mermaid = forecast.Graph.Mermaid()
	}
	return out.Result(document, func(w io.Writer, p ui.Paint) error { return ui.Forecast(w, p, forecast) })
}

// refused is what the recovery itself would be refused for: a forecast of what cannot
// begin would be taken for one that can.
func (d dryRecovery) refused(f slice.Forecast) error {
	confirm := d.request.Confirm
	switch {
	case d.request.Mode != recovery.Failover && confirm != "":
		return usageError("leave it out, or say --mode failover", "--confirm is of a failover, and this is an exercise")
	case d.request.Mode != recovery.Failover:
		return nil
	case !d.onAWS:
		return usageError("leave --mode out for an exercise", "there is no failover on this machine: backups of kind postgres are restored into throwaways")
	case confirm != "" && confirm != f.Deployment:
		return usageError("--confirm "+f.Deployment, "a failover was confirmed for %q, and this is another deployment", confirm)
	}
	for _, of := range f.Workloads {
		for _, w := range d.plan.Workloads {
			for _, database := range w.Databases {
				if w.Name == of.Name && w.RecoveredBy(database.Name) != "" && w.RecoveredAs(database) == "" {
					return usageError("declare it and deploy; without --mode failover the exercise is shown, which needs none",
						"a failover of %s is refused: the plan has no recovery.target of %s/%s", w.Name, w.Name, database.Name)
				}
			}
		}
	}
	return nil
}

func dryError(err error) error {
	var named *drill.Error
	if errors.As(err, &named) {
		return usageError(named.Hint, "%w", err)
	}
	return err
}
