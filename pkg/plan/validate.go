package plan

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Problem is one thing that is wrong with a plan.
type Problem struct {
	Path string // "workloads[0].databases[1].checks[0].expect.min"
	What string // what is wrong
	Why  string // why that matters; may be empty
	Hint string // what to do; may be empty
	// OfKey: the key at the end of the path is wrong, not its value.
	OfKey bool
}

func (p Problem) String() string {
	text := p.What
	if p.Why != "" {
		text += ": " + p.Why
	}
	if p.Hint != "" {
		text += " (" + p.Hint + ")"
	}
	return text
}

// Validate returns every problem of the plan, in its order; none for a plan
// that can be drilled.
func (p Plan) Validate() []Problem {
	v := &validator{plan: p, spelling: map[string]string{"name": "Name"}} // the CDK tags with Name
	if p.Version != 1 {
		v.add("version", fmt.Sprintf("the version is %d", p.Version), "this lifeboat reads version 1", "write version: 1")
	}
	v.deployment()
	v.derivedNames()
	v.foreignNames()
	v.addresses("notify", v.plan.Notify)
	v.addresses("tickets", v.plan.Tickets)
	v.listeners()
	v.regions()
	v.partitions()
	v.zones()
	v.accounts()
	v.evidence()
	v.backup()
	v.tags("tags", p.Tags, true)
	v.tagsFit()
	if len(p.Workloads) == 0 {
		v.add("workloads", "the plan has no workload", "there is nothing to recover", "declare at least one, with a database")
	}
	names := map[string]bool{}
	for i, w := range p.Workloads {
		path := fmt.Sprintf("workloads[%d]", i)
		v.unique(names, path+".name", "workload", w.Name)
		v.workload(path, w)
	}
	v.recoveries()
	return v.problems
}

type validator struct {
	plan     Plan
	problems []Problem
	spelling map[string]string // of the keys of tags, by the key in lower case
	// intervals of schedules that were asked for; said are paths of the backup
	// policy that something was said of; buckets are those that lifeboat makes.
	intervals map[string]intervals
	said      map[string]bool
	buckets   map[string]DumpBucket
	// targets are databases, by the identifiers that they are recovered as; taken is who
	// has an identifier where they would be.
	targets, taken map[string]string
}

func (v *validator) add(path, what, why, hint string) {
	v.problems = append(v.problems, Problem{Path: path, What: what, Why: why, Hint: hint})
}

// oneOf checks a word against a list; empty is left to the caller.
func (v *validator) oneOf(path, what, word string, words ...string) {
	if word != "" && !slices.Contains(words, word) {
		v.add(path, fmt.Sprintf("%q is no %s", word, what), "", "one of "+strings.Join(words, ", "))
	}
}

func (v *validator) unique(seen map[string]bool, path, what, name string) {
	switch {
	case name == "":
		v.add(path, "the "+what+" has no name", "inputs, evidence and alarms name it", "give it one")
	case seen[name]:
		v.add(path, fmt.Sprintf("the %s %q stands twice", what, name), "names must tell them apart", "rename one of them")
	}
	seen[name] = true
}

var (
	deploymentRE = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	nameRE       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
	regionRE     = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]$`)
	accountRE    = regexp.MustCompile(`^[0-9]{12}$`)
)

const (
	maxDeployment    = 40 // lifeboat-<deployment>-<12 hex> fits into the 63 characters of an RDS identifier
	maxRetentionDays = 36500
)

func (v *validator) deployment() {
	switch d := v.plan.Deployment; {
	case d == "":
		v.add("deployment", "the deployment has no name", "it names and tags everything that lifeboat makes", "for instance deployment: prod")
	case !deploymentRE.MatchString(d):
		v.add("deployment", fmt.Sprintf("%q cannot be part of an AWS identifier", d), "", "lowercase letters, digits and single hyphens, a letter first")
	case len(d) > maxDeployment:
		v.add("deployment", fmt.Sprintf("%q has %d characters", d, len(d)), fmt.Sprintf("names made from it may have 63, so %d are left", maxDeployment), "shorten it")
	}
}

// addresses of one topic. The same may be in both lists: those are two topics.
func (v *validator) addresses(key string, list []string) {
	seen := map[string]string{} // by the address in lower case, for mail makes no difference
	for i, address := range list {
		path, lower := fmt.Sprintf("%s[%d]", key, i), strings.ToLower(address)
		parsed, err := mail.ParseAddress(address)
		switch first, twice := seen[lower]; {
		case err != nil || parsed.Address != address:
			v.add(path, fmt.Sprintf("%q is no e-mail address", address), "", "for instance oncall@example.com")
		case strings.ContainsFunc(address, func(r rune) bool { return r > unicode.MaxASCII }):
			v.add(path, fmt.Sprintf("%q has letters other than those of ASCII", address), "SNS sends mail to none such, and deploying would fail",
				"an address in ASCII; a domain as xn--...")
		case twice:
			v.add(path, fmt.Sprintf("%q stands twice, first at %s", address, first), "a topic subscribes an address once, and deploying would fail", "remove one of them")
		default:
			seen[lower] = path
		}
	}
}

func (v *validator) regions() {
	r := v.plan.Regions
	if r == nil {
		if name := v.plan.first(DrilledOnAWS); name != "" {
			v.add("regions", "the plan has no regions", name+" lives in one, and is restored in one", "for instance regions: {primary: eu-west-1, recovery: eu-central-1}")
		}
		return
	}
	for _, region := range []struct{ path, name string }{{"regions.primary", r.Primary}, {"regions.recovery", r.Recovery}} {
		if region.name != "" && !regionRE.MatchString(region.name) {
			v.add(region.path, fmt.Sprintf("%q is no AWS region", region.name), "", "for instance eu-west-1")
		}
	}
	if r.Primary == "" {
		v.add("regions.primary", "the primary region is missing", "", "for instance eu-west-1")
	}
	if r.Primary != "" && r.Primary == r.Recovery {
		v.add("regions.recovery", "the recovery region is the primary one", "losing it would lose both", "name another region")
	}
}

func (v *validator) accounts() {
	a := v.plan.Accounts
	if a == nil {
		return
	}
	for _, account := range []struct{ path, id string }{{"accounts.primary", a.Primary}, {"accounts.recovery", a.Recovery}} {
		if account.id != "" && !accountRE.MatchString(account.id) {
			v.add(account.path, fmt.Sprintf("%q is no AWS account", account.id), "", `12 digits in quotes, for instance "111122223333"`)
		}
	}
	if a.Primary == "" {
		v.add("accounts.primary", "the primary account is missing", "", `12 digits in quotes, for instance "111122223333"`)
	}
	if a.Primary != "" && a.Primary == a.Recovery {
		v.add("accounts.recovery", "the recovery account is the primary one", "losing it would lose both", "name another account")
	}
}

func (v *validator) evidence() {
	e := v.plan.Evidence
	if e == nil {
		return
	}
	switch day := Duration(24 * time.Hour); {
	case e.Retention < day:
		v.add("evidence.retention", fmt.Sprintf("evidence is kept for %s", e.Retention), "evidence that is gone the next day proves nothing", "1d at least, for instance 400d")
	case e.Retention%day != 0:
		v.add("evidence.retention", fmt.Sprintf("evidence is kept for %s", e.Retention), "retention counts in whole days", "for instance 400d")
	case e.Retention > maxRetentionDays*day:
		v.add("evidence.retention", fmt.Sprintf("evidence is kept for %s", e.Retention), "that is more than a hundred years, and nothing can shorten it", "for instance 400d")
	}
}

func (v *validator) workload(path string, w Workload) {
	v.name(path+".name", w.Name)
	v.oneOf(path+".topology", "topology", w.Topology, Topologies...)
	for _, o := range []struct {
		name  string
		value Duration
	}{{"rto", w.Objectives.RTO}, {"rpo", w.Objectives.RPO}} {
		if o.value <= 0 {
			v.add(path+".objectives."+o.name, "the "+strings.ToUpper(o.name)+" is missing or zero",
				"a drill without a target proves nothing against it", "for instance "+o.name+": 60m")
		}
	}
	v.allowances(path, w)
	v.standby(path, w)
	if len(w.Databases) == 0 {
		v.add(path+".databases", "the workload has no database", "there is nothing to drill", "declare at least one")
	}
	names := map[string]bool{}
	for i, d := range w.Databases {
		at := fmt.Sprintf("%s.databases[%d]", path, i)
		v.unique(names, at+".name", "database", d.Name)
		v.database(at, d)
		v.target(at, w, d.folded())
	}
	v.recovery(path, w)
}

// name checks what becomes part of file names, inputs and metrics.
func (v *validator) name(path, name string) {
	if name != "" && !nameRE.MatchString(name) {
		v.add(path, fmt.Sprintf("%q cannot be a name", name), "it becomes part of file names and inputs such as orders/orders-db",
			"a letter or digit, then letters, digits, dots, hyphens and underscores, 63 characters at most")
	}
}
