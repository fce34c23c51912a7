package plan

import "fmt"

// derived are the names that a deployment on AWS gets from the plan's, where
// they are longest; pkg/deployed makes them. The shortest limit decides, and
// which that is depends on the region's own length.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
var derived = []struct {
	what, name string // %s is the deployment
	atMost     int
}{
	{"S3 bucket of the evidence", "lifeboat-%s-111122223333-<region>", 63},
	{"role of the function check-availability", "lifeboat-%s-check-availability", 64},
	{"DB instance that a drill makes", "lifeboat-%s-0123456789ab", 63},
}

// derivedNames refuses a deployment whose name leaves too little room for what
// is named after it.
func (v *validator) derivedNames() {
	region := v.plan.DrillRegion()
	if v.plan.first(KindRDSInstance) == "" || region == "" || v.plan.Deployment == "" {
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

// listeners refuses a deployment whose alarms nobody would hear: they would look
// like alarms.
func (v *validator) listeners() {
	if name := v.plan.first(KindRDSInstance); name != "" && len(v.plan.Notify) == 0 {
		v.add("notify", "nobody is named who is told", "alarms about "+name+" would reach no one", "for instance notify: [oncall@example.com]")
	}
}
