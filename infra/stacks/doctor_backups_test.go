package stacks_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws/examine"
)

// fromThere is a doctor in the account of the databases.
func fromThere(p *patient) func(*examine.Options) {
	return func(o *examine.Options) {
		o.Config = func(_ context.Context, region string) (aws.Config, error) { return p.SDKIn(owner, region), nil }
	}
}

// backedUpPatient deploys a shape whose backups lifeboat makes.
func backedUpPatient(t *testing.T, name string) *patient {
	a := shaped(t, name)
	p := newPatient(t, open(t, a.folder, nil), needed(t, a.folder))
	p.version = a.output(t, "Version")
	p.Cloud().Backup.Crossing(true)
	return p
}

// notYet is what a deployment of this moment has not yet: alarms without data, a first
// round of its monitor, mails that nobody answered, and an instance that nobody gave
// the plan's window.
func notYet(l doctor.Line) bool {
	for _, fresh := range []struct{ area, what string }{
		{"alarms", "INSUFFICIENT_DATA: "},
		{"subscriptions", " has not confirmed"},
		{"subscriptions", "nobody is subscribed who has confirmed"},
		{"automated backups", "its maintenance window is sat:22:00-sat:22:30"},
	} {
		if l.Area == fresh.area && strings.Contains(l.What, fresh.what) {
			return true
		}
	}
	return l.Area == "alarms" && slices.Contains([]string{"lifeboat-prod-monitor-silent", "lifeboat-prod-monitor-silent-at-once", "lifeboat-prod-anything"}, l.Subject)
}

// ofStacks are the areas that look at what stacks made, wherever these lie.
var ofStacks = []string{"version", "permissions", "resource policies", "subscriptions", "alarms", "backup settings", "backup policy", "automated backups", "selections", "buckets"}

// linesOfAreas of a doctor.
func linesOfAreas(d *examine.Doctor, areas []string) (lines []doctor.Line) {
	for _, c := range d.Checks() {
		if slices.Contains(areas, c.Area) {
			for _, l := range c.Run(context.Background()) {
				l.Area = c.Area
				lines = append(lines, l)
			}
		}
	}
	return lines
}

// What is deployed is what was reckoned with: the doctor finds in the account the very
// policy that the stacks were made from.
func TestDoctorOfDeployedBackups(t *testing.T) {
	p := backedUpPatient(t, "backups")
	lines := linesOfAreas(examinerOf(t, p, nil), ofStacks)
	for _, l := range lines {
		if l.State != doctor.OK && !notYet(l) {
			t.Errorf("%s %s, %s: %s\n%s", l.State, l.Area, l.Subject, l.What, l.Command)
		}
	}
	seen := ""
	for _, l := range lines {
		seen += fmt.Sprintln(l.Area, l.Subject, l.What)
	}
	for _, want := range []string{"version lifeboat-prod-backups deployed as it is here", "version lifeboat-prod-vault deployed as it is here", "permissions lifeboat-prod-backups", "topic lifeboat-prod-backups",
		"backup policy vault lifeboat-prod locked (governance", "backup policy vault lifeboat-prod-copies locked"} {
		if !strings.Contains(seen, want) {
			t.Errorf("nothing is said of %q:\n%s", want, seen)
		}
	}
}

// With the databases in another account neither doctor sees all, and both together do:
// what the one cannot ask is unknown there, never wrong, and known to the other.
func TestDoctorOfBackupsInTwoAccounts(t *testing.T) {
	p := backedUpPatient(t, "backups-apart")
	unknown := func(change func(*examine.Options), account string) map[string]bool {
		list := map[string]bool{}
		for _, l := range linesOfAreas(examinerOf(t, p, change), ofStacks) {
			switch {
			case l.State == doctor.OK || notYet(l):
			case l.State == doctor.Unknown && strings.Contains(l.Command, "AWS_PROFILE=account-"+account+" lifeboat doctor --aws"):
				list[l.Area+": "+l.Subject] = true
			default:
				t.Errorf("%s %s, %s: %s\n%s", l.State, l.Area, l.Subject, l.What, l.Command)
			}
		}
		return list
	}
	here, there := unknown(nil, owner), unknown(fromThere(p), account)
	for what := range here {
		if there[what] {
			t.Errorf("nobody can ask of %s", what)
		}
	}
	for _, want := range []string{"version: lifeboat-prod-backups", "permissions: lifeboat-prod-backups", "backup policy: vault lifeboat-prod", "subscriptions: topic lifeboat-prod-backups", "alarms: lifeboat-prod-backups"} {
		if !here[want] {
			t.Errorf("%s is not unknown: %v", want, here)
		}
	}
	for _, want := range []string{"version: lifeboat-prod", "backup policy: vault lifeboat-prod-copies", "selections: selections in " + home} {
		if !there[want] {
			t.Errorf("from the owner's account %s is not unknown: %v", want, there)
		}
	}
}
