package account

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// Regions are readers of the regions of the account of whoever asks. What lies in
// another account nobody here can ask about: it is unknown, with the command that
// signs in there.
type Regions[R any] struct {
	Account string // of whoever asks
	In      func(region string) R
}

// place is where something lies.
type place struct{ account, region string }

// at is a reader of a place; false: it is another account's.
func (r Regions[R]) at(p place) (reader R, reached bool) {
	if p.account != r.Account {
		return reader, false
	}
	return r.In(p.region), true
}

// stacksElsewhere has a line of each stack of another account that has anything of
// these types: what an area looks at of it nobody here can ask.
func (r Regions[R]) stacksElsewhere(n Needs, c Checkout, area string, types ...string) (lines []doctor.Line) {
	for _, t := range n.Assembly.Stacks {
		if has := slices.ContainsFunc(types, func(typ string) bool { return len(t.Of(typ)) > 0 }); has && t.Where.Account != r.Account {
			lines = append(lines, r.elsewhere(c, area, t.Name, placeOf(t)))
		}
	}
	return lines
}

// placeOf a stack.
func placeOf(t cfn.Template) place { return place{t.Where.Account, t.Where.Region} }

// placeIn is where a resource lies by its ARN; what has none of its own, as a bucket,
// lies where lifeboat does.
func placeIn(n deployed.Names, arn string) place {
	return place{cmp.Or(part(arn, 4), n.Account), cmp.Or(part(arn, 3), n.Region)}
}

// home is where lifeboat is deployed.
func home(n Needs) place { return place{n.Names.Account, n.Names.Region} }

// ofDatabases is where they are.
func ofDatabases(n Needs) place {
	return place{cmp.Or(n.Plan.Owner(), n.Names.Account), n.Plan.Regions.Primary}
}

// in is the deployment in another place.
func (p place) in(n deployed.Names) deployed.Names {
	n.Account, n.Region = p.account, p.region
	return n
}

// elsewhere is the line of what lies in another account than that of whoever asks.
func (r Regions[R]) elsewhere(c Checkout, area, subject string, p place) doctor.Line {
	return doctor.Line{
		Subject: subject, State: doctor.Unknown, Basis: doctor.Asked, Command: c.SignIn(p.account, area),
		What: fmt.Sprintf("it lies in account %s, %s, and the caller is of %s: sign in there, and ask again", p.account, p.region, r.Account),
	}
}

// SignIn is the command that asks of an area as somebody of another account: the
// profile is made by the first part.
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html
func (c Checkout) SignIn(account, area string) string {
	profile := "account-" + account
	return "aws login --profile " + profile + " && AWS_PROFILE=" + profile + " " + c.doctor(area)
}

// doctor is this command again, for one area.
func (c Checkout) doctor(area string) string {
	return "lifeboat doctor --aws --plan " + printable.ShellWord(c.PlanFile) + " --only " + printable.ShellWord(area)
}

// protected is a database of the plan that something is known to back up.
type protected struct {
	name   string // "workload/database"
	source string // its identifier
	arn    string
	at     place
	policy budget.Policy
	key    string        // of its copies in the region of drills, as the plan names it; "" the plan names none
	logs   time.Duration // how far back the newest point in time may lie
}

// protectedIn are the databases whose backups the plan declares, in its order.
func protectedIn(n Needs, policies map[string]budget.Policy) (list []protected) {
	if n.Plan.Regions == nil {
		return nil
	}
	at := ofDatabases(n)
	for w, d := range n.Plan.OnAWS() {
		name := w.Name + "/" + d.Name
		if p := policies[name]; p.Known() {
			list = append(list, protected{
				name: name, source: d.Source, arn: instanceARN(at, d.Source), at: at, policy: p, key: d.Drill.KMSKey,
				logs: cmp.Or(time.Duration(d.Assumptions.Logs), time.Duration(w.Assumptions.Logs), logsBehind),
			})
		}
	}
	return list
}

// instanceARN: names of instances are kept in lower case.
func instanceARN(p place, name string) string {
	return "arn:" + deployed.Partition(p.region) + ":rds:" + p.region + ":" + p.account + ":db:" + strings.ToLower(name)
}

// logsBehind is how far back the newest point in time lies at most where the plan
// does not say: transaction logs are kept every five minutes.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html
const logsBehind = 10 * time.Minute

// undeclared is the line of a plan that says nothing of what an area looks at: no
// call is made for it.
func undeclared(subject, what string) []doctor.Line {
	return []doctor.Line{{Subject: subject, State: doctor.OK, What: what, Basis: doctor.Judged}}
}

// cliIn is a command of AWS's for a region.
func cliIn(region, format string, arguments ...any) string {
	return cli(deployed.Names{Region: region}, format, arguments...)
}

// inDays is a length as AWS Backup takes it.
func inDays(d time.Duration) int { return int(d / (24 * time.Hour)) }

// immutability that the plan wants of its vaults; "" it does not say.
func immutability(p plan.Plan) string {
	switch {
	case p.Backup == nil:
		return ""
	case p.Backup.Immutability == "" && p.Backup.Managed():
		return plan.ImmutabilityGovernance
	}
	return p.Backup.Immutability
}
