package drill

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Names of the errors of a recovery's steps.
const (
	NotPrepared      ErrorName = "NotPrepared"      // validate found what a recovery would fail for
	PromotionRefused ErrorName = "PromotionRefused" // the replica cannot be promoted
	EndpointFailed   ErrorName = "EndpointFailed"   // where the database answers could not be announced
	ProtectionFailed ErrorName = "ProtectionFailed" // backups or alarms of what was recovered could not be switched on
	InvokeFailed     ErrorName = "InvokeFailed"     // the team's function failed, or said that it did
	HTTPCheckFailed  ErrorName = "HTTPCheckFailed"  // the answer never was as expected
	ChecksFailed     ErrorName = "ChecksFailed"     // a check of recovered data did not pass
)

// RecoveryMark is whose a recovered database is: it carries both as tags, and never
// those of a throwaway.
type RecoveryMark struct {
	Deployment string // name
	Run        string // id of the recovery
}

// Recovered is how a database stands that a failover makes or made.
type Recovered struct {
	// Found: there is a database of that name. Ours: it carries the mark of this
	// recovery. Without it nothing may be changed.
	Found, Ours bool
	// Dead: it ended, and no restore goes on from there; Hint is what to do.
	Dead bool
	// Serving: it takes connections.
	Serving      bool
	Status, Hint string // the provider's own word
	ARN          string
	CreatedAt    time.Time
	// Findings are strange but no failure.
	Findings []Finding
	// ReplicaOf is what it replicates: ARN or identifier; "": it is no replica.
	ReplicaOf string
	// Replicating: the provider says that it does; Replication is its own word, with
	// its message.
	Replicating bool
	Replication string
	// BackupDays is the retention of its automated backups; 0: it has none.
	BackupDays int
	Protected  bool // against deletion
	MultiAZ    bool
	// StorageGiB that it has.
	StorageGiB int
	Shape
}

// Shape is what of a database the plan's recovery.target names besides. Zero: the
// provider does not tell.
type Shape struct {
	InstanceClass, SubnetGroup, ParameterGroup, OptionGroup string
	SecurityGroups                                          []string
	KMSKey                                                  string // ARN; "": its storage is not encrypted
	Port                                                    int
	Public                                                  bool // it has an address that everybody reaches
}

// Differences are what of a database is not as the target has it, and stays so: what
// a restore could not be asked for, and what a promoted replica keeps. What the plan
// leaves open is no difference.
func (t RecoveryTarget) Differences(is Recovered) (list []string) {
	differs := func(what, has, wants string) {
		if wants != "" && !strings.EqualFold(has, wants) {
			list = append(list, fmt.Sprintf("its %s is %s, and the plan wants %s", what, cmp.Or(has, "not known"), wants))
		}
	}
	differs("class", is.InstanceClass, t.InstanceClass)
	differs("subnet group", is.SubnetGroup, t.SubnetGroup)
	differs("security groups", sorted(is.SecurityGroups), sorted(t.SecurityGroups))
	differs("parameter group", is.ParameterGroup, t.ParameterGroup)
	differs("option group", is.OptionGroup, t.OptionGroup)
	if t.Port != 0 {
		differs("port", strconv.Itoa(is.Port), strconv.Itoa(t.Port))
	}
	switch alias := strings.HasPrefix(t.KMSKey, "alias/") || strings.Contains(t.KMSKey, ":alias/"); {
	case t.KMSKey != "" && is.KMSKey == "":
		list = append(list, "its storage is not encrypted, and the plan wants key "+t.KMSKey)
	case t.KMSKey != "" && alias: // which key that is only the provider of keys knows
		list = append(list, fmt.Sprintf("its key is %s; whether that is the plan's %s was not looked at", is.KMSKey, t.KMSKey))
	case t.KMSKey != "" && is.KMSKey[strings.LastIndexByte(is.KMSKey, '/')+1:] != t.KMSKey[strings.LastIndexByte(t.KMSKey, '/')+1:]:
		differs("key", is.KMSKey, t.KMSKey)
	}
	if t.MultiAZ && !is.MultiAZ {
		list = append(list, "it is in one zone, and the plan wants two")
	}
	if is.Public {
		list = append(list, "it has a public address")
	}
	return list
}

func sorted(list []string) string { return strings.Join(slices.Sorted(slices.Values(list)), ", ") }

// ReplicaLag is how far a replica is behind its source, as measured at a moment.
type ReplicaLag struct {
	Known     bool // false: nobody measured it lately, or it is not replicating
	Seconds   float64
	At        time.Time
	Why, Hint string // not known because
}

// FirstBackup is how a backup stands that a recovery asked for.
type FirstBackup struct {
	State string // the provider's own word
	Why   string // its message
	// Begun: it runs. Done: it is there. Failed: it never will be.
	Begun, Done, Failed bool
}

// RecoveredAlarm watches a database that a failover made.
type RecoveredAlarm struct {
	Name, Description string
	Database          string // identifier of the DB instance
	Metric, Statistic string // of AWS/RDS
	// It goes off below this figure, for Periods periods one after the other.
	Below         float64
	PeriodSeconds int
	Periods       int
	SilenceIsBad  bool   // no figures are as bad as bad ones
	Topic         string // ARN: who is told, of the end as well
	Tags          map[string]string
}
