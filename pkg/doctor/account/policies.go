package account

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/policy"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

// PolicyReader reads the policy of a resource of one service by its ARN; nil: it
// has none, or is not there.
type PolicyReader interface {
	Policy(ctx context.Context, arn string) (json.RawMessage, error)
}

// KeyFinder finds a key by its ARN, id or alias.
type KeyFinder interface {
	Key(ctx context.Context, id string) (key seen.Key, found bool, err error)
}

// RuleReader reads a rule of EventBridge by its name.
type RuleReader interface {
	Rule(ctx context.Context, name string) (rule seen.Rule, found bool, err error)
}

// PolicySources are who reads policies, by the services' names in ARNs, and who
// tells under which names AWS has what the simulation has made names for.
type PolicySources struct {
	Of     map[string]Regions[PolicyReader] // "kms", "s3", "sns", "sqs", "lambda"
	Keys   Regions[KeyFinder]
	Rules  Regions[RuleReader]
	Stacks Regions[Stacks] // which know what CloudFormation called keys
	Points KeysOfPoints    // nil: the plan's keys alone are looked at
}

// Policies compares the policies of the deployment's key, bucket, topics, queue and
// functions with those that its templates put there, statement by statement, and
// judges those of the keys that recovery points are encrypted with by what drills
// ask of them. AWS's simulator evaluates none of them, so all of it is our
// judgement.
func Policies(n Needs, c Checkout, from PolicySources) doctor.Check {
	const area = "resource policies"
	return doctor.Check{Area: area, Run: func(ctx context.Context) []doctor.Line {
		wanted, lines := wantedPolicies(ctx, n, from)
		for _, w := range wanted {
			at := placeIn(n.Names, w.arn)
			if of, known := from.Of[part(w.arn, 2)]; !known {
				lines = append(lines, w.compared(ctx, at.in(n.Names), nil)...)
			} else if reader, reached := of.at(at); reached {
				lines = append(lines, w.compared(ctx, at.in(n.Names), reader)...)
			}
		}
		lines = append(lines, from.Stacks.stacksElsewhere(n, c, area, "AWS::KMS::Key", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::Lambda::Permission")...)
		return append(lines, restoreKeyPolicies(ctx, n, from)...)
	}}
}

// wantedPolicy is what a resource's policy must say.
type wantedPolicy struct {
	arn, subject string
	statements   []policy.Statement
	requests     []policy.Request // that must not be denied
}

// wantedPolicies are those of the templates, with AWS's ids in the place of the
// simulation's. What has no known name there is a line.
func wantedPolicies(ctx context.Context, n Needs, from PolicySources) (wanted []wantedPolicy, lines []doctor.Line) {
	ids, lines := actualIDs(ctx, n, from)
	for _, arn := range n.World.Account().WithPolicies() {
		if part(arn, 2) == "s3" && arn != n.Names.BucketARN() {
			continue // CloudFormation makes up the name of the access log
		}
		actual, known := ids.of(arn)
		if !known {
			continue
		}
		text := n.World.Account().OfResource(arn)
		statements, err := policy.Parse([]byte(ids.in(string(text))))
		if err != nil {
			lines = append(lines, doctor.Line{Subject: actual, State: doctor.Unknown, What: "the template's policy cannot be read: " + err.Error(), Command: "make synth", Basis: doctor.Judged})
			continue
		}
		w := wantedPolicy{arn: actual, subject: subjectOf(n.Names, actual), statements: statements, requests: policy.Requests(statements)}
		for _, q := range n.Questions {
			if q.Resource == arn || strings.HasPrefix(q.Resource, arn+"/") {
				w.requests = append(w.requests, policy.Request{Principal: q.Principal, Action: q.Action, Resource: ids.in(q.Resource), Context: contextOf(q.Context)})
			}
		}
		wanted = append(wanted, w)
	}
	return wanted, lines
}

// contextOf a question, all of it as lists.
func contextOf(context map[string]any) map[string][]string {
	all := map[string][]string{}
	for key, value := range context {
		switch v := value.(type) {
		case string:
			all[key] = []string{v}
		case []string:
			all[key] = v
		}
	}
	return all
}

// subjectOf a resource, for people.
func subjectOf(n deployed.Names, arn string) string {
	name := part(arn, 5)
	switch part(arn, 2) {
	case "kms":
		return "key " + name[strings.LastIndexByte(name, '/')+1:]
	case "s3":
		return "bucket " + name
	case "sns":
		return "topic " + name
	case "sqs":
		return "queue " + name
	}
	return strings.Replace(name, ":", " ", 1) // "function lifeboat-prod-sweeper:3"
}

// compared is what a policy lacks, and what it has that it should not.
func (w wantedPolicy) compared(ctx context.Context, n deployed.Names, from PolicyReader) []doctor.Line {
	line := func(state doctor.State, command, format string, arguments ...any) doctor.Line {
		return doctor.Line{Subject: w.subject, State: state, What: fmt.Sprintf(format, arguments...), Command: command, Basis: doctor.Judged}
	}
	look := lookAtPolicy(n, w.arn)
	if from == nil {
		return []doctor.Line{line(doctor.Unknown, look, "nobody reads the policies of %s", part(w.arn, 2))}
	}
	text, err := from.Policy(ctx, w.arn)
	if err != nil {
		return []doctor.Line{unread(w.subject, err, look)}
	}
	actual, err := policy.Parse(text)
	if err != nil {
		return []doctor.Line{line(doctor.Unknown, look, "its policy cannot be understood: %v", err)}
	}
	missing := policy.Missing(w.statements, actual)
	additional := policy.Additional(w.statements, actual)
	harmful := slices.DeleteFunc(slices.Clone(additional), func(s policy.Statement) bool { return w.denied(s) == nil && s.Outside(n.Account) != policy.Yes })
	mend := func(s policy.Statement) string {
		return mendPolicy(n, w.arn, s, policy.Mended(actual, harmful, missing))
	}
	var lines []doctor.Line
	for _, s := range missing {
		lines = append(lines, line(doctor.Wrong, mend(s), "its policy lacks a statement that the deployment put there, without which %s: %s", consequence(s), s.JSON()))
	}
	for _, s := range additional {
		switch r := w.denied(s); {
		case r != nil:
			lines = append(lines, line(doctor.Wrong, unmendPolicy(n, w.arn, s, mend(s)), "its policy denies %s what the deployment needs, %s: %s", r.Principal, r.Action, s.JSON()))
		case s.Deny:
			lines = append(lines, line(doctor.Unknown, look, "its policy has a Deny that the deployment did not put there; as far as we can judge it hits nothing that the deployment asks: %s", s.JSON()))
		case s.Outside(n.Account) == policy.Yes:
			lines = append(lines, line(doctor.Wrong, unmendPolicy(n, w.arn, s, mend(s)), "its policy lets in somebody outside of account %s: %s", n.Account, s.JSON()))
		case s.Outside(n.Account) == policy.Unknown:
			lines = append(lines, line(doctor.Unknown, look, "its policy may let in somebody outside of account %s: %s", n.Account, s.JSON()))
		}
	}
	switch {
	case len(lines) > 0:
	case len(additional) > 0: // whose the account is, may
		lines = append(lines, line(doctor.OK, "", "says what the deployment put there; %d statement(s) more let in the account's own, and nobody from outside", len(additional)))
	default:
		lines = append(lines, line(doctor.OK, "", "says what the deployment put there, and lets in nobody from outside"))
	}
	return lines
}

// denied is what the deployment asks that a statement denies; nil: nothing that can
// be told.
func (w wantedPolicy) denied(s policy.Statement) *policy.Request {
	if !s.Deny {
		return nil
	}
	for i, r := range w.requests {
		if s.Hits(r) == policy.Yes {
			return &w.requests[i]
		}
	}
	return nil
}

// consequence of a statement that is not there.
func consequence(s policy.Statement) string {
	if s.Deny {
		return "what it denies is open: " + s.Said()
	}
	return strings.Join(s.Principals.Items, ", ") + " may not " + s.Said()
}
