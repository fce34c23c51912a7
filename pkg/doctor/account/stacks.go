package account

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// Stacks is what is asked of CloudFormation.
type Stacks interface {
	Stack(ctx context.Context, name string) (s seen.Stack, there bool, err error)
	Template(ctx context.Context, name string) ([]byte, error)
	// Resources are physical ids by logical ones.
	Resources(ctx context.Context, name string) (map[string]string, error)
}

// Checkout is what whoever asks has before them.
type Checkout struct {
	PlanFile string // as it is typed: "lifeboat.yaml"
	PlanHash string
	Version  string // of lifeboat
}

// deploy is the command that deploys the plan.
func (c Checkout) deploy() string { return "make deploy PLAN=" + printable.ShellWord(c.PlanFile) }

// synth is the command that synthesizes it for the account of the caller, which make
// synth does not ask for, and looks anew.
func (c Checkout) synth() string { return "make doctor PLAN=" + printable.ShellWord(c.PlanFile) }

// unread is the line of what could not be read: unknown, with the call that failed.
func unread(subject string, err error, command string) doctor.Line {
	why := err.Error()
	var u *seen.Unread
	if errors.As(err, &u) {
		why = u.Why()
	}
	return doctor.Line{Subject: subject, State: doctor.Unknown, What: why, Command: command, Basis: doctor.Asked}
}

// revert is the command that brings back what a stack's template says of resources
// that somebody changed: deploying the same template again changes nothing.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
func revert(t cfn.Template) string {
	of := " --region " + t.Where.Region + " --stack-name " + t.Name + " --change-set-name lifeboat-doctor"
	return "aws cloudformation create-change-set" + of + " --use-previous-template --deployment-mode REVERT_DRIFT --capabilities CAPABILITY_NAMED_IAM" +
		" && aws cloudformation wait change-set-create-complete" + of + " && aws cloudformation execute-change-set" + of
}

// renamed puts the ids that an account's CloudFormation made up in the place of
// those that the simulation did. Longer ones go first: one may be part of another.
type renamed []string

// What lies in another account keeps the simulation's: nobody here can ask.
func rename(ctx context.Context, a cfn.Assembly, from Regions[Stacks]) (renamed, error) {
	real := map[string]string{}
	for _, t := range a.Stacks {
		s, reached := from.at(placeOf(t))
		if !reached {
			continue
		}
		physical, err := s.Resources(ctx, t.Name)
		if err != nil {
			return nil, err
		}
		for id := range t.Resources {
			simulated, err := t.Text(map[string]any{"Ref": id})
			// A version's is its function's name with a number, and in no policy.
			if err == nil && physical[id] != "" && simulated != physical[id] && t.Resources[id].Type != "AWS::Lambda::Version" {
				real[simulated] = physical[id]
			}
		}
	}
	var pairs renamed
	for _, simulated := range slices.SortedFunc(maps.Keys(real), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) }) {
		pairs = append(pairs, simulated, real[simulated])
	}
	return pairs, nil
}

// of is a text of the simulation as the account has it.
func (r renamed) of(text string) string { return strings.NewReplacer(r...).Replace(text) }

// context is that of a question as the account has it.
func (r renamed) context(c map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range c {
		switch v := value.(type) {
		case string:
			out[key] = r.of(v)
		case []string:
			list := make([]string, len(v))
			for i := range v {
				list[i] = r.of(v[i])
			}
			out[key] = list
		default:
			out[key] = value
		}
	}
	return out
}
