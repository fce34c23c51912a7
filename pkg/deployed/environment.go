package deployed

import (
	"strconv"
	"strings"
)

// Names of the environment variables of the functions.
const (
	EnvDeployment     = "LIFEBOAT_DEPLOYMENT"
	EnvTable          = "LIFEBOAT_TABLE"
	EnvBucket         = "LIFEBOAT_BUCKET"
	EnvKey            = "LIFEBOAT_KEY"
	EnvMachine        = "LIFEBOAT_MACHINE"
	EnvAccount        = "LIFEBOAT_ACCOUNT"
	EnvVersion        = "LIFEBOAT_VERSION"
	EnvRetentionDays  = "LIFEBOAT_RETENTION_DAYS"
	EnvSecurityGroups = "LIFEBOAT_SECURITY_GROUPS" // parted by commas
	EnvSubnetGroup    = "LIFEBOAT_SUBNET_GROUP"
	// EnvRecovers is set where the plan declares a recovery: then some functions look
	// after recoveries as well.
	EnvRecovers = "LIFEBOAT_RECOVERS"
	// EnvAuthorities is a file of certificate authorities. No deployment sets it:
	// it is for tests, and for a team's own check. Not set: AuthoritiesFile, else
	// RDS's own.
	EnvAuthorities = "LIFEBOAT_CA_BUNDLE"
)

// Settings are what functions are told that follows from no name.
type Settings struct {
	Version        string   // of lifeboat
	RetentionDays  int      // of evidence
	Key            string   // ARN of the deployment's key
	SecurityGroups []string // ids of those that isolate copies
	Recovers       bool     // the plan declares a recovery
}

// Environment is what a deployment sets for each of its functions.
func (n Names) Environment(s Settings) map[string]string {
	environment := map[string]string{
		EnvDeployment: n.Deployment, EnvAccount: n.Account, EnvVersion: s.Version,
		EnvTable: n.Table(), EnvBucket: n.Bucket(), EnvMachine: n.MachineARN(),
		EnvKey: s.Key, EnvRetentionDays: strconv.Itoa(s.RetentionDays),
		EnvSubnetGroup: n.SubnetGroup(), EnvSecurityGroups: strings.Join(s.SecurityGroups, ","),
	}
	if s.Recovers {
		environment[EnvRecovers] = "true"
	}
	return environment
}
