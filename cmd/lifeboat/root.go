package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
)

// version is set by the linker for releases; otherwise it is the commit.
var version string

// run is main without the process: arguments and streams in, exit code out.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	var document *used
	if ui.WantsJSON(args) {
		document = &used{Writer: out}
		out = document
	}
	root := newRoot(ui.Streams{In: in, Out: out, Err: errOut})
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := execute(ctx, root, errOut)
	if err == nil {
		return exitPassed
	}
	exit := asExit(err)
	if document != nil && !document.yes {
		if err := ui.PrintJSON(out, failureOf(exit)); err != nil {
			fmt.Fprintf(errOut, "lifeboat: print the document: %v\n", err)
		}
	}
	if !exit.quiet {
		fmt.Fprintf(errOut, "lifeboat: %s\n", ui.Shown(exit.err.Error()))
		if exit.hint != "" {
			fmt.Fprintf(errOut, "  hint: %s\n", ui.Shown(exit.hint))
		}
	}
	return exit.code
}

// execute runs the command. Where lifeboat itself breaks, that is an internal
// error, and not Go's own exit code 2, which is FailureClean's.
func execute(ctx context.Context, root *cobra.Command, errOut io.Writer) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			fmt.Fprintf(errOut, "%s\n", debug.Stack())
			err = &exitError{
				code: exitInternal, err: fmt.Errorf("lifeboat broke: %v", broken),
				hint: "please report it with the lines above; lifeboat sweep removes what a drill may have left",
			}
		}
	}()
	return root.ExecuteContext(ctx)
}

func newRoot(s ui.Streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "lifeboat",
		Short: "Disaster recovery as code: drill your restores, keep the evidence",
		Long: `lifeboat restores your backups for real, into a throwaway, checks the data,
judges RPO and RTO against your targets, removes the throwaway and keeps evidence.

Exit codes: 0 Passed, 1 ObjectivesMissed, 2 FailureClean, 3 FailureDirty,
64 bad usage or bad plan, 70 internal error.
SIGINT, SIGTERM, SIGHUP and SIGQUIT let a drill stop and clean up. A second one ends lifeboat
at once, with 128 and its number; lifeboat sweep removes what it left.`,
		Version:       versionString(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          subcommandOnly,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError("see "+cmd.CommandPath()+" --help", "%w", err)
	})
	group := func(id, title string, commands ...*cobra.Command) {
		root.AddGroup(&cobra.Group{ID: id, Title: title})
		for _, c := range commands {
			c.GroupID = id
		}
		root.AddCommand(commands...)
	}
	group("plan", "The plan:", newPlanCommand(s), newAdviseCommand(s))
	group("drills", "Drills:", newDrillCommand(s), newRehearseCommand(s), newSweepCommand(s))
	group("recoveries", "Recoveries:", newRecoverCommand(s))
	group("evidence", "Evidence:", newHistoryCommand(s), newEvidenceCommand(s))
	group("deployment", "Deployment:", newPruneCommand(s))
	group("tools", "Tools:", newDoctorCommand(s), newBackupCommand(s), newMachineCommand(s))
	root.SetHelpCommandGroupID("tools")
	return root
}

// subcommandOnly refuses a word that is no command, with the nearest ones.
func subcommandOnly(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see " + cmd.CommandPath() + " --help"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return usageError(hint, "unknown command %q", args[0])
}

// exactArgs and maxArgs are cobra's checks with our exit code.
func exactArgs(n int) cobra.PositionalArgs { return asUsage(cobra.ExactArgs(n)) }
func maxArgs(n int) cobra.PositionalArgs   { return asUsage(cobra.MaximumNArgs(n)) }

func asUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError("see "+cmd.CommandPath()+" --help", "%w", err)
		}
		return nil
	}
}

// versionString names the release or, for a build from source, the module's
// version and commit as the Go toolchain recorded them.
func versionString() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "devel"
	}
	return info.Main.Version
}
