package budget

import (
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// judge holds a report's rows against their targets.
type judge struct {
	*calculation
	report *Report
	// What could not be judged, and where the first of it stands.
	unbacked, untimed           int
	firstUnbacked, firstUntimed string
}

func (j *judge) problem(path, what, why, hint string) {
	j.report.Problems = append(j.report.Problems, plan.Problem{Path: path, What: what, Why: why, Hint: hint})
}

func (j *judge) warn(path, what, why, hint string) {
	j.report.Warnings = append(j.report.Warnings, plan.Problem{Path: path, What: what, Why: why, Hint: hint})
}

// rpo judges the loss of one database.
func (j *judge) rpo(path string, s *subject, row *Row) {
	if !plan.KindOf(row.Kind).OnAWS {
		return // its backups are files that somebody else makes: a drill tells how old they are
	}
	name := row.Workload + "/" + row.Database
	l := j.loss(s, &row.Policy, s.scenario)
	switch {
	case !l.known:
		if j.unbacked++; j.unbacked == 1 {
			j.firstUnbacked = path
		}
	case l.unbounded:
		j.problem(path, fmt.Sprintf("%s can lose everything in %s: %s", name, one(s.scenario), l.by), l.why, j.cure(s, &row.Policy, l))
	case l.worst > s.rpo:
		j.problem(path, fmt.Sprintf("%s can lose %s of data in %s, and the RPO is %s", name, short(l.worst), one(s.scenario), short(s.rpo)),
			because(s, &row.Policy, l), j.cure(s, &row.Policy, l))
	case !roomy(l.worst, s.rpo):
		j.warn(path, fmt.Sprintf("%s can lose %s of data in %s, which leaves less than a fifth of the RPO of %s", name, short(l.worst), one(s.scenario), short(s.rpo)),
			"one backup that takes longer than assumed breaks it", j.relief(s, &row.Policy, l))
	}
}

// because says what makes a loss longer than people expect, by the name of what they
// wrote.
func because(s *subject, p *Policy, l lost) string {
	if !strings.Contains(l.by, "of rule ") || strings.HasPrefix(l.by, "continuous") {
		return l.by + " lie that far back"
	}
	longest := time.Duration(0)
	for _, r := range p.Rules {
		if strings.HasPrefix(l.by, "copies") && !*r.Copy {
			continue // what it makes would not survive
		}
		if schedule := read(r.Schedule); schedule.err == nil && (longest == 0 || schedule.Longest() < longest) {
			longest = schedule.Longest()
		}
	}
	text := "backups every " + short(longest) + " are"
	switch {
	case longest == time.Hour:
		text = "an hourly cron is"
	case longest == day:
		text = "daily snapshots are"
	case longest > day:
		text = "backups that lie " + short(longest) + " apart are"
	}
	text += " no RPO of as much: each starts anywhere within its start window"
	failed, over, window := 0, 0, "its maintenance window"
	for _, e := range l.witness {
		if e.Kind == Failed {
			failed++
		}
		if e.Kind == PassedOver {
			over++
		}
	}
	if !s.block.known {
		window += " (assumed where it harms most: the plan does not say)"
	}
	switch {
	case failed == 1:
		text += ", one fails around " + window
	case failed > 1:
		text += fmt.Sprintf(", %d in a row fail around %s", failed, window)
	}
	switch {
	case over == 1:
		text += ", one is passed over while the start window of a rule that keeps for longer is open"
	case over > 1:
		text += fmt.Sprintf(", %d are passed over while the start window of a rule that keeps for longer is open", over)
	}
	text += ", and counts once it is complete (" + short(s.made.Value)
	if strings.HasPrefix(l.by, "copies") {
		text += ") and copied (" + short(s.copied.Value)
	}
	return text + ")"
}

// rto judges the recovery of a workload by its slowest database.
func (j *judge) rto(path string, s *subject, row *Row, rows []Row, slow Recovery) {
	rto, r := row.RTO, &row.Recovery
	name := row.Workload + "/" + row.Database
	restore, known := part(r, partRestore)
	total, atLeast := least(row), ""
	onAWS := plan.KindOf(row.Kind).OnAWS
	if known && !restore.Known() {
		atLeast = " at least"
		if !onAWS {
			total = said(r) // nothing is known of the restore: what is assumed of the rest proves little
		}
	}
	dns, _ := part(r, partDNS)
	switch {
	case total <= rto:
	case restore.Basis == Measured && restore.Value > rto:
		j.problem(path, fmt.Sprintf("the RTO of %s is below the measured restore of %s: %s (%s)", short(rto), name, short(restore.Value), restore.From),
			"what drills measured will not be quicker when it counts", j.faster(s, row, total))
	case known && onAWS && !restore.Known():
		j.problem(path, fmt.Sprintf("topology %s cannot meet an RTO of %s: %s takes %s at least", row.Topology, short(rto), name, short(total)),
			fmt.Sprintf("no restore of an RDS instance from a backup is quicker than %s, and %s", short(floorRestore), spelt(r)), j.faster(s, row, total))
	case dns.Basis == Assumed && total-dns.Value <= rto:
		j.problem(path, fmt.Sprintf("the RTO of %s forgets DNS: recovering %s takes %s, and %s more until clients find it", short(rto), name, short(total-dns.Value), short(dns.Value)),
			"clients keep the old answer for its TTL, after a health check failed often enough to move the record; "+dns.From+" are assumed", j.faster(s, row, total))
	case known && row.Topology == plan.BackupRestore && onAWS:
		j.problem(path, fmt.Sprintf("topology %s cannot meet an RTO of %s: recovering %s takes %s", row.Topology, short(rto), name, short(total)), spelt(r), j.faster(s, row, total))
	default:
		j.problem(path, fmt.Sprintf("recovering %s takes %s%s, and the RTO is %s", name, short(total), atLeast, short(rto)), spelt(r), j.faster(s, row, total))
	}
	switch {
	case total > rto:
	case !slow.Total.Known():
		if plan.KindOf(rows[unknown(rows)].Kind).OnAWS { // whichever of the workload's it is
			if j.untimed++; j.untimed == 1 {
				j.firstUntimed = path
			}
		}
	case !roomy(total, rto):
		j.warn(path, fmt.Sprintf("recovering %s takes %s, which leaves less than a fifth of the RTO of %s", name, short(total), short(rto)), spelt(r), j.faster(s, row, total))
	}
}

// rest tells what could not be judged, once: a fleet has thousands of the same.
func (j *judge) rest() {
	if j.unbacked > 0 {
		j.warn(j.firstUnbacked, fmt.Sprintf("the worst-case loss of %s is not judged", count(j.unbacked, "database")),
			"the plan says nothing of what backs them up", "write backup: {manage: true}; or manage: false with the rules that there are")
	}
	if j.untimed > 0 {
		j.warn(j.firstUntimed, fmt.Sprintf("the recovery time of %s is not judged", count(j.untimed, "workload")),
			"nothing says how long a restore takes", "write assumptions.restore, or give what drills measured (--history)")
	}
	if b := j.plan.Backup; b != nil && b.Immutability == plan.ImmutabilityCompliance {
		why, hint := "what is in the vaults then stays, and is paid for, until its retention ends", "try the plan with governance first"
		if b.Lock == nil || b.Lock.Min == 0 || b.Lock.Max == 0 {
			why += "; the lock's bounds stay as well, and where the plan does not say them they are the retentions of today's rules: a job with any other fails"
			hint += ", and write lock: {min, max} with room for the retentions that may be wanted one day"
		}
		j.warn("backup.immutability", "compliance cannot be undone by anybody, AWS included, once its grace period is over", why, hint)
	}
}

// coincides tells of rules whose start window lies in that of the automated
// backups: AWS advises against it, as their increments can branch off.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/rds-backup.html#rds-backup-differences
func (j *judge) coincides(path string, p *Policy) {
	from, until, _ := strings.Cut(p.AutomatedWindow, "-")
	begin, ok1 := dayMoment(from)
	end, ok2 := dayMoment(until)
	if !ok1 || !ok2 {
		return
	}
	length := mod(end-begin, 86400)
	for _, r := range p.Rules {
		schedule := read(r.Schedule)
		if r.Continuous {
			continue
		}
		for _, at := range schedule.times {
			if mod(begin-at, 86400) < seconds(time.Duration(r.StartWindow)) || mod(at-begin, 86400) < length {
				j.warn(path, fmt.Sprintf("rule %s starts backups in the window of the automated backups", r.Name),
					"AWS advises against it: their increments can branch off, and cost twice", "move one of the two")
				return
			}
		}
	}
}

func part(r *Recovery, name string) (Figure, bool) {
	for _, p := range r.Parts {
		if p.Name == name {
			return p, true
		}
	}
	return Figure{}, false
}

// said is the sum of what somebody measured or declared.
func said(r *Recovery) (total time.Duration) {
	for _, p := range r.Parts {
		if p.Basis != Assumed {
			total = plus(total, p.Value)
		}
	}
	return total
}

// spelt lists the parts.
func spelt(r *Recovery) string {
	var list []string
	for _, p := range r.Parts {
		if p.Known() && p.Value > 0 {
			list = append(list, fmt.Sprintf("%s %s (%s)", p.Name, short(p.Value), p.Basis))
		}
	}
	return strings.Join(list, ", ")
}

// one is a scenario with its article.
func one(scenario string) string {
	if strings.ContainsAny(scenario[:1], "aeiou") {
		return "an " + scenario
	}
	return "a " + scenario
}

func short(d time.Duration) string {
	return plan.Duration(d).Words()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
