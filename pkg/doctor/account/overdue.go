package account

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/eventbridge"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
)

// Proofs are when drills of databases proved anything, by "workload/database".
type Proofs interface {
	LastVerdicts(ctx context.Context) (map[string]time.Time, error)
	LastPassed(ctx context.Context) (map[string]time.Time, error)
	WatchedSince(ctx context.Context) (map[string]time.Time, error)
}

// ScheduleReader lists the schedules of a group.
type ScheduleReader interface {
	Schedules(ctx context.Context, group string) ([]seen.Schedule, error)
}

// DrillSources are who knows whether drills happen.
type DrillSources struct {
	Proofs    Proofs
	Schedules ScheduleReader
	Rules     Regions[RuleReader]
	Queues    QueueReader
}

// Overdue looks whether drills happen: when each database last proved anything,
// whether what starts drills and rounds is on, and whether anything was started or
// told that nobody took.
func Overdue(n Needs, c Checkout, from DrillSources, now func() time.Time) doctor.Check {
	return doctor.Check{Area: "drills", Run: func(ctx context.Context) []doctor.Line {
		own := n.Names.Account == from.Rules.Account
		var lines []doctor.Line
		if own {
			lines = proved(ctx, n, c, from.Proofs, now())
			lines = append(lines, scheduled(ctx, n, n.World.Cloud().Scheduler.Schedules(), from.Schedules)...)
		}
		for _, rule := range n.World.Cloud().Rules.Rules() {
			at := placeIn(n.Names, rule.ARN)
			if reader, reached := from.Rules.at(at); reached {
				lines = append(lines, ruled(ctx, n, at, reader, rule))
			}
		}
		lines = append(lines, from.Rules.stacksElsewhere(n, c, "drills", "AWS::Events::Rule")...)
		if own {
			lines = append(lines, undelivered(ctx, n, from.Queues))
		}
		return lines
	}}
}

func proved(ctx context.Context, n Needs, c Checkout, from Proofs, now time.Time) (lines []doctor.Line) {
	var times [3]map[string]time.Time
	for i, read := range []func(context.Context) (map[string]time.Time, error){from.LastVerdicts, from.LastPassed, from.WatchedSince} {
		var err error
		if times[i], err = read(ctx); err != nil {
			err = seen.Cannot(err, "when drills of databases ended", "dynamodb:Query on "+n.Names.TableARN()+", and its key")
			return []doctor.Line{unread("history", err, cli(n.Names, "dynamodb describe-table --table-name %s", n.Names.Table()))}
		}
	}
	every := slice.Overdue(n.Plan)
	for w, d := range n.Plan.OnAWS() {
		name := w.Name + "/" + d.Name
		lines = append(lines, provedOne(name, c, record{times[0][name], times[1][name], times[2][name], every[name]}, now))
	}
	return lines
}

// record of one database; what there never was is zero.
type record struct {
	verdict, pass, watched time.Time
	every                  time.Duration
}

func provedOne(name string, c Checkout, p record, now time.Time) doctor.Line {
	line := doctor.Line{Subject: name, State: doctor.OK, Basis: doctor.Asked, Command: c.lifeboat("drill", name)}
	allowed := "there may be " + days(p.every) + " between two verdicts"
	since := p.watched // as the monitor: later than a verdict where it was out of the plan
	if p.verdict.After(since) {
		since = p.verdict
	}
	switch {
	case since.IsZero():
		line.State, line.What = doctor.Unknown, "was never drilled, and since when it is watched the deployment has not noted yet"
	case now.Sub(since) > p.every && p.verdict.IsZero():
		line.State, line.What = doctor.Wrong, "no drill ever ended with a verdict since it is watched, "+at(since, now)+"; "+allowed
	case now.Sub(since) > p.every:
		line.State, line.What = doctor.Wrong, "the last verdict is from "+at(p.verdict, now)+"; "+allowed
	case p.verdict.IsZero():
		line.State, line.What = doctor.Unknown, "was never drilled: it is watched since "+at(since, now)+", and "+allowed
	case p.pass.IsZero():
		line.State, line.What = doctor.Wrong, "no drill ever passed; the last verdict is from "+at(since, now)
		line.Command = c.lifeboat("history", name)
	case p.pass.Before(p.verdict):
		line.State, line.What = doctor.Wrong, "the last drill, of "+at(p.verdict, now)+", did not pass; the last that did is from "+at(p.pass, now)
		line.Command = c.lifeboat("history", name)
	default:
		line.What, line.Command = "passed "+at(p.pass, now)+"; "+allowed, ""
	}
	return line
}

// lifeboat is one of our commands over this plan where it is deployed.
func (c Checkout) lifeboat(command, database string) string {
	return "lifeboat " + command + " --plan " + printable.ShellWord(c.PlanFile) + " --world aws " + printable.ShellWord(database)
}

func at(t, now time.Time) string {
	if now.Sub(t) < 24*time.Hour {
		return t.UTC().Format("2006-01-02") + " (within a day)"
	}
	return t.UTC().Format("2006-01-02") + " (" + days(now.Sub(t)) + " ago)"
}

func days(d time.Duration) string {
	if n := int(d.Hours() / 24); n != 1 {
		return fmt.Sprintf("%d days", n)
	}
	return "1 day"
}

func ruled(ctx context.Context, n Needs, at place, from RuleReader, wanted eventbridge.Rule) doctor.Line {
	subject := "rule " + wanted.Name
	look := cliIn(at.region, "events describe-rule --name %s", wanted.Name)
	rule, there, err := from.Rule(ctx, wanted.Name)
	if err != nil {
		return unread(subject, err, look)
	}
	line := doctor.Line{Subject: subject, State: doctor.Wrong, Basis: doctor.Asked, Command: look}
	switch {
	case !there:
		line.What, line.Command = "is not there: what it starts does not happen", n.repairIn(at, "AWS::Events::Rule")
	case wanted.Enabled && !rule.Enabled:
		line.What, line.Command = "is disabled: what it starts does not happen", cliIn(at.region, "events enable-rule --name %s", wanted.Name)
	case rule.Expression != wanted.Schedule:
		line.What = fmt.Sprintf("is %s, and was deployed as %s", rule.Expression, wanted.Schedule)
		line.Command = cliIn(at.region, "events put-rule --name %s --schedule-expression %s", wanted.Name, printable.ShellWord(wanted.Schedule))
	case !samePattern(rule.Pattern, string(wanted.Pattern)):
		line.What = "waits for other events than it was deployed for"
		line.Command = cliIn(at.region, "events put-rule --name %s --event-pattern %s", wanted.Name, printable.ShellWord(string(wanted.Pattern)))
	case !tellsAll(wanted, rule):
		line.What, line.Command = "does not tell all whom it told as it was deployed, or not what it told", n.repairIn(at, "AWS::Events::Rule")
	default:
		line.State, line.What, line.Command = doctor.OK, "on", ""
	}
	return line
}

// tellsAll is whether a rule has all its targets: versions of functions count up,
// so that only the functions are compared.
func tellsAll(wanted eventbridge.Rule, rule seen.Rule) bool {
	for _, t := range wanted.Targets {
		is := rule.Targets[t.ID]
		if nameOfFunction(is.ARN) != nameOfFunction(t.ARN) || is.Role != t.RoleARN || is.DeadLetter != t.DeadLetter || is.Transformed || !samePattern(is.Input, string(t.Input)) {
			return false
		}
	}
	return true
}

// samePattern compares two patterns as JSON: EventBridge may write one otherwise.
func samePattern(a, b string) bool {
	if a == "" || b == "" {
		return a == b
	}
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	first, _ := json.Marshal(x) // they came from JSON
	second, _ := json.Marshal(y)
	return string(first) == string(second)
}

func undelivered(ctx context.Context, n Needs, from QueueReader) doctor.Line {
	name := n.Names.Undelivered()
	subject, url := "queue "+name, queueURL(n.Names, name)
	queue, there, err := from.Queue(ctx, n.Names.ARN("sqs", name))
	if err != nil {
		return unread(subject, err, cli(n.Names, "sqs get-queue-attributes --queue-url %s --attribute-names All", url))
	}
	line := doctor.Line{Subject: subject, State: doctor.OK, What: "is empty: nothing was started or told in vain", Basis: doctor.Asked}
	switch {
	case !there:
		line.State, line.What, line.Command = doctor.Wrong, "is not there: what is not taken is lost", n.repair("AWS::SQS::Queue")
	case queue.Messages > 0:
		line.State, line.What = doctor.Wrong, fmt.Sprintf("holds %d that nobody took: %s", queue.Messages, runbookOf("undelivered"))
		line.Command = cli(n.Names, "sqs receive-message --queue-url %s --message-system-attribute-names All --message-attribute-names All --visibility-timeout 0", url)
	}
	return line
}

// runbookOf is a page of the documentation.
func runbookOf(page string) string { return "docs/runbooks/" + page + ".md" }
