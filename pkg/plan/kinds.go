package plan

import "slices"

// Kinds of databases. Nothing else spells them: who needs to know what a kind
// can do asks KindOf.
const (
	KindPostgres      = "postgres"
	KindRDSInstance   = "rds-instance"
	KindAuroraCluster = "aurora-cluster"
	KindDynamoDBTable = "dynamodb-table"
	KindBackup        = "backup"
)

// Kind is what lifeboat knows about one kind of database.
type Kind struct {
	Name string
	// Drillable: there are drills of it. The others are to come: a plan with one
	// of them is refused, as it would never be drilled, monitored or alarmed.
	Drillable bool
	// OnAWS: it lives on AWS, and what a deployment makes drills it there. Else
	// its backups are files of this machine.
	OnAWS bool
	// SQL: its checks are queries.
	SQL bool
	// InNetwork: its checks are put from the isolated network of the deployment.
	InNetwork bool
	// DeepReads: the built-in checks are on where the plan does not say. On RDS
	// a deep read pulls every block out of S3, which takes long and costs money.
	DeepReads bool
	// Login is how the checks get in where the plan does not say; "": there is
	// nothing to choose.
	Login string
	// Block is the key of what only this kind has, Keys are the keys in it.
	Block string
	Keys  []string
	// Backups is what its backups can do.
	Backups Backups
}

// Backups is what the backups of a kind can do on AWS.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html
// https://docs.aws.amazon.com/aws-backup/latest/devguide/creating-a-backup-plan.html
type Backups struct {
	// Rules of AWS Backup may name it.
	Rules bool
	// ColdStorage takes its recovery points.
	ColdStorage bool
	// AirGapped: its recovery points reach a logically air-gapped vault. Where
	// they do not the job succeeds, and they lie in the normal vault only.
	AirGapped bool
	// Continuous backup by AWS Backup.
	Continuous bool
	// PointInTime: it can be restored to a point in time by backups of its own;
	// Replicated: also in another region.
	PointInTime, Replicated bool
	// Maintenance: backups of AWS Backup that would start in its maintenance window,
	// or in the hour before, fail.
	Maintenance bool
}

var kinds = []Kind{
	{
		Name: KindPostgres, Drillable: true, SQL: true, DeepReads: true,
		Block: blockPostgres, Keys: []string{"backups", "binaries", "database", "user", "scratch", "timeZone", "trust", "settings"},
	},
	{
		Name: KindRDSInstance, Drillable: true, OnAWS: true, SQL: true, InNetwork: true, Login: LoginManagedPassword,
		Block: blockRDS, Keys: []string{"source", "replica", "login", "user", "database", "from"},
		Backups: Backups{Rules: true, Continuous: true, PointInTime: true, Replicated: true, Maintenance: true},
	},
	{
		Name: KindAuroraCluster, OnAWS: true, SQL: true, InNetwork: true, Login: LoginManagedPassword,
		Backups: Backups{Rules: true, AirGapped: true, Continuous: true, PointInTime: true},
	},
	{Name: KindDynamoDBTable, OnAWS: true, Backups: Backups{Rules: true, ColdStorage: true, AirGapped: true, PointInTime: true}},
	{Name: KindBackup, OnAWS: true, Backups: Backups{Rules: true}},
}

// validators check what only one kind has: there is one for each that is
// drillable. They stand beside the table, as they ask it.
var validators = map[string]func(v *validator, path string, d Database){
	KindPostgres:    (*validator).postgres,
	KindRDSInstance: (*validator).rds,
}

// KindOf is the kind of this name; one that nobody knows can do nothing, and
// has no name.
func KindOf(name string) Kind {
	for _, k := range kinds {
		if k.Name == name {
			return k
		}
	}
	return Kind{}
}

// KindNames are those of the kinds that satisfy which, in the table's order.
func KindNames(which func(Kind) bool) (names []string) {
	for _, k := range kinds {
		if which(k) {
			names = append(names, k.Name)
		}
	}
	return names
}

// Drillable tells whether there are drills of a kind, DrilledOnAWS whether a
// deployment runs them.
func Drillable(k Kind) bool    { return k.Drillable }
func DrilledOnAWS(k Kind) bool { return k.Drillable && k.OnAWS }

// Any tells whether the plan has a database of such a kind.
func (p Plan) Any(which func(Kind) bool) bool { return p.first(which) != "" }

// first names the first database of such a kind, as "workload/database"; "" for
// none.
func (p Plan) first(which func(Kind) bool) string {
	for _, w := range p.Workloads {
		if i := slices.IndexFunc(w.Databases, func(d Database) bool { return which(KindOf(d.Kind)) }); i >= 0 {
			return w.Name + "/" + w.Databases[i].Name
		}
	}
	return ""
}
