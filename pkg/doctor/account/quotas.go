package account

import (
	"context"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// QuotaReader reads the quotas of RDS, by RDS's names.
type QuotaReader interface {
	Quotas(ctx context.Context) (map[string]seen.Quota, error)
}

// ConcurrencyReader reads how many functions may run at once.
type ConcurrencyReader interface {
	Concurrency(ctx context.Context) (int, error)
}

// Quotas compares what the region's quotas leave with what the plan's drills need
// when as many run at once as the schedules have it.
func Quotas(n Needs, rds QuotaReader, lambda ConcurrencyReader, now func() time.Time) doctor.Check {
	return doctor.Check{Area: "quotas", Run: func(ctx context.Context) []doctor.Line {
		most := atOnce(n.Plan, n.Databases, now())
		return []doctor.Line{instances(ctx, n, rds, most), functions(ctx, n, lambda, most+len(n.World.Cloud().Rules.Rules()))}
	}}
}

func instances(ctx context.Context, n Needs, from QuotaReader, most int) doctor.Line {
	const subject = "DB instances"
	look := cli(n.Names, "rds describe-account-attributes")
	quotas, err := from.Quotas(ctx)
	if err != nil {
		return unread(subject, err, look)
	}
	line := doctor.Line{Subject: subject, Basis: doctor.Asked}
	q, told := quotas["DBInstances"]
	line.What = fmt.Sprintf("%d of %d are in use; drills that run at once by the plan's schedules, a copy each: %d", q.Used, q.Max, most)
	switch {
	case !told:
		line.State, line.What, line.Command = doctor.Unknown, "RDS does not say how many there may be", look
	case q.Used+most > q.Max:
		line.State = doctor.Wrong
		line.Command = cli(n.Names, "service-quotas request-service-quota-increase --service-code rds --quota-code L-7B6409FD --desired-value %d", q.Used+most)
	default:
		line.State = doctor.OK
	}
	return line
}

// functions: a drill runs one function at a time, and each rule may call one
// beside it. New accounts may run ten.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
func functions(ctx context.Context, n Needs, from ConcurrencyReader, need int) doctor.Line {
	const subject = "functions at once"
	limit, err := from.Concurrency(ctx)
	if err != nil {
		return unread(subject, err, cli(n.Names, "lambda get-account-settings"))
	}
	line := doctor.Line{Subject: subject, State: doctor.OK, Basis: doctor.Asked, What: fmt.Sprintf("%d may run, whoever's they are; lifeboat's are %d at most", limit, need)}
	if need > limit {
		line.State = doctor.Wrong
		line.Command = cli(n.Names, "service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value %d", need)
	}
	return line
}

// ahead is how long the schedules are looked at: longer than any month.
const ahead = 35 * 24 * time.Hour

// atOnce is how many drills run at the same time at most, when each takes as long
// as its limits allow: one at least, which somebody starts by hand. A database is
// drilled once at a time.
func atOnce(p plan.Plan, specs []drill.Spec, now time.Time) int {
	limits := map[string]time.Duration{}
	for _, s := range specs {
		limits[s.Name()] = time.Duration((s.Limits.StartSeconds + s.Limits.RestoreSeconds + s.Limits.ValidateSeconds + s.Limits.RemovalSeconds) * float64(time.Second))
	}
	type load struct {
		schedule string
		takes    time.Duration
	}
	loads := map[load]int{} // a fleet has few schedules
	for w, d := range p.OnAWS() {
		loads[load{d.Drill.Schedule, limits[w.Name+"/"+d.Name]}]++
	}
	begins := now.UTC().Truncate(time.Minute)
	changes := make([]int, int(ahead/time.Minute)+1) // of how many run, by the minute
	for l, databases := range loads {
		schedule, err := plan.ParseSchedule(l.schedule)
		if err != nil {
			continue // it has none
		}
		takes, until := int(l.takes/time.Minute)+1, 0 // these databases are drilled until before then
		for _, at := range schedule.Moments(begins, begins.Add(ahead)) {
			from := max(int(at.Sub(begins)/time.Minute), until)
			if until = max(until, int(at.Sub(begins)/time.Minute)+takes); from >= min(until, len(changes)) {
				continue
			}
			changes[from] += databases
			if until < len(changes) {
				changes[until] -= databases
			}
		}
	}
	running, most := 0, 1
	for _, change := range changes {
		running += change
		most = max(most, running)
	}
	return most
}
