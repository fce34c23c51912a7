package backup

import (
	"maps"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Resource is something that AWS Backup can back up.
type Resource struct {
	ARN  string
	Type string // as AWS Backup calls it: RDS, Aurora, DynamoDB, S3, EFS, ...
	Name string
	Tags map[string]string
	// Key is the ARN of the key that encrypts it; "": it is not encrypted.
	Key   string
	Bytes int
	// Maintenance is its weekly window in UTC, sun:04:00-sun:04:30; "": it has none.
	Maintenance string
	// Busy: no backup begins; one that waits does when it is no longer.
	Busy bool
}

// AddResource adds one that no other simulated service has, or changes the one
// with its ARN. The databases of RDS are there by themselves.
func (s *Service) AddResource(account, region string, r Resource) *Resource {
	all := s.at(account, region)
	s.owners[r.ARN] = place{account, region}
	for _, known := range all.resources {
		if known.ARN == r.ARN {
			*known = r
			return known
		}
	}
	all.resources = append(all.resources, &r)
	return &r
}

// Crossing switches the backup into other accounts on or off, for the whole
// organisation. It is off at first, and the management account switches it.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/manage-cross-account.html
func (s *Service) Crossing(on bool) { s.crossing = on }

type globalOut struct {
	GlobalSettings map[string]string
	LastUpdateTime wire.Epoch
}

// globals are of the organisation.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeGlobalSettings.html
func (s *Service) globals(c *wire.Call, _ []string) (any, error) {
	c.Touch("*")
	if q := read(c); q.err != nil {
		return nil, q.err
	}
	word := map[bool]string{true: "true", false: "false"}
	return globalOut{map[string]string{
		"isCrossAccountBackupEnabled": word[s.crossing], "isMpaEnabled": word[false], "isDelegatedAdministratorEnabled": word[false],
	}, wire.Epoch(time.Unix(0, 0))}, nil
}

type settingsOut struct {
	ResourceTypeOptInPreference      map[string]bool
	ResourceTypeManagementPreference map[string]bool
}

// settings are of a region, not of an account's all.
func (s *Service) settings(c *wire.Call, _ []string) (any, error) {
	c.Touch("*")
	if q := read(c); q.err != nil {
		return nil, q.err
	}
	return settingsOut{maps.Clone(s.at(c.Account, c.Region).optIn), map[string]bool{}}, nil
}
