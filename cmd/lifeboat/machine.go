package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

func newMachineCommand(s ui.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "machine",
		Short: "Run, check or draw a state machine (Amazon States Language, JSONata)",
		Args:  subcommandOnly,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newMachineRunCommand(s), newMachineCheckCommand(s), newMachineGraphCommand(s))
	return cmd
}

// machineResult is the document of `machine run --json`; events have the form
// of the histories that Step Functions returns.
type machineResult struct {
	Status asl.Status      `json:"status"`
	Output json.RawMessage `json:"output,omitempty"`
	Error  string          `json:"error,omitempty"`
	Cause  string          `json:"cause,omitempty"`
	Events []asl.Event     `json:"events"`
}

func newMachineRunCommand(s ui.Streams) *cobra.Command {
	out := ui.Output{Streams: s}
	var inputFile string
	var realTime bool
	var seed int64
	cmd := &cobra.Command{
		Use:   "run FILE.asl.json",
		Short: "Run a machine without Task states, in virtual time",
		Long: `Runs a machine without Task states and prints its output, or with --json the result
with the whole history, in the form of AWS Step Functions. Waits take no time.
The exit code is 0 when the execution succeeded and 2 when it did not.`,
		Args: exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			machine, err := loadMachine(args[0])
			if err != nil {
				return err
			}
			input, err := readInput(s.In, inputFile)
			if err != nil {
				return err
			}
			var wall clock.Clock = clock.Real{}
			if !realTime {
				wall = clock.NewVirtual(clock.Real{}.Now())
			}
			result, err := machine.Run(cmd.Context(), asl.Options{Input: input, Clock: wall, Seed: seed})
			if err != nil {
				return usageError("machines with Task states run in a world: lifeboat drill", "run %s: %w", args[0], err)
			}
			return reportMachine(out, result)
		},
	}
	namedVar(cmd.Flags(), &inputFile, "input", "", "file with the input, or - for standard input (default {})")
	out.Flag(cmd.Flags(), "one JSON document with the whole history")
	cmd.Flags().BoolVar(&realTime, "real-time", false, "let Wait states wait for real")
	cmd.Flags().Int64Var(&seed, "seed", 1, "seed of $random, $uuid and retry jitter")
	return cmd
}

func reportMachine(out ui.Output, result *asl.Result) error {
	document := machineResult{Status: result.Status, Output: result.Output, Error: result.Error, Cause: result.Cause, Events: result.Events}
	err := out.Result(document, func(w io.Writer, _ ui.Paint) error {
		for _, e := range result.Events {
			fmt.Fprintf(out.Err, "%5d %s %s\n", e.ID, e.Type, e.StateName())
		}
		if result.Status == asl.Succeeded {
			fmt.Fprintf(w, "%s\n", result.Output)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if result.Status == asl.Succeeded {
		return nil
	}
	return &exitError{
		code:  exitFailureClean,
		err:   fmt.Errorf("the execution ended %s: %s: %s", result.Status, result.Error, result.Cause),
		quiet: out.JSON(),
	}
}

func newMachineCheckCommand(s ui.Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE.asl.json",
		Short: "Check a machine: every problem by its path",
		Args:  exactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if _, err := loadMachine(args[0]); err != nil {
				return err
			}
			fmt.Fprintf(s.Out, "%s: valid\n", args[0])
			return nil
		},
	}
}

func newMachineGraphCommand(s ui.Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "graph FILE.asl.json",
		Short: "Draw a machine as a Mermaid diagram",
		Args:  exactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			machine, err := loadMachine(args[0])
			if err != nil {
				return err
			}
			fmt.Fprint(s.Out, machine.Mermaid())
			return nil
		},
	}
}

// loadMachine reads a file; every problem in it is listed by its path.
// Substitutions such as ${SelectBackup} are left open: they are filled in by
// whoever deploys or runs the machine.
func loadMachine(file string) (*asl.Machine, error) {
	definition, err := os.ReadFile(file)
	if err != nil {
		return nil, usageError("name a readable file in Amazon States Language", "read the machine: %w", err)
	}
	machine, err := asl.Load(definition, asl.WithOpenSubstitutions())
	var problems *asl.LoadError
	if errors.As(err, &problems) {
		return nil, usageError("", "%s: %w", file, problems)
	}
	return machine, err
}

func readInput(stdin io.Reader, file string) (json.RawMessage, error) {
	var data []byte
	var err error
	switch file {
	case "":
		return json.RawMessage("{}"), nil
	case "-":
		data, err = io.ReadAll(stdin)
	default:
		data, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, usageError("name a readable JSON file, or - for standard input", "read the input: %w", err)
	}
	if !json.Valid(data) {
		return nil, usageError("the input of a machine is one JSON document", "the input %s is not JSON", file)
	}
	return data, nil
}
