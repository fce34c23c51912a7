// Command rehearse runs the drills of a synthesized deployment in the world that
// is made from its templates: what is rehearsed is what would be deployed, and
// every request is authorised as AWS would.
//
// The exit code is 0 where every drill came to what its scenario expects and
// nothing was refused on the way, else that of the gravest ending; 64 where there
// is no assembly, 70 where the evaluator of policies is missing.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
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
	f := flags{out: ui.Output{Streams: ui.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}}}
	pflag.StringVar(&f.folder, "template", "build/cdk.out", "folder that make synth wrote")
	pflag.StringVar(&f.scenario, "scenario", "", "a scenario file; default: a good day")
	pflag.Uint64Var(&f.seed, "seed", 1, "of everything random")
	simulated := pflag.Bool("simulated", false, "list what of CloudFormation is simulated, and what is ignored on purpose")
	f.out.Flag(pflag.CommandLine, "one JSON document")
	pflag.Parse()
	if *simulated {
		list()
		return
	}
	os.Exit(run(f))
}

type flags struct {
	folder, scenario string
	seed             uint64
	out              ui.Output
}

// list prints the pairs of type and property.
func list() {
	for _, pair := range cloudformation.Supported() {
		fmt.Println(pair)
	}
	fmt.Printf("\nIgnored on purpose (%d):\n", len(cloudformation.Ignored))
	for _, line := range cloudformation.IgnoredList() {
		fmt.Println(line)
	}
}

func run(f flags) int {
	assembly, err := cfn.ReadAssembly(f.folder)
	if err != nil {
		return failed(exitUsage, err, "`make synth` writes one; TEMPLATE=DIR names another")
	}
	var scenario sim.Scenario
	if f.scenario != "" {
		if scenario, err = sim.LoadScenario(f.scenario); err != nil {
			return failed(exitUsage, err, "see examples/rds/scenarios for all that a scenario can say")
		}
	}
	evaluator, err := authz.Start(".")
	if err != nil {
		return failed(exitInternal, err, "it needs Node and what `make` installs: run it at the top of the project")
	}
	defer evaluator.Close()
	options := template.Options{Assembly: assembly, Evaluator: evaluator, Scenario: scenario, Seed: f.seed, History: true}
	world, err := template.Open(options)
	if err != nil {
		return failed(codes[drill.FailureClean], err, "AWS would refuse this deployment")
	}
	databases := world.Databases()
	if scenario.Database != "" {
		databases = []string{scenario.Database}
	}
	var all []template.Rehearsal
	for _, database := range databases {
		// Each in a world of its own, as the drills of `lifeboat rehearse`.
		if world, err = template.Open(options); err != nil {
			return failed(codes[drill.FailureClean], err, "AWS would refuse this deployment")
		}
		r, err := world.Rehearse(context.Background(), database)
		if err != nil {
			return failed(exitInternal, err, "")
		}
		all = append(all, r)
	}
	return tell(f, all)
}

func failed(code int, err error, hint string) int {
	fmt.Fprintln(os.Stderr, "rehearse:", err)
	if hint != "" {
		fmt.Fprintln(os.Stderr, "hint:", hint)
	}
	return code
}

// tell prints what the drills came to, and is the exit code.
func tell(f flags, all []template.Rehearsal) int {
	err := f.out.Result(map[string]any{"rehearsals": all, "unproven": unproven()}, func(w io.Writer, p ui.Paint) error {
		for _, r := range all {
			ui.Rehearsals(w, []*sim.Rehearsal{r.Rehearsal}, p)
			refused(w, r, p)
		}
		fmt.Fprintf(w, "\n  asked of roles, keys and queues on behalf of others, and not proven by any page of AWS (docs/on-behalf.md):\n    %s\n", strings.Join(unproven(), "\n    "))
		return nil
	})
	if err != nil {
		return failed(exitInternal, err, "")
	}
	code := 0
	for _, r := range all {
		code = max(code, codeOf(r))
	}
	return code
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

func refused(w io.Writer, r template.Rehearsal, p ui.Paint) {
	if len(r.Refused) == 0 {
		fmt.Fprintf(w, "\n  %s  every request was authorised, and nothing was refused\n", p.Good("authorised"))
		return
	}
	var lines []string
	for _, t := range r.Refused {
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
