package lambdafn

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

// Settings are what the deployment tells its functions. Each function reads
// only those that it needs; a missing one is an error at its start.
type Settings struct{ problems []error }

// Names of the environment variables; infra sets them.
const (
	EnvDeployment     = "LIFEBOAT_DEPLOYMENT"
	EnvTable          = "LIFEBOAT_TABLE"
	EnvBucket         = "LIFEBOAT_BUCKET"
	EnvKey            = "LIFEBOAT_KEY"
	EnvTopic          = "LIFEBOAT_TOPIC"
	EnvMachine        = "LIFEBOAT_MACHINE"
	EnvAccount        = "LIFEBOAT_ACCOUNT"
	EnvVersion        = "LIFEBOAT_VERSION"
	EnvRetentionDays  = "LIFEBOAT_RETENTION_DAYS"
	EnvSecurityGroups = "LIFEBOAT_SECURITY_GROUPS"
	EnvAuthorities    = "LIFEBOAT_CA_BUNDLE" // may be left out: RDS's own
	EnvSubnetGroup    = "LIFEBOAT_SUBNET_GROUP"
)

// Get returns a variable, and remembers it where it is missing.
func (s *Settings) Get(name string) string {
	value := os.Getenv(name)
	if value == "" {
		s.problems = append(s.problems, fmt.Errorf("the environment variable %s is not set: the deployment sets it, see infra/", name))
	}
	return value
}

// Int is Get for a whole number.
func (s *Settings) Int(name string) int {
	value := s.Get(name)
	n, err := strconv.Atoi(value)
	if value != "" && err != nil {
		s.problems = append(s.problems, fmt.Errorf("the environment variable %s=%q is no whole number", name, value))
	}
	return n
}

// Check remembers another reason why the function cannot start; nil is none.
func (s *Settings) Check(err error) {
	if err != nil {
		s.problems = append(s.problems, err)
	}
}

// Err is everything that is missing.
func (s *Settings) Err() error { return errors.Join(s.problems...) }
