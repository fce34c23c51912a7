package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// watchEvery is how often a recovery is looked at that somebody watches: often enough
// for people, and a read or two of a table.
const watchEvery = 2 * time.Second

func newRecoverStatusCommand(s ui.Streams) *cobra.Command {
	out := ui.Output{Streams: s}
	var flags worldFlags
	var watch, list bool
	cmd := &cobra.Command{
		Use:   "status [RUN]",
		Short: "Show how a recovery stands",
		Long: `Shows every step of a recovery with its state and its time, what can be decided, and
until when. Without RUN it is the newest. On this machine no plan is needed.`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := flags.recorded(cmd)
			if err != nil {
				return err
			}
			if list {
				return listRecoveries(cmd.Context(), out, w)
			}
			now, err := w.Recovery(cmd.Context(), strings.Join(args, ""))
			if err != nil {
				return err
			}
			if watch {
				if now, err = watchRecovery(cmd.Context(), s.Err, w, now, recoverCommands(cmd)); err != nil {
					return err
				}
			}
			return out.Result(now, func(w io.Writer, p ui.Paint) error {
				ui.RecoveryStatus(w, now, recoverCommands(cmd), p)
				return nil
			})
		},
	}
	flags.register(cmd.Flags())
	out.Flag(cmd.Flags(), "one JSON document: the record; with --list the runs")
	cmd.Flags().BoolVar(&watch, "watch", false, "show it until it is over")
	cmd.Flags().BoolVar(&list, "list", false, "list the newest recoveries instead")
	return cmd
}

// watchRecovery looks until a run is reported, or nobody works on it any more.
func watchRecovery(ctx context.Context, stderr io.Writer, w world.Recoverer, now world.Recovery, command func(...string) string) (world.Recovery, error) {
	show := ui.NewRecovery(stderr, command)
	defer show.End()
	for {
		show.Look(now)
		if now.Run.ReportedAt != nil || now.CutOff {
			return now, nil
		}
		if err := clock.Pause(ctx, watchEvery); err != nil {
			return now, nil //nolint:nilerr // whoever watches has seen enough
		}
		var err error
		if now, err = w.Recovery(ctx, now.Run.ID); err != nil {
			return now, err
		}
	}
}

const listed = 20 // recoveries

func listRecoveries(ctx context.Context, out ui.Output, w world.Recoverer) error {
	runs, err := w.Recoveries(ctx, listed)
	if err != nil {
		return err
	}
	if runs == nil {
		runs = []recovery.Run{} // a list of none, as every other list is
	}
	for i := range runs {
		runs[i] = runs[i].Shown()
	}
	return out.Result(runs, func(w io.Writer, p ui.Paint) error {
		if len(runs) == 0 {
			fmt.Fprintln(w, "There was no recovery yet.")
		}
		ui.Recoveries(w, runs, p)
		return nil
	})
}
