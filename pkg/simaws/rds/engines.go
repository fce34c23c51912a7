package rds

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Support is how long AWS supports a major version of an engine.
type Support struct {
	Engine, Major      string
	Standard, Extended time.Time // their ends; Extended zero: there is none
}

// Offer is what a region does not offer; "" stands for every one.
type Offer struct{ Engine, Version, Class, Storage string }

// storageTypes of the classes that are offered. Magnetic is none since AWS ended
// it: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
var storageTypes = []string{"gp2", "gp3", "io1", "io2"}

// yearsOfSupport are far enough that no rehearsal sees the end of one it did not ask for.
const yearsOfSupport, yearsExtended = 5, 8

// EndSupport sets when the support of a major version ends, in every region.
func (s *Service) EndSupport(support Support) { s.support = append(s.support, support) }

// Withdraw takes something out of what a region offers.
func (s *Service) Withdraw(regionName string, offer Offer) {
	s.withdrawn = append(s.withdrawn, withdrawn{regionName, offer})
}

// Untold leaves an element out of all answers: AccountQuotas, AvailabilityZones,
// DBMajorEngineVersions.
func (s *Service) Untold(element string) {
	if s.untold == nil {
		s.untold = map[string]bool{}
	}
	s.untold[element] = true
}

type withdrawn struct {
	region string
	Offer
}

// offers tells whether a region has a combination; a part that is "" is not asked about.
func (s *Service) offers(regionName string, o Offer) bool {
	return !slices.ContainsFunc(s.withdrawn, func(w withdrawn) bool {
		within := func(gone, asked string) bool { return gone == "" || gone == asked }
		return w.region == regionName && within(w.Engine, o.Engine) && within(w.Version, o.Version) && within(w.Class, o.Class) && within(w.Storage, o.Storage)
	})
}

type majorVersionsIn struct {
	Engine, MajorEngineVersion string
	paging
}

type lifecycle struct {
	LifecycleSupportName                               string
	LifecycleSupportStartDate, LifecycleSupportEndDate time.Time
}

type majorVersion struct {
	Engine, MajorEngineVersion string
	SupportedEngineLifecycles  []lifecycle `xml:"SupportedEngineLifecycles>SupportedEngineLifecycle"`
}

type majorVersionsOut struct {
	Marker                *string
	DBMajorEngineVersions []majorVersion `xml:"DBMajorEngineVersions>DBMajorEngineVersion"`
}

// majorVersions must be asked for one: there is no catalogue of all of them here.
// MariaDB has no extended support.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_SupportedEngineLifecycle.html
func (s *Service) majorVersions(_ *wire.Call, in majorVersionsIn) (majorVersionsOut, error) {
	if in.Engine == "" || in.MajorEngineVersion == "" {
		return majorVersionsOut{}, wire.Unknown("rds DescribeDBMajorEngineVersions: without an engine and a version it is not simulated")
	}
	if s.untold["DBMajorEngineVersions"] {
		return majorVersionsOut{}, nil
	}
	support := Support{Engine: in.Engine, Major: in.MajorEngineVersion, Standard: s.began.AddDate(yearsOfSupport, 0, 0)}
	if in.Engine != "mariadb" {
		support.Extended = s.began.AddDate(yearsExtended, 0, 0)
	}
	for _, set := range s.support {
		if set.Engine == in.Engine && set.Major == in.MajorEngineVersion {
			support = set
		}
	}
	found := majorVersion{Engine: in.Engine, MajorEngineVersion: in.MajorEngineVersion, SupportedEngineLifecycles: []lifecycle{
		{"open-source-rds-standard-support", support.Standard.AddDate(-yearsOfSupport, 0, 0), support.Standard},
	}}
	if !support.Extended.IsZero() {
		found.SupportedEngineLifecycles = append(found.SupportedEngineLifecycles, lifecycle{"open-source-rds-extended-support", support.Standard, support.Extended})
	}
	return majorVersionsOut{DBMajorEngineVersions: []majorVersion{found}}, nil
}

type engineVersionsIn struct {
	Engine, EngineVersion string
	IncludeAll            *bool
	paging
}

type engineVersion struct{ Engine, EngineVersion, DBParameterGroupFamily, MajorEngineVersion, Status string }

type engineVersionsOut struct {
	Marker           *string
	DBEngineVersions []engineVersion `xml:"DBEngineVersions>DBEngineVersion"`
}

// engineVersions are those that are available, and with IncludeAll those that are not.
func (s *Service) engineVersions(c *wire.Call, in engineVersionsIn) (engineVersionsOut, error) {
	if in.Engine == "" || in.EngineVersion == "" {
		return engineVersionsOut{}, wire.Unknown("rds DescribeDBEngineVersions: without an engine and a version it is not simulated")
	}
	found := engineVersion{in.Engine, in.EngineVersion, family(in.Engine, in.EngineVersion), majorOf(in.Engine, in.EngineVersion), "available"}
	if !s.offers(c.Region, Offer{Engine: in.Engine, Version: in.EngineVersion}) {
		if found.Status = "deprecated"; !set(in.IncludeAll, false) {
			return engineVersionsOut{}, nil
		}
	}
	return engineVersionsOut{DBEngineVersions: []engineVersion{found}}, nil
}

type orderableIn struct {
	Engine, EngineVersion, DBInstanceClass string
	Vpc                                    *bool
	paging
}

type zoneName struct{ Name string }

type orderable struct {
	Engine, EngineVersion, DBInstanceClass, LicenseModel, StorageType string

	AvailabilityZones         []zoneName `xml:"AvailabilityZones>AvailabilityZone"`
	SupportsStorageEncryption bool
	Vpc                       bool
}

type orderableOut struct {
	Marker                     *string
	OrderableDBInstanceOptions []orderable `xml:"OrderableDBInstanceOptions>OrderableDBInstanceOption"`
}

// orderableOptions are the storage types of one class.
func (s *Service) orderableOptions(c *wire.Call, in orderableIn) (orderableOut, error) {
	if in.Engine == "" {
		return orderableOut{}, wire.Errorf("InvalidParameterValue", "The parameter Engine must be provided.")
	}
	if in.EngineVersion == "" || in.DBInstanceClass == "" {
		return orderableOut{}, wire.Unknown("rds DescribeOrderableDBInstanceOptions: without a version and a class it is not simulated")
	}
	license := map[string]string{"postgres": "postgresql-license"}[in.Engine]
	var found []orderable
	for _, storage := range storageTypes {
		if s.offers(c.Region, Offer{in.Engine, in.EngineVersion, in.DBInstanceClass, storage}) {
			found = append(found, orderable{
				Engine: in.Engine, EngineVersion: in.EngineVersion, DBInstanceClass: in.DBInstanceClass, LicenseModel: cmp.Or(license, "general-public-license"),
				StorageType: storage, AvailabilityZones: zonesOf(c.Region), SupportsStorageEncryption: true, Vpc: true,
			})
		}
	}
	for i := range found {
		if s.untold["AvailabilityZones"] {
			found[i].AvailabilityZones = nil
		}
	}
	part, next, err := page(found, in.MaxRecords, in.Marker)
	return orderableOut{next, part}, err
}

// zonesOf a region that offer a class: three.
func zonesOf(regionName string) (zones []zoneName) {
	for _, letter := range []string{"a", "b", "c"} {
		zones = append(zones, zoneName{regionName + letter})
	}
	return zones
}

// orderableAs refuses a restore of what the region does not offer. Magnetic
// backups are restored on gp3, which is AWS's default for them since June 2026.
func (s *Service) orderableAs(r *region, i *Instance) error {
	if i.StorageType == "standard" {
		i.StorageType = "gp3"
	}
	switch {
	case !s.offers(r.region, Offer{Engine: i.Engine, Version: i.EngineVersion, Class: i.Class}):
		return wire.Errorf("InvalidParameterCombination", "RDS does not support creating a DB instance with the following combination: DBInstanceClass=%s, Engine=%s, EngineVersion=%s.",
			i.Class, i.Engine, i.EngineVersion)
	case !s.offers(r.region, Offer{Engine: i.Engine, Version: i.EngineVersion, Class: i.Class, Storage: i.StorageType}):
		return wire.Errorf("StorageTypeNotSupported", "Storage type %s is not supported for %s.", i.StorageType, i.Class)
	}
	return nil
}

// Option of an option group. A persistent one cannot be left out while an instance
// uses the group, a permanent one never.
type Option struct {
	Name                  string
	Persistent, Permanent bool
}

// keepsOptions refuses a restore whose option group lacks what the backup's must
// not lose. The words of the refusal are unproven.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithOptionGroups.html#Overview.OptionGroups.Permanent
func (r *region) keepsOptions(of, with string) error {
	options := func(name string) []Option {
		if at := slices.IndexFunc(r.optionGroups, func(g OptionGroup) bool { return g.Name == name }); at >= 0 {
			return r.optionGroups[at].Options
		}
		return nil
	}
	has := options(with)
	var lost []string
	for _, o := range options(of) {
		if (o.Persistent || o.Permanent) && !slices.ContainsFunc(has, func(other Option) bool { return other.Name == o.Name }) {
			lost = append(lost, o.Name)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return wire.Errorf("InvalidParameterCombination", "The option group %s lacks the persistent options of %s: %s.", with, of, strings.Join(lost, ", "))
}

// Restock offers again what was withdrawn from a region.
func (s *Service) Restock(regionName string) {
	s.withdrawn = slices.DeleteFunc(s.withdrawn, func(w withdrawn) bool { return w.region == regionName })
}
