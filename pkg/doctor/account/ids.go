package account

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
)

// ids are AWS's names of what is called otherwise in the simulation, by those of
// the simulation: the key, whose id KMS makes up, and versions of functions, whose
// numbers count deployments.
type ids map[string]string

// of is the name of a resource; false: it has one of its own that is not known.
func (i ids) of(arn string) (string, bool) {
	actual, other := i[arn]
	if !other {
		return arn, true
	}
	return actual, actual != ""
}

// in puts AWS's names into a document, where each stands in quotes, or is all of
// the text.
func (i ids) in(text string) string {
	for _, simulated := range slices.Sorted(maps.Keys(i)) {
		if text == simulated && i[simulated] != "" {
			return i[simulated]
		}
		text = strings.ReplaceAll(text, `"`+simulated+`"`, `"`+i[simulated]+`"`)
	}
	return text
}

// aliasOf is the name by which the deployment's key is found.
func (n Needs) aliasOf() string { return "alias/" + n.Names.Prefix() }

// simulatedKey is the ARN of the deployment's key in the rehearsal.
func (n Needs) simulatedKey() string {
	return n.World.Cloud().KMS.KeyOfAlias(n.Names.ARN("kms", n.aliasOf()))
}

// actualIDs asks AWS for them: the key by its alias, versions by the rules that
// have them as targets. What could not be asked has the name "", and a line.
func actualIDs(ctx context.Context, n Needs, from PolicySources) (ids, []doctor.Line) {
	found, lines := ids{}, []doctor.Line(nil)
	if key := n.simulatedKey(); key != "" {
		found[key] = ""
		if keys, reached := from.Keys.at(home(n)); reached {
			var more []doctor.Line
			found[key], more = keyOfAlias(ctx, n, keys)
			lines = append(lines, more...)
		}
	}
	lines = append(lines, keysOfStacks(ctx, n, from.Stacks, found)...)
	for _, rule := range n.World.Cloud().Rules.Rules() {
		at := placeIn(n.Names, rule.ARN)
		reader, reached := from.Rules.at(at)
		if !reached {
			continue
		}
		actual, there, err := reader.Rule(ctx, rule.Name)
		if err != nil {
			lines = append(lines, unread("rule "+rule.Name, err, cliIn(at.region, "events describe-rule --name %s", rule.Name)))
		}
		for _, t := range rule.Targets {
			if part(t.ARN, 2) != "lambda" || found[t.ARN] != "" {
				continue
			}
			found[t.ARN] = ""
			if there {
				found[t.ARN] = actual.Targets[t.ID].ARN
			}
			if err == nil && found[t.ARN] == "" {
				lines = append(lines, doctor.Line{Subject: "rule " + rule.Name, State: doctor.Unknown, What: "it is not there, or has no target " + t.ID + ": which version of " + nameOfFunction(t.ARN) + " counts is not known",
					Command: cliIn(at.region, "events list-targets-by-rule --rule %s", rule.Name), Basis: doctor.Asked})
			}
		}
	}
	return found, lines
}

// keyOfAlias is the deployment's key as its alias names it; "", and a line, where that
// is not known.
func keyOfAlias(ctx context.Context, n Needs, keys KeyFinder) (arn string, lines []doctor.Line) {
	look := cli(n.Names, "kms describe-key --key-id %s", n.aliasOf())
	switch actual, there, err := keys.Key(ctx, n.aliasOf()); {
	case err != nil:
		return "", []doctor.Line{unread("key "+n.aliasOf(), err, look)}
	case !there:
		return "", []doctor.Line{{Subject: "key " + n.aliasOf(), State: doctor.Unknown, What: "no key has this alias, so which policy counts is not known", Command: look, Basis: doctor.Asked}}
	default:
		return actual.ARN, nil
	}
}

// keysOfStacks finds the keys that no alias of the deployment names: CloudFormation
// knows what it called them. What could not be asked has the name "", and a line.
func keysOfStacks(ctx context.Context, n Needs, stacks Regions[Stacks], found ids) (lines []doctor.Line) {
	for _, t := range n.Assembly.Stacks {
		var physical map[string]string
		for _, id := range t.Of("AWS::KMS::Key") {
			simulated, err := t.Attribute(id, "Arn")
			if _, known := found[simulated]; err != nil || known {
				continue
			}
			found[simulated] = ""
			s, reached := stacks.at(placeOf(t))
			if !reached {
				continue
			}
			if physical == nil {
				if physical, err = s.Resources(ctx, t.Name); err != nil {
					physical = map[string]string{}
					lines = append(lines, unread("keys of "+t.Name, err, cliIn(t.Where.Region, "cloudformation list-stack-resources --stack-name %s", t.Name)))
				}
			}
			if physical[id] != "" {
				found[simulated] = placeOf(t).in(n.Names).ARN("kms", "key/"+physical[id])
			}
		}
	}
	return lines
}

func nameOfFunction(arn string) string {
	name, _ := functionIn(arn)
	return name
}
