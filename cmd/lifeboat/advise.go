package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/advise"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

type adviseFlags struct {
	plan    planFlags
	history historyFlag
	use     advise.Usage
	change  float64
	prices  string
}

func newAdviseCommand(s ui.Streams) *cobra.Command {
	out := ui.Output{Streams: s}
	var flags adviseFlags
	cmd := &cobra.Command{
		Use:   "advise [WORKLOAD]",
		Short: "Say which topologies would meet the targets, and what they cost a month",
		Long: `Compares the topologies for a workload, or for each: whether it would meet RTO and RPO
and why, what the plan would have to have for it, and what it would cost a month by prices
that are dated. What is not known is said to be unknown and counts neither as met nor as zero.
It reads the plan, also one whose targets cannot be met, and asks nobody; with --history it
takes what drills measured of restores. docs/topologies.md
The exit code is 0 where some topology is known to meet the targets of each workload, and 1
where for one of them none is.`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			tables, err := flags.tables(cmd, s, args)
			if err != nil {
				return err
			}
			err = out.Result(struct {
				Workloads []advise.Table `json:"workloads"`
			}{tables}, func(w io.Writer, p ui.Paint) error { return ui.Advice(w, p, tables) })
			for _, t := range tables {
				if err == nil && t.First == "" {
					err = &exitError{code: exitObjectivesMissed, err: errors.New("no topology is known to meet the targets of " + t.Workload), quiet: true}
				}
			}
			return err
		},
	}
	flags.plan.register(cmd.Flags())
	flags.history.register(cmd.Flags())
	cmd.Flags().Float64Var(&flags.use.SizeGiB, "size", 0, "GiB that each database has (default 100, and said to be assumed)")
	cmd.Flags().Float64Var(&flags.change, "change", 0, "per cent of a database that change a day (default 3, and said to be assumed)")
	namedVar(cmd.Flags(), &flags.use.Class, "class", "", "class of the replicas, such as db.m6g.large (default that of the drills)")
	namedVar(cmd.Flags(), &flags.use.Engine, "engine", "", "engine of the databases: postgres, mysql or mariadb (default postgres)")
	namedVar(cmd.Flags(), &flags.prices, "prices", "", "a file of prices in the place of lifeboat's own")
	out.Flag(cmd.Flags(), "one JSON document: a table for each workload")
	return cmd
}

// What sizes and changes are at most: of a thousand million GiB figures still add up.
const mostGiB, mostChange = 1e9, 1e6

// tables are those of the workload that is named, or of all.
func (f *adviseFlags) tables(cmd *cobra.Command, s ui.Streams, args []string) ([]advise.Table, error) {
	if f.use.SizeGiB < 0 || f.change < 0 {
		return nil, usageError("for instance --size 200 --change 5", "--size %g, --change %g: neither can be negative", f.use.SizeGiB, f.change)
	}
	if !(f.use.SizeGiB <= mostGiB) || !(f.change <= mostChange) { // neither is NaN
		return nil, usageError("for instance --size 200 --change 5", "--size %g, --change %g: no database has as much, and no figure could hold what it costs", f.use.SizeGiB, f.change)
	}
	f.use.DailyChange = f.change / 100
	loaded, err := f.load()
	if err != nil {
		return nil, err
	}
	prices, err := f.priceFile()
	if err != nil {
		return nil, err
	}
	measured, err := f.history.measured(cmd, s, &f.plan, loaded)
	if err != nil {
		return nil, err
	}
	tables, names := []advise.Table{}, []string{}
	for i, w := range loaded.Plan.Workloads {
		names = append(names, w.Name)
		if len(args) == 0 || args[0] == w.Name {
			tables = append(tables, advise.Of(loaded.Plan, i, measured, f.use, prices))
		}
	}
	if len(tables) == 0 {
		return nil, usageError("the plan has "+strings.Join(names, ", "), "there is no workload %q", args[0])
	}
	return tables, nil
}

// load reads the plan, also one whose targets cannot be met: whoever has one asks
// for advice.
func (f *adviseFlags) load() (*planfile.Loaded, error) {
	loaded, err := f.plan.load()
	var missed *planfile.Missed
	if errors.As(err, &missed) {
		return missed.Loaded, nil
	}
	return loaded, err
}

func (f *adviseFlags) priceFile() (advise.Prices, error) {
	if f.prices == "" {
		return advise.OwnPrices(), nil
	}
	file, err := os.Open(f.prices)
	if err != nil {
		return advise.Prices{}, usageError("see that it can be read", "%w", err)
	}
	defer file.Close()
	prices, err := advise.ReadPrices(file)
	if err != nil {
		return advise.Prices{}, usageError("docs/topologies.md shows its form", "%s: %w", f.prices, err)
	}
	return prices, nil
}
