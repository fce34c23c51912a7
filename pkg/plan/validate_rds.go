package plan

import (
	"fmt"
	"regexp"
	"strings"
)

// What RDS and its neighbours accept as names:
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html,
// API_CreateDBParameterGroup, API_CreateOptionGroup.
var (
	rdsNameRE = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$`)
	// db.t4g.medium, db.x2iedn.32xlarge, db.r5.6xlarge.tpc2.mem4x.
	instanceClassRE  = regexp.MustCompile(`^db\.[a-z0-9-]+(\.[a-z0-9-]+)+$`)
	defaultGroupRE   = regexp.MustCompile(`^default[.:][a-z0-9.-]+$`) // default.postgres16, default:mysql-8-0
	kmsKeyRE         = regexp.MustCompile(`^(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+|(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:)?alias/[A-Za-z0-9/_-]+)$`)
	lambdaFunctionRE = regexp.MustCompile(`^arn:aws[a-z-]*:lambda:[a-z]{2}(-[a-z]+)+-[0-9]:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(:(\$LATEST|[A-Za-z0-9_-]{1,128}))?$`)
	// A user of the database becomes part of the ARN that rds-db:connect is
	// allowed for, where * and ? would stand for others.
	iamUserRE = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.@-]{0,62}$`)
)

// rds checks what only RDS instances have.
func (v *validator) rds(path string, d Database) {
	if d.Source != "" && (len(d.Source) > 63 || !rdsNameRE.MatchString(d.Source)) {
		v.add(path+".rds.source", fmt.Sprintf("%q cannot be the identifier of an RDS instance", d.Source), "",
			"63 letters, digits and single hyphens at most, a letter first and no hyphen last")
	}
	v.login(path+".rds", d)
	drill := path + ".drill"
	v.matches(drill+".instanceClass", d.Drill.InstanceClass, instanceClassRE, "instance class", "for instance db.t4g.medium")
	v.group(drill+".parameterGroup", "DB parameter group", d.Drill.ParameterGroup)
	v.group(drill+".optionGroup", "option group", d.Drill.OptionGroup)
	v.matches(drill+".kmsKey", d.Drill.KMSKey, kmsKeyRE, "ARN or alias of a KMS key",
		"for instance alias/orders, or arn:aws:kms:eu-central-1:111122223333:key/...")
	if strings.HasPrefix(d.Drill.KMSKey, "arn:") && kmsKeyRE.MatchString(d.Drill.KMSKey) {
		v.inRegion(drill+".kmsKey", "the key", d.Drill.KMSKey)
	}
}

// login checks who logs in; the path is that of the kind's block.
func (v *validator) login(path string, d Database) {
	switch {
	case d.Login == LoginIAM && d.User == "":
		v.add(path+".user", "nothing says who logs in", "login iam is that of one database user, who was granted it beforehand",
			"name the user; in PostgreSQL it has the role rds_iam, in MySQL the plugin AWSAuthenticationPlugin")
	case d.Login == LoginIAM:
		v.matches(path+".user", d.User, iamUserRE, "user for IAM authentication", "63 letters, digits and _ . @ - at most, a letter first")
	case d.User != "" && (d.Login == "" || d.Login == LoginManagedPassword):
		v.add(path+".user", "with login managed-password the master user logs in", "it would be ignored", "remove it, or choose login: iam")
	}
}

func (v *validator) matches(path, value string, re *regexp.Regexp, what, hint string) {
	if value != "" && !re.MatchString(value) {
		v.add(path, fmt.Sprintf("%q is no %s", value, what), "", hint)
	}
}

func (v *validator) group(path, what, name string) {
	if name != "" && (len(name) > 255 || !rdsNameRE.MatchString(name) && !defaultGroupRE.MatchString(name)) {
		v.add(path, fmt.Sprintf("%q is no name of a %s", name, what), "", "255 letters, digits and single hyphens at most, a letter first; or the engine's default one")
	}
}

func (v *validator) customCheck(path string, c CustomCheck, names map[string]bool, d Database) {
	v.unique(names, path+".name", "check", c.Name)
	switch {
	case !lambdaFunctionRE.MatchString(c.Function):
		v.add(path+".function", fmt.Sprintf("%q is no ARN of a Lambda function", c.Function), "the machine calls it by its ARN",
			"for instance arn:aws:lambda:eu-central-1:111122223333:function:check-orders:live")
	case KindOf(d.Kind).OnAWS:
		v.inRegion(path+".function", "the function", c.Function)
	}
}
