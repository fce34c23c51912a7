// Package authz authorises requests to the simulated AWS as IAM would.
//
// A call is turned into questions: its action on each resource that it names,
// with the context that the request tells, then what AWS asks on the caller's
// behalf (package onbehalf). Resources come from the request's parameters, never
// from what a service touched: a call is refused before it takes effect. Each
// question is evaluated against the policies of the calling role, of the
// resource and of the VPC endpoint that the request passed: an explicit deny
// first, conditions included. A call that the table does not know is refused as
// not simulated.
//
// The evaluation is a library's, in a process of its own (see evaluator.mjs):
// the same author's policies and evaluator would agree on the same mistakes.
// Service control policies, permissions boundaries and session policies are not
// simulated.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/
package authz

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Question is one that IAM answers.
type Question struct {
	Principal string // ARN of a role, "arn:aws:iam::111122223333:role/x", or a service, "events.amazonaws.com"
	Action    string // "rds:RestoreDBInstanceFromDBSnapshot"
	Resource  string // ARN, or "*"
	Owner     string // account of the resource
	// Context is what the request tells, a string or a []string each. The keys
	// that follow from Principal and Owner are added: aws:PrincipalArn,
	// aws:PrincipalAccount, aws:ResourceAccount, aws:SecureTransport,
	// aws:PrincipalIsAWSService. Of a service, aws:SourceArn and
	// aws:SourceAccount are the asker's to give.
	Context  map[string]any
	Endpoint string // id of the VPC endpoint that the request passed, "" for none
	// On behalf: why AWS asks, and the page that says so.
	Why, Source string
}

func (q Question) String() string {
	text := q.Principal + ": " + q.Action + " on " + q.Resource
	if q.Why != "" {
		text += " (" + q.Why + ": " + q.Source + ")"
	}
	return text
}

// service is whether an AWS service asks with no role of the account.
func (q Question) service() bool { return !strings.HasPrefix(q.Principal, "arn:") }

// holder is the resource whose policy counts.
func (q Question) holder() string {
	if parts := strings.SplitN(q.Resource, ":", 6); len(parts) == 6 && parts[2] == "s3" {
		bucket, _, _ := strings.Cut(parts[5], "/")
		return strings.Join(parts[:5], ":") + ":" + bucket
	}
	return q.Resource
}

// context adds the keys that every request has.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (q Question) context() map[string]any {
	all := map[string]any{"aws:SecureTransport": "true", "aws:ResourceAccount": q.Owner, "aws:ViaAWSService": "false"}
	if q.service() {
		all["aws:PrincipalIsAWSService"], all["aws:PrincipalServiceName"] = "true", q.Principal
	} else {
		all["aws:PrincipalIsAWSService"], all["aws:PrincipalArn"], all["aws:PrincipalType"] = "false", q.Principal, "AssumedRole"
		if parts := strings.SplitN(q.Principal, ":", 6); len(parts) == 6 {
			all["aws:PrincipalAccount"], all["kms:CallerAccount"] = parts[4], parts[4]
		}
	}
	if q.Endpoint != "" {
		all["aws:SourceVpce"] = q.Endpoint
	}
	for key, value := range q.Context {
		all[key] = value
	}
	return all
}

// Answer of IAM.
type Answer struct {
	Allowed  bool
	Explicit bool   // a Deny says so
	Because  string // as AWS words it: "no identity-based policy allows the rds:X action", "an explicit deny in a resource-based policy"
}

// answer words what the evaluator found, an explicit deny first.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func (r reply) answer(q Question) Answer {
	const denied = "ExplicitlyDenied"
	switch {
	case r.Result == "Allowed":
		return Answer{Allowed: true}
	case r.Identity == denied:
		return Answer{Explicit: true, Because: "an explicit deny in an identity-based policy"}
	case r.Resource == denied, r.Resource == "DeniedForAccount":
		return Answer{Explicit: true, Because: "an explicit deny in " + r.ofResource(q, "a ", "the ") + " policy"}
	case r.Endpoint == denied:
		return Answer{Explicit: true, Because: "an explicit deny in a VPC endpoint policy"}
	}
	kind := "identity-based"
	switch {
	case q.service(), r.Identity == "Allowed" && r.Endpoint != "ImplicitlyDenied":
		kind = r.ofResource(q, "", "")
	case r.Identity == "Allowed" || r.Resource == "Allowed":
		kind = "VPC endpoint"
	}
	return Answer{Because: "no " + kind + " policy allows the " + q.Action + " action"}
}

// ofResource names the policy of a resource: a role's is its trust policy.
func (reply) ofResource(q Question, article, ofTrust string) string {
	if q.Action == "sts:AssumeRole" {
		return ofTrust + "role trust"
	}
	return article + "resource-based"
}

// Policies are those of the accounts.
type Policies interface {
	// OfRole are a role's identity policies; nil: there is no such role.
	OfRole(arn string) []json.RawMessage
	// OfResource is the policy of a key, bucket, topic, queue, function or function
	// version, or a role's trust policy; nil: none. For an object of a bucket the
	// bucket is asked for, for a function's version the version.
	OfResource(arn string) json.RawMessage
	// OfEndpoint is a VPC endpoint's; nil: full access.
	OfEndpoint(id string) json.RawMessage
}

// Facts are what a request's context needs to know of the cloud.
type Facts interface {
	Tags(arn string) map[string]string // of an RDS instance, a secret, ...
	// KeyOf is the KMS key of a table, bucket, queue, topic, log group, function,
	// snapshot, automated backup or instance, by its ARN, its id or an alias of it
	// (then a method KeyOfAlias says which it is); "": none, or one of AWS's own.
	KeyOf(arn string) string
	Aliases(key string) []string
}

// Authorizer authorises the calls of a cloud.
type Authorizer struct {
	// Evaluator decides; nil: everything is allowed, and only observed.
	Evaluator *Evaluator
	Policies  Policies
	Facts     Facts
	// Now is the cloud's time, for Refused of May; nil: zero.
	Now func() time.Time
	// Observe is shown every question that was answered; nil: nobody looks.
	Observe func(Question)

	refused []Refusal
}

// Refusal is one question that was answered no.
type Refusal struct {
	At       time.Time
	Question Question
	Answer   Answer
}

func (r Refusal) String() string {
	return r.At.UTC().Format(time.RFC3339) + " " + r.Question.String() + ": " + r.Answer.Because
}

// Denied is a refusal as an error.
type Denied struct {
	Question Question
	Answer   Answer
}

func (d *Denied) Error() string { return d.Question.String() + ": " + d.Answer.Because }

// New makes an authorizer.
func New(e *Evaluator, p Policies, f Facts) *Authorizer {
	return &Authorizer{Evaluator: e, Policies: p, Facts: f}
}

// Refused lists every refusal so far.
func (a *Authorizer) Refused() []Refusal { return append([]Refusal(nil), a.refused...) }

// May is for services that act on their own. The error is *Denied where the
// answer is no, any other where there is none.
func (a *Authorizer) May(q Question) error {
	var now time.Time
	if a.Now != nil {
		now = a.Now()
	}
	return a.may(q, now)
}

func (a *Authorizer) may(q Question, now time.Time) error {
	q, err := ofKey(a.Facts, q)
	if err != nil {
		return err
	}
	context := map[string]any{}
	maps.Copy(context, q.Context) // the asker's
	q.Context = context
	addAliases(a.Facts, &q)
	answer := Answer{Allowed: true}
	if a.Evaluator != nil {
		if answer, err = a.Evaluator.Ask(q, a.Policies); err != nil {
			return err
		}
	}
	if a.Observe != nil {
		a.Observe(q)
	}
	if !answer.Allowed {
		a.refused = append(a.refused, Refusal{now, q, answer})
		return &Denied{q, answer}
	}
	return nil
}

// Authorise is for simaws.Options.Authorise: it refuses a call before it takes
// effect, as the service words it. The first question that is answered no
// decides.
func (a *Authorizer) Authorise(c *wire.Call) error {
	questions, err := a.Questions(c)
	if err != nil {
		return err
	}
	for _, q := range questions {
		if err := a.may(q, c.Now); err != nil {
			return refuse(c, err)
		}
	}
	return nil
}

// Questions lists what a call asks: its own, then on the caller's behalf.
func (a *Authorizer) Questions(c *wire.Call) ([]Question, error) {
	r, err := read(c)
	if err != nil {
		return nil, err
	}
	own, err := r.questions(a.Facts)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.Service, c.Operation, err)
	}
	others, err := r.onBehalf(a.Facts, own)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.Service, c.Operation, err)
	}
	return append(own, others...), nil
}
