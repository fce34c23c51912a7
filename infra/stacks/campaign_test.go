package stacks_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// november is the month that the deployments go through: they are deployed on its
// eve, and the first drill is due in its first night.
var november = time.Date(2026, 10, 31, 12, 0, 0, 0, time.UTC)

func on(day, hour int) time.Duration {
	return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC).Sub(november)
}

// month is one deployment's.
type month struct {
	*template.World
	t      *testing.T
	called map[string]*machines.Execution
}

// do does something at a time of the month.
func (m *month) do(at time.Duration, f func()) { m.At(at, f) }

// start starts a drill by hand.
func (m *month) start(name, input string) {
	machine, err := m.DrillMachine()
	if err != nil {
		m.t.Fatal(err)
	}
	if m.called[name], err = m.Start(machine, input); err != nil {
		m.t.Error(err)
	}
}

// redeploy deploys another assembly over the first.
func (m *month) redeploy(folder string) {
	assembly, err := cfn.ReadAssembly(folder)
	if err != nil {
		m.t.Fatal(err)
	}
	if err := m.Deploy(assembly); err != nil {
		m.t.Error(err)
	}
}

// redeployBroken deploys what AWS takes, and what will not work.
func (m *month) redeployBroken(folder string) {
	assembly, err := cfn.ReadAssembly(folder)
	if err != nil {
		m.t.Fatal(err)
	}
	if err := m.Deploy(assembly); err == nil {
		m.t.Error("nothing was wrong with it")
	}
}

// enable switches a rule on or off, as somebody does in the console.
func (m *month) enable(name string, enabled bool) {
	for _, r := range m.Cloud().Rules.Rules() {
		if r.Name == name {
			r.Enabled = enabled
			if err := m.Cloud().Rules.AddRule(r); err != nil {
				m.t.Error(err)
			}
			return
		}
	}
	m.t.Errorf("there is no rule %s", name)
}

// abandon leaves a copy behind that no execution will remove: ours by name and by
// tags, of an execution that nobody knows any more.
func (m *month) abandon() {
	const execution = "arn:aws:states:" + home + ":" + account + ":execution:lifeboat-prod-drill:forgotten"
	m.Cloud().RDS.AddInstance(account, home, rds.Instance{
		Identifier: drill.ThrowawayName("prod", execution), SubnetGroup: "lifeboat-prod",
		Tags: []rds.Tag{
			{Key: deployed.TagDeployment, Value: "prod"}, {Key: deployed.TagExecution, Value: execution}, {Key: deployed.TagRun, Value: "forgotten"},
			{Key: deployed.TagCreatedAt, Value: m.Now().Add(-26 * time.Hour).Format(time.RFC3339)},
		},
	})
}

// halfHour is when something happened, to the half hour: the scheduler chooses the
// minute within a window of fifteen.
func halfHour(at time.Time) string { return at.Truncate(30 * time.Minute).Format("01-02 15:04 ") }

// alarmSubject is how the subject of a mail of an alarm begins.
var alarmSubject = regexp.MustCompile(`^(ALARM|OK|INSUFFICIENT_DATA): "`)

// mails are what the people who are on call received of alarms, a line each, and
// whether it woke them; what the notifier tells of endings is messages.
func (m *month) mails() []string { return m.heard(true) }

func (m *month) messages() []string { return m.heard(false) }

func (m *month) heard(ofAlarms bool) (lines []string) {
	for _, address := range m.Addresses() {
		for _, mail := range m.Inbox(address) {
			if alarmSubject.MatchString(mail.Subject) != ofAlarms {
				continue
			}
			how := "ticket "
			if strings.HasSuffix(mail.Topic, "-pages") {
				how = "page   "
			}
			lines = append(lines, halfHour(mail.At)+how+strings.TrimSuffix(mail.Subject, " in EU (Frankfurt)"))
		}
	}
	return lines
}

// endings of all executions, a line each.
func (m *month) endings() (lines []string) {
	for _, x := range m.Executions() {
		ending := string(template.Ending(x))
		if x.Result.Status != asl.Succeeded && x.Result.Status != asl.Failed {
			ending = string(x.Result.Status)
		}
		lines = append(lines, halfHour(x.At)+ending)
	}
	return lines
}

// troubles are what was refused or lost, a line each.
func (m *month) troubles() (lines []string) {
	for _, trouble := range m.Troubles() {
		lines = append(lines, halfHour(trouble.At)+trouble.Who+" "+trouble.What)
	}
	return slices.Compact(lines)
}

// copied keeps one copy of each database fresh, as a plan of backups does, but for
// a time in which none comes.
func (m *month) copied(from, to time.Duration) {
	const every = 30 * time.Minute
	var copy func()
	copy = func() {
		if since := m.Now().Sub(november); since < from || since >= to {
			for _, s := range m.Cloud().RDS.Snapshots(account, home) {
				s.DatabaseTime, s.Created = m.Now().Add(-10*time.Minute), m.Now()
			}
		}
		m.do(every, copy)
	}
	copy()
}

func opened(t *testing.T, folder string, scenario sim.Scenario) *month {
	t.Helper()
	scenario.Time = november
	w := open(t, folder, func(o *template.Options) { o.Scenario = scenario })
	return &month{World: w, t: t, called: map[string]*machines.Execution{}}
}

// onlyWhenItHappens are the alarms on figures that AWS has only once there is
// something to count. Every other alarm's metric gets data, so it exists under
// that name and those dimensions.
var onlyWhenItHappens = []string{"lifeboat-prod-undelivered"}

// passes lets the month pass, and compares what became of it: what alarms told, what
// the notifier told, how executions ended.
func (m *month) passes(mails, messages, endings, troubles, unfed []string) {
	m.t.Helper()
	if err := m.Pass(on(31, 12)); err != nil {
		m.t.Fatal(err)
	}
	for what, pair := range map[string][2][]string{"mails of alarms": {mails, m.mails()}, "messages": {messages, m.messages()}, "executions": {endings, m.endings()}, "refused or lost": {troubles, m.troubles()}} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			m.t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	if diff := cmp.Diff(unfed, m.Cloud().Metrics.Unfed()); diff != "" {
		m.t.Errorf("alarms on what nobody publishes (-want +got):\n%s", diff)
	}
	if left := m.Copies(); len(left) > 0 {
		m.t.Errorf("left behind: %v", left)
	}
}

// What is only new is told to nobody, whether or not somebody would hear it yet: in
// its first hours a deployment whose backups are fresh takes no action at all.
func TestNobodyHearsOfANewDeployment(t *testing.T) {
	fresh := sim.Scenario{Backups: sim.Backups{Snapshots: []sim.Snapshot{{Kind: "awsbackup", Age: sim.Duration(10 * time.Minute), CopiedAfter: sim.Duration(5 * time.Minute)}}}}
	for name, c := range map[string]struct {
		folder   string
		scenario sim.Scenario
	}{
		"example": {synthesized(t).folder, sim.Scenario{}}, "fleet": {shaped(t, "small fleet").folder, sim.Scenario{}}, "apart": {shaped(t, "apart").folder, fresh},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := opened(t, c.folder, c.scenario)
			m.Cloud().Metrics.OnAlarm(func(change cloudwatch.Change) {
				for _, topic := range change.Actions() {
					t.Errorf("%s: %s is %s, and %s is told", change.At.Format("15:04"), change.Alarm.Name, change.To, topic)
				}
			})
			m.copied(0, 0)
			if err := m.Pass(3 * time.Hour); err != nil {
				t.Fatal(err)
			}
			if told := append(m.mails(), m.messages()...); len(told) > 0 {
				t.Errorf("somebody is told: %q", told)
			}
		})
	}
}

// One more database than have schedules of their own. Somebody switches the rule
// of the dispatcher off, and forgets it for weeks.
func TestMonthOfAFleet(t *testing.T) {
	first, next := shaped(t, "small fleet").folder, shaped(t, "small fleet, next version").folder
	t.Parallel()
	m := opened(t, first, sim.Scenario{})
	m.Cloud().RDS.SetQuota(account, home, rds.Quota{Instances: 200, StorageGiB: 100_000}) // all of them together have place
	m.do(on(7, 12), func() { m.redeploy(next) })
	m.do(on(8, 9), func() { m.enable("lifeboat-prod-dispatching", false) })
	m.do(on(28, 9), func() { m.enable("lifeboat-prod-dispatching", true) })
	m.passes(
		[]string{`11-08 09:00 ticket ALARM: "lifeboat-prod-dispatcher-late"`},
		nil,
		[]string{"11-01 03:00 Passed", "11-01 03:00 Passed", "12-01 03:00 Passed", "12-01 03:00 Passed"},
		nil,
		onlyWhenItHappens,
	)
}

func TestMonthOfTheExample(t *testing.T) {
	first, next := synthesized(t).folder, shaped(t, "next version").folder
	t.Parallel()
	m := opened(t, first, sim.Scenario{})
	m.do(on(5, 10), func() { m.start("stopped by hand", "{}") })
	m.do(on(5, 10)+10*time.Minute, func() { m.Stop(m.called["stopped by hand"]) })
	m.do(on(10, 14), func() { m.start("redeployed", "{}") })
	m.do(on(10, 14)+10*time.Minute, func() { m.redeploy(next) })
	m.do(on(18, 9), m.abandon)
	m.do(on(25, 9), func() { m.redeployBroken(edited(t, next, schedulesMayNothing)) })
	m.passes(
		[]string{
			`11-18 09:00 ticket ALARM: "lifeboat-prod-orphans"`,
			`12-01 03:00 ticket ALARM: "lifeboat-prod-undelivered"`,
		},
		[]string{"11-05 10:00 page   PAGE orders/orders-db: stopped, cleaned up (prod)"},
		[]string{
			"11-01 03:00 Passed",
			"11-05 10:00 ABORTED",
			"11-05 10:00 FailureClean", // cleans up after it
			"11-10 14:00 Passed",       // with the functions that it was started with
		},
		[]string{
			"11-25 09:00 lifeboat-prod-schedules may not states:StartExecution arn:aws:states:eu-central-1:111122223333:stateMachine:lifeboat-prod-drill",
			"12-01 03:00 schedule lifeboat-prod-Schedulesordersordersdb6DDBAEC9 could not start its target",
		},
		nil,
	)
}

// The drill account is not that of the databases; keys and logins are mixed.
func TestMonthOfAnAccountApart(t *testing.T) {
	folder := shaped(t, "apart").folder
	t.Parallel()
	m := opened(t, folder, sim.Scenario{Backups: sim.Backups{Snapshots: []sim.Snapshot{{Kind: "awsbackup", Age: sim.Duration(10 * time.Minute), CopiedAfter: sim.Duration(5 * time.Minute)}}}})
	m.copied(on(20, 8), on(20, 14))
	m.do(on(12, 10), func() { m.start("by hand", `{"database":"orders/billing-db"}`) })
	m.passes(
		[]string{
			`11-20 08:00 page   ALARM: "lifeboat-prod-backup-age-orders/billing-db"`,
			`11-20 08:00 page   ALARM: "lifeboat-prod-backup-age-orders/orders-db"`,
		},
		nil,
		[]string{"11-01 03:00 Passed", "11-01 04:00 Passed", "11-12 10:00 Passed", "12-01 03:00 Passed", "12-01 04:00 Passed"},
		nil,
		onlyWhenItHappens,
	)
}

// A version that goes with a deployment takes the drills with it that still call
// it: the template keeps them.
func TestDeletedVersionIsFound(t *testing.T) {
	next := shaped(t, "next version").folder
	first := edited(t, synthesized(t).folder, func(r object) {
		for id, each := range r {
			if each.(object)["Type"] == "AWS::Lambda::Version" {
				r[id].(object)["DeletionPolicy"] = "Delete"
			}
		}
	})
	t.Parallel()
	m := opened(t, first, sim.Scenario{})
	m.start("redeployed", "{}")
	m.do(10*time.Minute, func() { m.redeploy(next) })
	if err := m.Pass(3 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(m.troubles(), func(line string) bool {
		return strings.Contains(line, "Lambda has no lifeboat-prod-check-availability:1")
	}) {
		t.Errorf("nobody says that the version is gone: %q", m.troubles())
	}
}

// schedulesMayNothing is a mistake that a later deployment may make.
func schedulesMayNothing(r object) { withoutAction(r, "SchedulesRole", "states:StartExecution") }
