package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// derived are the names that a deployment on AWS gets from the plan's, where
// they are longest; pkg/deployed makes them. The shortest limit decides, and
// which that is depends on the region's own length.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html
var derived = []struct {
	what, name string // %s is the deployment
	atMost     int
}{
	{"S3 bucket of the evidence", "lifeboat-%s-111122223333-<region>", 63},
	{"role of the function check-availability", "lifeboat-%s-check-availability", 64},
	{"DB instance that a drill makes", "lifeboat-%s-0123456789ab", 63},
	{"backup vault of the copies", "lifeboat-%s-copies", 50},
}

// derivedNames refuses a deployment whose name leaves too little room for what
// is named after it.
func (v *validator) derivedNames() {
	region := v.plan.DrillRegion()
	if !v.plan.Any(DrilledOnAWS) || region == "" || v.plan.Deployment == "" {
		return // nothing is deployed, or another problem says why not
	}
	room, narrowest := maxDeployment+1, 0
	for i, d := range derived {
		rest := len(fmt.Sprintf(d.name, ""))
		if i == 0 {
			rest += len(region) - len("<region>")
		}
		if d.atMost-rest < room {
			room, narrowest = d.atMost-rest, i
		}
	}
	if n := len(v.plan.Deployment); n > room && n <= maxDeployment { // a longer one is refused everywhere
		v.add("deployment", fmt.Sprintf("%q has %d characters, and in %s there is room for %d", v.plan.Deployment, n, region, room),
			fmt.Sprintf("the %s is called "+derived[narrowest].name+", and AWS allows %d characters", derived[narrowest].what, "<deployment>", derived[narrowest].atMost), "shorten it")
	}
}

// alarmsRE is what follows the deployment in the names of alarms, before the
// names of a workload, or of a recovered database, which are free:
// lifeboat-<deployment>-backup-age-<workload>/..., lifeboat-<deployment>-recovered-<identifier>-...
var alarmsRE = regexp.MustCompile(`-(drill|drills-overdue|backup-age|copy-behind|replication-behind|recovered)(-|$)`)

// suffixes make names of one deployment that could be all of another's: of stacks,
// which are replaced then, and of vaults.
var suffixes = []struct{ suffix, what, both string }{
	{"-kept", "its kept stack", "a stack lifeboat-%s, and deploying one would replace the other's evidence"},
	{"-backups", "its stack of backups", "a stack lifeboat-%s, and deploying one would end the other's backups"},
	{"-vault", "its stack of copies", "a stack lifeboat-%s, and deploying one would replace the other"},
	{"-copies", "the vault of its copies", "a vault lifeboat-%s, and the second to be deployed would fail"},
	{"-exercising", "the schedules of its exercises", "a group of schedules lifeboat-%s, and the second to be deployed would fail"},
}

// ofRecoveries are those that only a deployment with a recovery shares: the role of its
// machine, or of the backups of what it recovered, is that of another's function.
var ofRecoveries = []struct{ suffix, what, both string }{
	{"-prepare", "the function prepare-recovery", "a role lifeboat-%s-recovery, and the second to be deployed would fail"},
	{"-report", "the function report-recovery", "a role lifeboat-%s-recovery, and the second to be deployed would fail"},
	{"-query", "the function query-recovered", "a role lifeboat-%s-recovered, and the second to be deployed would fail"},
}

// foreignNames refuses a deployment whose names could be those that another one
// derives: the first of the two to be deployed would have them, and the second
// would change what is the first's.
func (v *validator) foreignNames() {
	d := v.plan.Deployment
	if !v.plan.Any(DrilledOnAWS) {
		return // nothing is deployed
	}
	all := suffixes
	if v.plan.RecoversOnAWS() {
		all = append(slices.Clone(suffixes), ofRecoveries...)
	}
	for _, s := range all {
		if other, is := strings.CutSuffix(d, s.suffix); is {
			v.add("deployment", fmt.Sprintf("%q is what the deployment %q calls %s", d, other, s.what),
				"both would have "+fmt.Sprintf(s.both, d), "rename it, for instance "+other+"-2")
		}
	}
	if at := alarmsRE.FindStringIndex(d); at != nil {
		v.add("deployment", fmt.Sprintf("%q could be the beginning of another deployment's alarms", d),
			"those of "+d[:at[0]]+" are called lifeboat-"+d[:at[1]]+"..., and go on with the name of a workload or a database", "rename it, without -drill, -drills-overdue, -backup-age, -copy-behind, -replication-behind and -recovered in it")
	}
}

// listeners refuses a deployment whose alarms nobody would hear: they would look
// like alarms.
func (v *validator) listeners() {
	if name := v.plan.first(DrilledOnAWS); name != "" && len(v.plan.Notify) == 0 {
		v.add("notify", "nobody is named who is told", "alarms about "+name+" would reach no one", "for instance notify: [oncall@example.com]")
	}
}
