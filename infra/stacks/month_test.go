package stacks_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
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

// mails are what the people who are on call received, a line each.
func (m *month) mails() (lines []string) {
	for _, address := range m.Addresses() {
		for _, mail := range m.Inbox(address) {
			subject := strings.TrimSuffix(mail.Subject, " in EU (Frankfurt)")
			lines = append(lines, mail.At.Format("01-02 15:04 ")+subject)
		}
	}
	return lines
}

// endings of all executions, a line each.
func (m *month) endings() (lines []string) {
	for _, x := range m.Executions() {
		lines = append(lines, x.At.Format("01-02 15:04 ")+string(template.Ending(x)))
	}
	return lines
}

func (m *month) troubles() (lines []string) {
	for _, trouble := range m.Troubles() {
		lines = append(lines, trouble.String())
	}
	return lines
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

// passes lets the month pass, and compares what became of it.
func (m *month) passes(mails, endings, troubles []string) {
	m.t.Helper()
	if err := m.Pass(on(31, 12)); err != nil {
		m.t.Fatal(err)
	}
	for what, pair := range map[string][2][]string{"mails": {mails, m.mails()}, "executions": {endings, m.endings()}, "refused or lost": {troubles, m.troubles()}} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			m.t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	if left := m.Copies(); len(left) > 0 {
		m.t.Errorf("left behind: %v", left)
	}
}

func TestMonthOfTheExample(t *testing.T) {
	m := opened(t, synthesized(t).folder, sim.Scenario{})
	m.do(on(5, 10), func() { m.start("stopped by hand", "{}") })
	m.do(on(5, 10)+10*time.Minute, func() { m.Stop(m.called["stopped by hand"]) })
	m.do(on(10, 14), func() { m.start("redeployed", "{}") })
	m.do(on(10, 14)+10*time.Minute, func() { m.redeploy(shaped(t, "next version").folder) })
	m.do(on(18, 9), m.abandon)
	m.do(on(25, 9), func() { m.redeployBroken(edited(t, shaped(t, "next version").folder, schedulesMayNothing)) })
	m.passes(
		[]string{},
		[]string{},
		[]string{},
	)
}

// The drill account is not that of the databases; keys and logins are mixed.
func TestMonthOfAnAccountApart(t *testing.T) {
	m := opened(t, shaped(t, "apart").folder, sim.Scenario{Backups: sim.Backups{Snapshots: []sim.Snapshot{{Kind: "awsbackup", Age: sim.Duration(10 * time.Minute), CopiedAfter: sim.Duration(5 * time.Minute)}}}})
	m.copied(on(20, 8), on(20, 14))
	m.do(on(12, 10), func() { m.start("by hand", `{"database":"orders/billing-db"}`) })
	m.passes(
		[]string{},
		[]string{},
		nil,
	)
}

// One more database than have schedules of their own.
func TestMonthOfAFleet(t *testing.T) {
	m := opened(t, shaped(t, "small fleet").folder, sim.Scenario{})
	m.do(on(7, 12), func() { m.redeploy(shaped(t, "small fleet, next version").folder) })
	m.passes(
		[]string{},
		[]string{},
		nil,
	)
}

// schedulesMayNothing is a mistake that a later deployment may make.
func schedulesMayNothing(r object) { withoutAction(r, "SchedulesRole", "states:StartExecution") }
