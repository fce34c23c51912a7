package budget

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// year plays one of AWS Backup, moment by moment and with jitter in all that the plan
// does not decide, and tells the greatest loss that there was.
type year struct {
	from        time.Time
	random      *rand.Rand
	made, again time.Duration // a backup, a copy: at most
	maintenance time.Duration // since Sunday's midnight
	lasts       time.Duration
	copies      bool // only copies survive
}

type yearJob struct {
	at   time.Time
	rule plan.BackupRule
}

type yearPoint struct{ data, usable, gone time.Time }

func (y year) play(rules []plan.BackupRule) time.Duration {
	var points []yearPoint
	var busy time.Time
	for _, j := range y.jobs(rules) {
		start := j.at.Add(time.Duration(y.random.Int64N(int64(j.rule.StartWindow))))
		if start.Before(busy) {
			start = busy
		}
		if !start.Before(j.at.Add(time.Duration(j.rule.StartWindow))) || y.tooClose(start) {
			continue // expired, or failed
		}
		done := start.Add(y.upTo(y.made))
		busy = done
		point := yearPoint{start, done, start.Add(time.Duration(max(j.rule.Retention, j.rule.CopyRetention)))} // a copy serves as well
		if *j.rule.Copy {
			busy = done.Add(y.upTo(y.again))
		}
		if y.copies {
			if !*j.rule.Copy {
				continue
			}
			point = yearPoint{start, busy, start.Add(time.Duration(j.rule.CopyRetention))}
		}
		points = append(points, point)
	}
	return greatest(points)
}

// greatest is the age that the newest of what is there had at most, once there was
// any: the moment before each becomes usable.
func greatest(points []yearPoint) (worst time.Duration) {
	for i, p := range points {
		newest := time.Time{}
		for k := i - 1; k >= 0 && k > i-400; k-- {
			if q := points[k]; q.usable.Before(p.usable) && !q.gone.Before(p.usable) && q.data.After(newest) {
				newest = q.data
			}
		}
		if !newest.IsZero() {
			worst = max(worst, p.usable.Sub(newest))
		} else if i > 0 {
			worst = max(worst, p.usable.Sub(points[0].data))
		}
	}
	return worst
}

func (y year) upTo(most time.Duration) time.Duration {
	if most == 0 || y.random.IntN(3) == 0 {
		return most
	}
	return time.Duration(y.random.Int64N(int64(most)))
}

func (y year) tooClose(t time.Time) bool {
	sunday := t.AddDate(0, 0, -int(t.Weekday())).Truncate(24 * time.Hour)
	for _, begins := range []time.Time{sunday.Add(y.maintenance), sunday.Add(y.maintenance + week), sunday.Add(y.maintenance - week)} {
		if !t.Before(begins.Add(-time.Hour)) && t.Before(begins.Add(y.lasts)) {
			return true
		}
	}
	return false
}

func (y year) jobs(rules []plan.BackupRule) (run []yearJob) {
	var all []yearJob
	for _, rule := range rules {
		schedule, err := plan.ParseSchedule(rule.Schedule)
		if err != nil {
			panic(err)
		}
		for hour := range 365 * 24 { // the generator's rules come at full hours
			if at := y.from.Add(time.Duration(hour) * time.Hour); schedule.Due(at) {
				all = append(all, yearJob{at, rule})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b yearJob) int { return a.at.Compare(b.at) })
	over, contrary := make([]bool, len(all)), y.random.IntN(2) == 0 // the guide does not say
	for i, a := range all {
		for k := i + 1; k < len(all) && all[k].at.Before(a.at.Add(time.Duration(a.rule.StartWindow))); k++ {
			switch b := all[k]; {
			case a.rule.Name == b.rule.Name:
			case a.rule.Retention > b.rule.Retention:
				over[k] = true
			case a.rule.Retention < b.rule.Retention:
				over[i] = true
			case contrary == (a.rule.StartWindow > b.rule.StartWindow || a.rule.StartWindow == b.rule.StartWindow && a.rule.Name < b.rule.Name):
				over[k] = true
			default:
				over[i] = true
			}
		}
	}
	for i, j := range all {
		if !over[i] {
			run = append(run, j)
		}
	}
	return run
}

// randomPlan has one database, at times with rules, at times without.
func randomPlan(t *rapid.T) plan.Plan {
	yes := true
	manage := rapid.Bool().Draw(t, "manage")
	p := plan.Plan{Regions: &plan.Regions{Primary: "eu-west-1", Recovery: "eu-central-1"}, Backup: &plan.Backup{Manage: &manage}}
	d := plan.Database{Name: "db", Kind: plan.KindRDSInstance, Backup: &plan.DatabaseBackup{}}
	d.Drill.Scenario = rapid.SampledFrom([]string{plan.ScenarioRegionLoss, plan.ScenarioOperatorError, plan.ScenarioAccountLoss}).Draw(t, "scenario")
	if d.Drill.Scenario == plan.ScenarioAccountLoss {
		p.Accounts = &plan.Accounts{Primary: "111122223333", Recovery: "444455556666"}
	}
	if rapid.Bool().Draw(t, "window known") {
		d.Backup.MaintenanceWindow = fmt.Sprintf("%s:%02d:%s", rapid.SampledFrom(weekdays).Draw(t, "day"), rapid.IntRange(0, 22).Draw(t, "hour"), "15")
		d.Backup.MaintenanceWindow += "-" + d.Backup.MaintenanceWindow[:4] + fmt.Sprintf("%02d:45", rapid.IntRange(0, 22).Draw(t, "until"))
	}
	d.Assumptions.Backup = plan.Duration(rapid.SampledFrom([]time.Duration{0, time.Minute, time.Hour, 3 * time.Hour}).Draw(t, "backup"))
	d.Assumptions.Copy = plan.Duration(rapid.SampledFrom([]time.Duration{0, 10 * time.Minute, 2 * time.Hour}).Draw(t, "copy takes"))
	if !manage || rapid.Bool().Draw(t, "rules of its own") {
		for i := range rapid.IntRange(1, 3).Draw(t, "rules") {
			r := plan.BackupRule{
				Name: fmt.Sprintf("r%d", i),
				Schedule: rapid.SampledFrom([]string{
					"cron(0 * * * ? *)", "cron(0 0/2 * * ? *)", "cron(0 1/3 * * ? *)", "cron(0 0/4 * * ? *)", "cron(0 0/12 * * ? *)", "cron(0 5 * * ? *)",
					"cron(0 8-18 ? * MON-FRI *)", "cron(0 3 ? * SUN *)", "cron(0 3 1,15 * ? *)", "cron(0 3 L * ? *)", "cron(0 22 ? * 2#1 *)",
				}).Draw(t, "schedule"),
				StartWindow: plan.Duration(time.Duration(rapid.SampledFrom([]int{0, 60, 90, 120, 480}).Draw(t, "window")) * time.Minute),
				Retention:   plan.Duration(time.Duration(rapid.SampledFrom([]int{0, 1, 2, 7, 35, 365}).Draw(t, "retention")) * day),
			}
			if rapid.IntRange(0, 3).Draw(t, "no copy") == 0 {
				no := false
				r.Copy = &no
			} else if rapid.Bool().Draw(t, "copy said") {
				r.Copy = &yes
				r.CopyRetention = plan.Duration(time.Duration(rapid.SampledFrom([]int{0, 1, 7, 35}).Draw(t, "copy retention")) * day)
			}
			d.Backup.Rules = append(d.Backup.Rules, r)
		}
	}
	rpo := rapid.SampledFrom([]time.Duration{time.Hour, 4 * time.Hour, 6 * time.Hour, 8 * time.Hour, 12 * time.Hour, day, 36 * time.Hour, 2 * day, 3 * day, week, 10 * day, 40 * day, 70 * day}).Draw(t, "rpo")
	p.Workloads = []plan.Workload{{Name: "w", Objectives: plan.Objectives{RTO: plan.Duration(4 * time.Hour), RPO: plan.Duration(rpo)}, Databases: []plan.Database{d}}}
	return p
}

// For every plan that is accepted, a year with jitter stays within the RPO.
func TestAYearNeverLosesMoreThanTheRPO(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		p := randomPlan(t)
		report := Of(p, nil)
		if len(report.Problems) > 0 {
			return
		}
		accepted++
		row := report.Rows[0]
		if row.Policy.PointInTime == plan.PointInTimeNative || row.Policy.PointInTime == plan.PointInTimeReplicated {
			return // it is as far behind as is assumed, always
		}
		s := newCalculation(&p).subject(&p.Workloads[0], &p.Workloads[0].Databases[0])
		y := year{
			from:   time.Date(2026, time.Month(rapid.IntRange(1, 24).Draw(t, "month")), 1, 0, 0, 0, 0, time.UTC),
			random: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "jitter"), 1)),
			made:   s.made.Value, again: s.copied.Value, copies: s.scenario != plan.ScenarioOperatorError,
			maintenance: time.Duration(rapid.IntRange(0, 7*24*60-1).Draw(t, "maintenance")) * time.Minute, lasts: assumedMaintenance,
		}
		if s.block.known {
			y.maintenance, y.lasts = duration(s.block.from)+time.Hour, duration(s.block.length)-time.Hour
		}
		if got := y.play(row.Policy.Rules); got > row.RPO {
			t.Fatalf("a year lost %v, and %v is the worst of the search (RPO %v): %+v", got, row.Losses[0].Worst.Value, row.RPO, row.Policy)
		}
	})
	if accepted == 0 {
		t.Error("no plan was accepted")
	}
	t.Logf("%d plans were accepted", accepted)
}
