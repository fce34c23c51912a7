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
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
)

// dryRecovery is lifeboat recover --dry-run and --mermaid.
type dryRecovery struct {
	plan     plan.Plan
	workload string // "": all that declare a recovery
	// onAWS: of workloads on AWS; else of those of this machine. See recoversOnAWS.
	onAWS    bool
	measured budget.Measurements // nil: by the plan alone
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

func dryError(err error) error {
	var named *drill.Error
	if errors.As(err, &named) {
		return usageError(named.Hint, "%w", err)
	}
	return err
}
