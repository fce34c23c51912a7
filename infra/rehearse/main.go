// Command rehearse runs the drills of a synthesized deployment in the world that
// is made from its templates: what is rehearsed is what would be deployed, and
// every request is authorised as AWS would. Where the plan declares a recovery, an
// exercise and a failover of it follow, each on a good day: scenarios are of drills.
//
// The exit code is 0 where every drill came to what its scenario expects, every
// recovery passed and nothing was refused on the way, else that of the gravest ending; 2 where AWS
// would refuse the deployment; 64 where there is nothing to rehearse or the command
// line is wrong, 70 where it cannot be rehearsed: the evaluator of policies is
// missing or has ended, or something is not simulated.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudformation"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/onbehalf"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// Exit codes, those of the CLI.
const (
	exitUsage    = 64
	exitInternal = 70
)

// codes of endings.
var codes = map[drill.Ending]int{drill.Passed: 0, drill.ObjectivesMissed: 1, drill.FailureClean: 2, drill.FailureDirty: 3}

func main() {
	os.Exit(run(os.Args[1:], ui.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}

type flags struct {
	folder, scenario string
	seed             uint64
	out              ui.Output
}

// failed is why nothing was rehearsed: no drill has an ending then.
type failed struct {
	code int
	err  error
	hint string
}

func (f *failed) Error() string { return f.err.Error() }
func (f *failed) Unwrap() error { return f.err }

// run is main without the process.
func run(args []string, s ui.Streams) int {
	code, err := obey(args, s)
	if err == nil {
		return code
	}
	var f *failed
	if !errors.As(err, &f) {
		f = &failed{code: exitInternal, err: err}
	}
	if ui.WantsJSON(args) {
		err := ui.PrintJSON(s.Out, ui.Failure{Error: ui.FailureText{
			Name: string(drill.NameOf(f.err)), What: ui.Shown(f.Error()), Hint: ui.Shown(f.hint), ExitCode: f.code,
		}})
		if err != nil {
			fmt.Fprintf(s.Err, "rehearse: print the document: %v\n", err)
		}
	}
	fmt.Fprintf(s.Err, "rehearse: %s\n", ui.Shown(f.Error()))
	if f.hint != "" {
		fmt.Fprintf(s.Err, "  hint: %s\n", ui.Shown(f.hint))
	}
	return f.code
}

// obey does what the command line says. Where the command itself breaks, that is
// no ending of a drill, as Go's own exit code 2 would say.
func obey(args []string, s ui.Streams) (code int, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			fmt.Fprintf(s.Err, "%s\n", debug.Stack())
			err = &failed{exitInternal, fmt.Errorf("it broke: %v", broken), "please report it with the lines above"}
		}
	}()
	f := flags{out: ui.Output{Streams: s}}
	set := pflag.NewFlagSet("rehearse", pflag.ContinueOnError)
	set.SetOutput(io.Discard) // errors are told below
	set.Usage = func() {}
	set.StringVar(&f.folder, "template", "build/cdk.out", "folder that make synth wrote")
	set.StringVar(&f.scenario, "scenario", "", "a scenario file; default: a good day")
	set.Uint64Var(&f.seed, "seed", 1, "of everything random")
	simulated := set.Bool("simulated", false, "list what of CloudFormation is simulated, and what is ignored on purpose")
	f.out.Flag(set, "one JSON document")
	err = set.Parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprintf(s.Out, "Usage: rehearse [flags]\n\n%s", set.FlagUsages())
		return 0, nil
	case err != nil:
		return 0, &failed{exitUsage, err, "see --help"}
	case set.NArg() > 0:
		return 0, &failed{exitUsage, fmt.Errorf("it takes no arguments, and got %q", set.Args()), "--template " + set.Arg(0) + " names a folder"}
	case *simulated:
		list(s.Out)
		return 0, nil
	}
	all, recoveries, err := rehearse(f)
	if err != nil {
		return 0, err
	}
	return tell(f, all, recoveries)
}

// list prints the pairs of type and property.
func list(w io.Writer) {
	for _, pair := range cloudformation.Supported() {
		fmt.Fprintln(w, pair)
	}
	fmt.Fprintf(w, "\nIgnored on purpose (%d):\n", len(cloudformation.Ignored))
	for _, line := range cloudformation.IgnoredList() {
		fmt.Fprintln(w, line)
	}
}

const synthHint = "`make synth` writes one; TEMPLATE=DIR names another"

func rehearse(f flags) (all []template.Rehearsal, recoveries []template.RecoveryRehearsal, err error) {
	assembly, err := cfn.ReadAssembly(f.folder)
	if err != nil {
		return nil, nil, &failed{exitUsage, err, synthHint}
	}
	var scenario sim.Scenario
	if f.scenario != "" {
		if scenario, err = sim.LoadScenario(f.scenario); err != nil {
			return nil, nil, &failed{exitUsage, err, "see examples/rds/scenarios for all that a scenario can say"}
		}
	}
	evaluator, err := authz.Start(".")
	if err != nil {
		return nil, nil, &failed{exitInternal, err, "it needs Node and what `make` installs: run it at the top of the project"}
	}
	defer evaluator.Close()
	all, err = drills(f, assembly, scenario, evaluator)
	if err == nil {
		recoveries, err = recoveriesOf(f, assembly, evaluator)
	}
	if ended := evaluator.Err(); ended != nil { // whatever else came of it
		return nil, nil, &failed{exitInternal, ended, ""}
	}
	return all, recoveries, err
}

func drills(f flags, assembly cfn.Assembly, scenario sim.Scenario, evaluator *authz.Evaluator) ([]template.Rehearsal, error) {
	options := template.Options{Assembly: assembly, Evaluator: evaluator, Scenario: scenario, Seed: f.seed, History: true}
	world, err := template.Open(options)
	if err != nil {
		return nil, notOpened(err)
	}
	databases := world.Databases()
	if one := scenario.Database; one != "" {
		if !slices.Contains(databases, one) {
			err := fmt.Errorf("the scenario %s is about %q, which is no database of the plan in %s", f.scenario, one, f.folder)
			return nil, &failed{exitUsage, err, "its databases are " + strings.Join(databases, ", ")}
		}
		databases = []string{one}
	}
	if len(databases) == 0 {
		return nil, &failed{exitUsage, fmt.Errorf("the plan in %s has no database to drill", f.folder), ""}
	}
	var all []template.Rehearsal
	for _, database := range databases {
		// Each in a world of its own, as the drills of `lifeboat rehearse`.
		if world, err = template.Open(options); err != nil {
			return nil, notOpened(err)
		}
		r, err := world.Rehearse(context.Background(), database)
		if err != nil {
			return nil, &failed{exitInternal, fmt.Errorf("the rehearsal of %s: %w", database, err), ""}
		}
		all = append(all, r)
	}
	return all, nil
}

// recoveriesOf are an exercise and a failover, each in a world of its own; none where
// the plan declares no recovery.
func recoveriesOf(f flags, assembly cfn.Assembly, evaluator *authz.Evaluator) (all []template.RecoveryRehearsal, err error) {
	for _, mode := range []recovery.Mode{recovery.Exercise, recovery.Failover} {
		world, err := template.Open(template.Options{Assembly: assembly, Evaluator: evaluator, Seed: f.seed, History: true})
		if err != nil {
			return nil, notOpened(err)
		}
		if !world.Recovers() {
			return nil, nil
		}
		r, err := world.RehearseRecovery(context.Background(), mode)
		if err != nil {
			return nil, &failed{exitInternal, fmt.Errorf("the rehearsal of the %s: %w", mode, err), ""}
		}
		all = append(all, r)
	}
	return all, nil
}

// notOpened says why a deployment cannot be rehearsed. Only what AWS itself would
// refuse is told as that.
func notOpened(err error) error {
	var undeployed *template.Undeployed
	var named *drill.Error
	refused := errors.As(err, &undeployed) && undeployed.Refused()
	switch {
	case refused:
		return &failed{codes[drill.FailureClean], err, "AWS would refuse this deployment"}
	case errors.Is(err, template.ErrNoPlan):
		return &failed{exitUsage, err, synthHint}
	case undeployed != nil:
		return &failed{exitInternal, err, "not simulated: lifeboat cannot rehearse this template; see --simulated"}
	case errors.As(err, &named):
		return &failed{exitUsage, err, named.Hint}
	}
	return &failed{exitInternal, err, ""}
}

// tell prints what the drills and recoveries came to, and is the exit code.
func tell(f flags, all []template.Rehearsal, recoveries []template.RecoveryRehearsal) (int, error) {
	document := map[string]any{"rehearsals": all, "unproven": unproven()}
	if len(recoveries) > 0 {
		document["recoveries"] = recoveries
	}
	err := f.out.Result(document, func(w io.Writer, p ui.Paint) error {
		for _, r := range all {
			ui.Rehearsals(w, []*sim.Rehearsal{r.Rehearsal}, p)
			refused(w, r.Refused, codeOf(r), p)
		}
		for _, r := range recoveries {
			fmt.Fprintln(w)
			ui.RecoveryRehearsals(w, []*sim.RecoveryRehearsal{r.RecoveryRehearsal}, p)
			refused(w, r.Refused, codeOfRecovery(r), p)
		}
		fmt.Fprintf(w, "\n  asked of roles, keys and queues on behalf of others, and not proven by any page of AWS (docs/on-behalf.md):\n    %s\n", strings.Join(unproven(), "\n    "))
		return nil
	})
	if err != nil {
		return 0, err
	}
	code := 0
	for _, r := range all {
		code = max(code, codeOf(r))
	}
	for _, r := range recoveries {
		code = max(code, codeOfRecovery(r))
	}
	return code, nil
}

// codeOf a rehearsal: a drill that ended as its scenario expects, and on whose way
// something was refused that the scenario does not speak of, is none that the
// template's owner may expect.
func codeOf(r template.Rehearsal) int {
	if !r.Met || r.Expected == "" && r.Ending != drill.Passed {
		return max(codes[r.Ending], codes[drill.ObjectivesMissed])
	}
	if len(r.Refused) > 0 {
		return codes[drill.ObjectivesMissed]
	}
	return 0
}

// codeOfRecovery rehearsed on a good day: it must pass, with nothing refused. An ending
// that is none (it was refused at its start, or never came to one) is the gravest.
func codeOfRecovery(r template.RecoveryRehearsal) int {
	code, known := codes[drill.Ending(r.Ending)]
	switch {
	case !known:
		return codes[drill.FailureDirty]
	case !r.Met, len(r.Refused) > 0:
		return max(code, codes[drill.ObjectivesMissed])
	}
	return code
}

func refused(w io.Writer, troubles []template.Trouble, code int, p ui.Paint) {
	if len(troubles) == 0 {
		if code != 0 {
			return // what went wrong is told above, and this would read as if nothing had
		}
		fmt.Fprintf(w, "\n  %s  every request was authorised, and nothing was refused\n", p.Good("authorised"))
		return
	}
	var lines []string
	for _, t := range troubles {
		lines = append(lines, t.Who+" "+t.What+": "+t.Why)
	}
	slices.Sort(lines)
	fmt.Fprintf(w, "\n  %s\n    %s\n", p.Bad("refused or lost"), strings.Join(slices.Compact(lines), "\n    "))
}

// unproven are the questions of which no page of AWS says that they are asked.
func unproven() []string {
	list := []string{}
	for _, row := range onbehalf.Unproven() {
		on := row.On
		if row.With != "" {
			on += " with " + row.With
		}
		list = append(list, on+": "+row.Why)
	}
	return list
}
