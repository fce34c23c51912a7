package account

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
)

// named are how many resources that differ a line names.
const namedResources = 3

const areaVersion = "version"

// Version looks whether each stack is there, where it lies, and is that of this
// checkout: the same template, so the same version and plan.
func Version(n Needs, c Checkout, from Regions[Stacks]) doctor.Check {
	return doctor.Check{Area: areaVersion, Run: func(ctx context.Context) []doctor.Line {
		lines := stale(n, c)
		for _, t := range n.Assembly.Stacks {
			if s, reached := from.at(placeOf(t)); reached {
				lines = append(lines, versionOf(ctx, n, c, s, t))
			} else {
				lines = append(lines, from.elsewhere(c, areaVersion, t.Name, placeOf(t)))
			}
		}
		return lines
	}}
}

// stale is that of an assembly which is not what would be synthesized now: all that
// is compared with it is compared with something else than the checkout. Nil: it
// is.
func stale(n Needs, c Checkout) []doctor.Line {
	version, hash := synthesized(n), n.Plan.Hash()
	var why []string
	if c.Version != "" && version != c.Version {
		why = append(why, fmt.Sprintf("of version %s, and this is lifeboat %s", version, c.Version))
	}
	if c.PlanHash != "" && hash != c.PlanHash {
		why = append(why, fmt.Sprintf("of a plan with the hash %s, and that of %s is %s", short(hash), c.PlanFile, short(c.PlanHash)))
	}
	if len(why) == 0 {
		return nil
	}
	return []doctor.Line{{
		Subject: n.Assembly.Folder, State: doctor.Unknown, Basis: doctor.Judged, Command: c.synth(),
		What: "what is compared with the account was synthesized earlier: it is " + strings.Join(why, ", ") + "; synthesize anew, and ask again",
	}}
}

// synthesized is the version that the functions of the assembly are told.
func synthesized(n Needs) string {
	for _, f := range n.World.Account().Functions() {
		return f.Latest.Environment[deployed.EnvVersion]
	}
	return ""
}

func versionOf(ctx context.Context, n Needs, c Checkout, s Stacks, t cfn.Template) doctor.Line {
	region := " --region " + t.Where.Region + " --stack-name " + t.Name
	line := doctor.Line{Subject: t.Name, State: doctor.Wrong, Basis: doctor.Asked, Command: c.deploy()}
	stack, there, err := s.Stack(ctx, t.Name)
	switch status := stack.Status; {
	case err != nil:
		return unread(t.Name, err, "aws cloudformation describe-stacks"+region)
	case !there:
		line.What = "there is no such stack in " + t.Where.Account + " " + t.Where.Region + ": it was never deployed there, or was removed"
		return line
	case strings.HasSuffix(status, "_IN_PROGRESS"):
		line.State, line.What, line.Command = doctor.Unknown, "it is being changed now ("+status+"): ask again when that is over", "aws cloudformation describe-stack-events"+region
		return line
	case status == "ROLLBACK_COMPLETE" || !strings.HasSuffix(status, "_COMPLETE"):
		line.What, line.Command = strings.TrimSuffix("its last operation failed: "+status+": "+stack.Reason, ": "), "aws cloudformation describe-stack-events"+region
		return line
	}
	text, err := s.Template(ctx, t.Name)
	if err != nil {
		return unread(t.Name, err, "aws cloudformation get-template"+region)
	}
	differs, err := differences(t.Source, text)
	if err != nil {
		line.State, line.What, line.Command = doctor.Unknown, "its template cannot be compared: "+err.Error(), "aws cloudformation get-template"+region
		return line
	}
	version, hash := cmp.Or(stack.Outputs["Version"], toldVersion(text)), stack.Outputs["PlanHash"]
	if len(differs) == 0 {
		line.State, line.Command = doctor.OK, ""
		line.What = "deployed as it is here"
		if version != "" {
			line.What += ": version " + version
		}
		if hash != "" {
			line.What += ", plan " + short(hash)
		}
		return line
	}
	line.What = "it is not what is here: " + apart(n, version, hash, differs)
	return line
}

// apart says how a deployed stack differs from this checkout's.
func apart(n Needs, version, hash string, differs []string) string {
	var what []string
	if here := synthesized(n); version != "" && version != here {
		what = append(what, fmt.Sprintf("version %s is deployed, and here is %s", version, here))
	}
	if here := n.Plan.Hash(); hash != "" && hash != here {
		what = append(what, fmt.Sprintf("the plan %s is deployed, and here is %s", short(hash), short(here)))
	}
	list := strings.Join(differs[:min(len(differs), namedResources)], ", ")
	if more := len(differs) - namedResources; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(append(what, "other are "+list), "; ")
}

// short is a hash as people compare it.
func short(hash string) string { return hash[:min(len(hash), 12)] }

// toldVersion is what a function of a template is told, as an older deployment has
// no output of it.
func toldVersion(text []byte) string {
	var t cfn.Template
	if json.Unmarshal(text, &t) != nil {
		return ""
	}
	for _, id := range t.Of("AWS::Lambda::Function") {
		environment, _ := t.Resources[id].Properties["Environment"].(map[string]any)
		variables, _ := environment["Variables"].(map[string]any)
		if version, is := variables[deployed.EnvVersion].(string); is {
			return version
		}
	}
	return ""
}

// differences between two templates: the logical ids of resources, then outputs and
// sections. How they are written does not count, nor what is not ASCII, which
// CloudFormation gives back as question marks.
// https://github.com/aws/aws-cdk/issues/10219
func differences(here, there []byte) ([]string, error) {
	var a, b map[string]any
	if err := json.Unmarshal(ascii(here), &a); err != nil {
		return nil, fmt.Errorf("the one that is here: %w", err)
	}
	if err := json.Unmarshal(ascii(there), &b); err != nil {
		return nil, fmt.Errorf("the one that is deployed: %w", err)
	}
	var resources, versions, others []string
	for _, section := range union(a, b) {
		if section != "Resources" && section != "Outputs" {
			if !reflect.DeepEqual(a[section], b[section]) {
				others = append(others, section)
			}
			continue
		}
		mine, _ := a[section].(map[string]any)
		its, _ := b[section].(map[string]any)
		for _, id := range union(mine, its) {
			switch {
			case reflect.DeepEqual(mine[id], its[id]):
			case section == "Outputs":
				others = append(others, "the output "+id)
			case isVersion(mine[id]) || isVersion(its[id]): // the function says it better
				versions = append(versions, id)
			default:
				resources = append(resources, id)
			}
		}
	}
	return slices.Concat(resources, versions, others), nil
}

func isVersion(resource any) bool {
	r, _ := resource.(map[string]any)
	return r["Type"] == "AWS::Lambda::Version"
}

func union(a, b map[string]any) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// ascii replaces each other character, as UTF-8 or as an escape of JSON, by a
// question mark.
func ascii(text []byte) []byte {
	var value any
	if json.Unmarshal(text, &value) != nil {
		return text // said where it is read
	}
	plain, _ := json.Marshal(value) // it came from JSON; what is not ASCII is no escape then
	return []byte(strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return '?'
		}
		return r
	}, string(plain)))
}
