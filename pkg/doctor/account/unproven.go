package account

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/onbehalf"
)

// Drills are those on record, newest first.
type Drills func(context.Context) ([]drillevidence.Document, error)

// Unproven looks at what AWS is taken to check although no page of its says so
// (docs/on-behalf.md): each is known where a drill of the deployed version, which
// passed through it, passed. Left out are rows that drills never meet on a good
// day: no command would have one meet them.
func Unproven(n Needs, c Checkout, from Regions[Stacks], drills Drills) doctor.Check {
	return doctor.Check{Area: "unproven", Run: func(ctx context.Context) []doctor.Line {
		var lines []doctor.Line
		rows := met(n)
		if len(rows) == 0 {
			return []doctor.Line{{Subject: "docs/on-behalf.md", State: doctor.OK, What: "this deployment meets nothing that no page of AWS says", Basis: doctor.Judged}}
		}
		version, err := deployedVersion(ctx, n, from.In(n.Names.Region))
		if err != nil {
			return []doctor.Line{unread("deployed version", err, "aws cloudformation describe-stacks --region "+n.Names.Region+" --stack-name "+n.Names.Prefix())}
		}
		past, err := drills(ctx)
		if err != nil {
			return []doctor.Line{unread("evidence", err, "lifeboat history --world aws --plan "+printable.ShellWord(c.PlanFile))}
		}
		for _, row := range rows {
			lines = append(lines, proof(n, c, row, version, past))
		}
		return lines
	}}
}

// met are the unproven rows of which the rehearsals asked something.
func met(n Needs) (rows []onbehalf.Row) {
	for _, row := range onbehalf.Unproven() {
		if slices.ContainsFunc(slices.Concat(n.Questions, n.Services), func(q authz.Question) bool { return of(row, q) && n.usual[identity(q)] }) {
			rows = append(rows, row)
		}
	}
	return rows
}

func of(row onbehalf.Row, q authz.Question) bool {
	return q.Why == row.Why && q.Source == row.Source && slices.ContainsFunc(row.Asks, func(a onbehalf.Question) bool { return a.Action == q.Action })
}

// proof of a row by a drill. What a resource is asked, each drill passes through;
// what a call is asked, one that made it.
func proof(n Needs, c Checkout, row onbehalf.Row, version string, past []drillevidence.Document) doctor.Line {
	line := doctor.Line{Subject: row.On, Basis: doctor.Judged}
	asks := actionsOf(row) + ": " + row.Why
	for _, d := range past {
		if d.Ending == string(drill.Passed) && d.Versions.Lifeboat == version && through(row, d) {
			line.State, line.What = doctor.OK, fmt.Sprintf("%s: proven by the drill %s of %s on %s", asks, d.ID, d.Name(), d.Start.At.UTC().Format("2006-01-02"))
			return line
		}
	}
	line.State = doctor.Unknown
	line.What = fmt.Sprintf("%s: no page of AWS says so in so many words (%s), and no drill of version %s that passes through it has passed yet", asks, row.Source, version)
	line.Command = "lifeboat drill --world aws --plan " + printable.ShellWord(c.PlanFile)
	if name := candidate(n, row); name != "" {
		line.Command += " " + printable.ShellWord(name)
	}
	return line
}

func actionsOf(row onbehalf.Row) string {
	var actions []string
	for _, q := range row.Asks {
		actions = append(actions, q.Action)
	}
	slices.Sort(actions)
	return strings.Join(slices.Compact(actions), ", ")
}

// Calls by which copies are made, and the kind of recovery point of each.
const (
	fromSnapshot = "rds:RestoreDBInstanceFromDBSnapshot"
	toPoint      = "rds:RestoreDBInstanceToPointInTime"
)

// through tells whether a drill met what a row is about.
func through(row onbehalf.Row, d drillevidence.Document) bool {
	isCall := !strings.Contains(row.On, "::")
	point := d.RecoveryPoint
	switch {
	case !isCall:
		return true
	case point == nil:
		return false
	case row.On == fromSnapshot:
		return !isPITR(point.Kind)
	case row.On == toPoint:
		return isPITR(point.Kind)
	}
	return false
}

// isPITR tells whether a recovery point is a moment of transaction logs.
func isPITR(kind string) bool { return strings.HasPrefix(kind, "rds-pitr") }

// candidate is a database whose drill passes through a row: "" where that is left
// to the newest recovery point.
func candidate(n Needs, row onbehalf.Row) string {
	for _, spec := range n.Databases {
		if spec.RDS == nil {
			continue
		}
		pitr := spec.RDS.From == drill.FromPITR
		if row.On == fromSnapshot && pitr || row.On == toPoint && !pitr && spec.RDS.From != "" {
			continue
		}
		return spec.Name()
	}
	return ""
}

// deployedVersion is what the account's functions are told.
func deployedVersion(ctx context.Context, n Needs, s Stacks) (string, error) {
	stack, there, err := s.Stack(ctx, n.Names.Prefix())
	if err != nil {
		return "", err
	}
	if version := stack.Outputs["Version"]; version != "" || !there {
		return version, nil
	}
	text, err := s.Template(ctx, n.Names.Prefix())
	return toldVersion(text), err
}
