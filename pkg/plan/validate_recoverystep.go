package plan

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	minStepTimeout = Duration(time.Second)
	// A Lambda function answers within 15 minutes or not at all.
	// https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
	maxInvokeTimeout = Duration(15 * time.Minute)
	// Of what a step does at once; what waits for the cloud may take as long as a
	// restore of a drill.
	maxStepTimeout = Duration(6 * time.Hour)
	maxWait        = Duration(24 * time.Hour)
	// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
	maxContains = 1024
	// Of a step as JSON. It travels through states beside what lifeboat says of a run,
	// 256 KiB in all, and all steps of a run are read at once.
	maxStepBytes = 32 << 10
)

var (
	ec2IDRE = regexp.MustCompile(`^[a-z]+-([0-9a-f]{8}|[0-9a-f]{17})$`)
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
	stackRE = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,127}$`)
	// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
	secretRE = regexp.MustCompile(`^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,512}$`)
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html
	imageRE = regexp.MustCompile(`^(([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64})$`)
)

// step checks one step of a workload by its kind.
func (v *validator) step(path string, w Workload, s Step) {
	kind := StepKindOf(s.Kind)
	switch {
	case s.Kind == "":
		v.add(path+".kind", "the kind is missing", "", "one of "+strings.Join(StepKindNames(), ", "))
		return
	case kind.Name == "":
		v.add(path+".kind", fmt.Sprintf("%q is no kind of step", s.Kind), "", "one of "+strings.Join(StepKindNames(), ", "))
		return
	case kind.Coming:
		v.add(path+".kind", s.Kind+" is not there yet", "a recovery would pass over it", "leave the step out until it is; one of "+strings.Join(StepKindNames(), ", "))
		return
	}
	v.foreignKeys(path, s, kind)
	v.stepDatabase(path+".database", w, s, kind)
	v.stepTimeout(path+".timeout", s)
	if text, err := json.Marshal(s); err != nil || len(text) > maxStepBytes {
		v.add(path, fmt.Sprintf("the step %s has %d bytes", s.Name, len(text)), "the states of a machine and the record of a run hold no more", fmt.Sprintf("%d at most as JSON; let it name where the rest lies, in S3 for instance", maxStepBytes))
	}
	if s.Exercise != nil && !*s.Exercise && !kind.MayBeLeftOut {
		v.add(path+".exercise", "an exercise cannot do without "+s.Kind, "what comes after it would have nothing to be about; an exercise does it with throwaways", "remove it")
	}
	if check := stepChecks[s.Kind]; check != nil {
		check(v, path, w, s)
	}
}

// stepChecks are what only one kind has.
var stepChecks = map[string]func(v *validator, path string, w Workload, s Step){
	StepValidate:       (*validator).validateStep,
	StepPromoteReplica: (*validator).promoteStep,
	StepEndpoint:       (*validator).endpointStep,
	StepInvoke:         (*validator).invokeStep,
	StepWait:           (*validator).waitStep,
	StepHTTPCheck:      (*validator).httpStep,
	StepSQLCheck:       (*validator).sqlStep,
}

// foreignKeys refuses what another kind of step has: it would be ignored.
func (v *validator) foreignKeys(path string, s Step, kind StepKind) {
	for _, key := range []struct {
		name string
		set  bool
	}{
		{"database", s.Database != ""}, {"stacks", s.Stacks != nil}, {"secrets", s.Secrets != nil}, {"images", s.Images != nil},
		{"store", s.Store != ""}, {"function", s.Function != ""}, {"payload", s.Payload != nil}, {"command", s.Command != nil},
		{"for", s.For != 0}, {"url", s.URL != ""}, {"status", s.Status != 0}, {"contains", s.Contains != ""},
		{"sql", s.SQL != ""}, {"expect", s.Expect != nil},
	} {
		if key.set && !slices.Contains(kind.Keys, key.name) {
			known := "it has no key of its own"
			if len(kind.Keys) > 0 {
				known = "its own keys: " + strings.Join(kind.Keys, ", ")
			}
			v.add(path+"."+key.name, kind.Name+" has no "+key.name, "it would be ignored", known)
		}
	}
}

func (v *validator) stepDatabase(path string, w Workload, s Step, kind StepKind) {
	if !kind.NeedsDatabase {
		return
	}
	var names []string
	for _, d := range w.Databases {
		names = append(names, d.Name)
	}
	switch {
	case s.Database == "":
		v.add(path, "nothing says which database it is about", "", "one of "+strings.Join(names, ", "))
	case !slices.Contains(names, s.Database):
		v.add(path, fmt.Sprintf("%s has no database %q", w.Name, s.Database), "", "one of "+strings.Join(names, ", "))
	}
}

func (v *validator) stepTimeout(path string, s Step) {
	if s.Timeout == 0 {
		return
	}
	most, because := maxStepTimeout, "what takes longer will not end by waiting, and everything after it waits"
	switch s.Kind {
	case StepRestore, StepPromoteReplica:
		most = maxCloudRestore
	case StepInvoke:
		most, because = maxInvokeTimeout, "a Lambda function runs for 15 minutes at most"
	case StepWait:
		most = maxWait + waitMargin
		if s.Timeout <= s.For {
			v.add(path, fmt.Sprintf("it would be cut off after %s, and waits for %s", s.Timeout, s.For), "it could never succeed", "remove it")
		}
	}
	switch {
	case s.Timeout < minStepTimeout:
		v.add(path, fmt.Sprintf("an attempt may take %s", s.Timeout), "nothing is done in that", "1s at least; leave it out for the default")
	case s.Timeout > most:
		v.add(path, fmt.Sprintf("an attempt may take %s", s.Timeout), because, most.String()+" at most")
	}
}

func (v *validator) validateStep(path string, w Workload, s Step) {
	if !w.OnAWS() {
		v.onlyOnAWS(path, map[string]bool{"stacks": s.Stacks != nil, "secrets": s.Secrets != nil, "images": s.Images != nil})
		return
	}
	v.each(path+".stacks", s.Stacks, stackRE, "name of a stack", "for instance shop-services")
	v.each(path+".secrets", s.Secrets, secretRE, "name or ARN of a secret", "for instance shop/payment-provider")
	for i, secret := range s.Secrets {
		if strings.HasPrefix(secret, "arn:") && secretRE.MatchString(secret) {
			v.inRegion(fmt.Sprintf("%s.secrets[%d]", path, i), "the secret", secret)
		}
	}
	v.each(path+".images", s.Images, imageRE, "image of ECR with a tag or digest", "for instance shop/web:stable")
	for i, image := range s.Images {
		parts := imageRE.FindStringSubmatch(image)
		if host, _, is := strings.Cut(image, "/"); is && parts != nil && parts[3] == "" && strings.Contains(host, ".") {
			v.add(fmt.Sprintf("%s.images[%d]", path, i), fmt.Sprintf("%q lies in the registry %s", image, host), "only the account's own ECR is asked, and what is pulled from elsewhere may be gone or slow on the day",
				"name its copy in ECR, for instance "+strings.TrimPrefix(image, host+"/")+"; a repository that is called so with its registry before it")
		}
		if home := v.plan.DrillRegion(); parts != nil && parts[3] != "" && home != "" && parts[3] != home {
			v.add(fmt.Sprintf("%s.images[%d]", path, i), fmt.Sprintf("the image lies in %s and not in %s", parts[3], home), "it would be lost with its region", "name its copy there: ECR replicates")
		}
	}
}

func (v *validator) onlyOnAWS(path string, set map[string]bool) {
	for _, key := range []string{"stacks", "secrets", "images", "store", "function", "payload"} {
		if set[key] {
			v.add(path+"."+key, key+" is for recoveries on AWS", "the databases of this workload are restored on this machine, and it would be ignored", "remove it")
		}
	}
}

func (v *validator) each(path string, values []string, re *regexp.Regexp, what, hint string) {
	seen := map[string]bool{}
	for i, value := range values {
		at := fmt.Sprintf("%s[%d]", path, i)
		if !re.MatchString(value) {
			v.add(at, fmt.Sprintf("%q is no %s", value, what), "", hint)
		} else if seen[value] {
			v.add(at, fmt.Sprintf("%q stands twice", value), "", "remove one of them")
		}
		seen[value] = true
	}
}

func (v *validator) promoteStep(path string, w Workload, s Step) {
	for _, d := range w.Databases {
		if d.Name != s.Database {
			continue
		}
		d = d.folded()
		switch kind := KindOf(d.Kind); {
		case !kind.Drillable:
			// Another problem says so.
		case !slices.Contains(kind.Keys, "replica"):
			v.add(path+".kind", "kind "+d.Kind+" has no replica that could be promoted", "", "kind: "+StepRestore)
		case d.Replica == "":
			v.add(path+".kind", d.Name+" names no replica", "there is nothing to promote",
				"name its read replica in the recovery region, for instance "+kind.Block+": {replica: "+replicaLike(d.Source)+"}, in a topology that has one; or kind: "+StepRestore)
		}
	}
}

func (v *validator) endpointStep(path string, w Workload, s Step) {
	if !w.OnAWS() {
		v.onlyOnAWS(path, map[string]bool{"store": s.Store != ""})
		return
	}
	v.oneOf(path+".store", "store of endpoints", s.Store, StoreSSM, StoreSecretsManager)
}

func (v *validator) invokeStep(path string, w Workload, s Step) {
	if !w.OnAWS() {
		v.onlyOnAWS(path, map[string]bool{"function": s.Function != "", "payload": s.Payload != nil})
		if len(s.Command) == 0 || strings.TrimSpace(s.Command[0]) == "" {
			v.add(path+".command", "nothing says what is run", "", "a program and its arguments, for instance [./warm-cache.sh, --all]")
		}
		return
	}
	if s.Command != nil {
		v.add(path+".command", "command is for recoveries of this machine", "on AWS there is none to run it", "name a Lambda function under function")
	}
	switch {
	case s.Function == "" && s.Command != nil:
		// Said above.
	case !lambdaFunctionRE.MatchString(s.Function):
		what := fmt.Sprintf("%q is no ARN of a Lambda function", s.Function)
		if s.Function == "" {
			what = "nothing says which function is called"
		}
		v.add(path+".function", what, "the machine calls it by its ARN", "for instance arn:aws:lambda:"+v.plan.DrillRegion()+":111122223333:function:warm-cache:live")
	default:
		v.inRegion(path+".function", "the function", s.Function)
	}
}

func (v *validator) waitStep(path string, _ Workload, s Step) {
	if s.For <= 0 || s.For > maxWait {
		v.add(path+".for", fmt.Sprintf("it waits for %s", s.For), "", "for instance for: 5m; 24h at most")
	}
}

func (v *validator) httpStep(path string, _ Workload, s Step) {
	u, err := url.Parse(s.URL)
	switch {
	case s.URL == "":
		v.add(path+".url", "nothing says what is asked", "", "for instance https://shop.example.com/health")
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		shown, _, _ := strings.Cut(s.URL, "?") // what is behind it may be a token, and what is before @ a password
		shown = shown[strings.LastIndex(shown, "@")+1:]
		v.add(path+".url", fmt.Sprintf("%q is no URL of http or https", shown), "", "for instance https://shop.example.com/health")
	case u.User != nil:
		v.add(path+".url", "there are credentials in the URL", "it stands in records, reports and mails", "ask something that needs none")
	}
	if s.Status != 0 && (s.Status < 100 || s.Status > 599) {
		v.add(path+".status", fmt.Sprintf("%d is no status of HTTP", s.Status), "", "for instance 200; leave it out for any of 200 to 299")
	}
	if len(s.Contains) > maxContains {
		v.add(path+".contains", fmt.Sprintf("the text has %d bytes", len(s.Contains)), "", fmt.Sprintf("%d at most", maxContains))
	}
}

func (v *validator) sqlStep(path string, w Workload, s Step) {
	if w.OnAWS() && (v.plan.Recovery == nil || v.plan.Recovery.Network == nil) {
		v.add(path+".kind", "nothing says from where "+s.Name+" reaches the recovered database", "it stands in a network of yours, which lifeboat's does not reach",
			"declare recovery.network: subnets and security groups in "+v.plan.DrillRegion()+" that its security groups let in")
	}
	switch {
	case s.SQL != "":
		v.sql(path+".sql", s.SQL)
		v.expect(path+".expect", s.Expect)
	case s.Expect != nil:
		v.add(path+".sql", "expect stands without sql", "without sql the gate checks of the database are put, which have their own", "write the query, or remove expect")
	default:
		v.hasGateChecks(path, w, s)
	}
}

func (v *validator) hasGateChecks(path string, w Workload, s Step) {
	for _, d := range w.Databases {
		if d.Name == s.Database && !slices.ContainsFunc(d.Checks, func(c Check) bool { return c.Stage != StageProof }) {
			v.add(path+".sql", "nothing says what "+s.Name+" asks", d.Name+" has no check of stage gate", "write sql and expect, or such a check")
		}
	}
}
