package account

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// ReplicaReader finds a read replica in the region of the deployment.
type ReplicaReader interface {
	Replica(ctx context.Context, id string) (replica seen.Replica, found bool, err error)
}

// ServiceReader finds what serves, by its ARN.
type ServiceReader interface {
	Service(ctx context.Context, arn string) (service seen.Service, found bool, err error)
}

// DNSReader finds health checks by their ids, and the records of a name.
type DNSReader interface {
	HealthCheck(ctx context.Context, id string) (check seen.HealthCheck, found bool, err error)
	Records(ctx context.Context, zone, name string) (records []seen.Record, found bool, err error)
}

// StandbySources are who knows of what stands ready.
type StandbySources struct {
	Account  string // of whoever asks; "": that of the deployment
	Replicas ReplicaReader
	Sources  Regions[AutomatedReader] // of replicas
	ECS      ServiceReader
	Scaling  ServiceReader
	DNS      DNSReader
}

// Topology looks whether what each workload's topology needs is there as the plan
// says: replicas that replicate, services at the scale of the topology, health
// checks that notice in the declared time, and a record that clients keep no longer
// than declared. What of it is missing on the day makes another topology of it.
func Topology(n Needs, from StandbySources) doctor.Check {
	return doctor.Check{Area: "topology", Run: func(ctx context.Context) (lines []doctor.Line) {
		for _, w := range n.Plan.Workloads {
			s := standing{n, from, w, plan.TopologyOf(w.Topology), nil}
			s.replicas(ctx)
			if w.Standby != nil {
				s.services(ctx)
				s.healthChecks(ctx)
				s.record(ctx)
			}
			lines = append(lines, s.lines...)
		}
		if len(lines) == 0 {
			lines = append(lines, doctor.Line{Subject: "workloads", State: doctor.OK, Basis: doctor.Judged, What: "the plan says of none that anything stands ready"})
		}
		return lines
	}}
}

// standing is one workload, of which it is looked what stands ready.
type standing struct {
	n        Needs
	from     StandbySources
	w        plan.Workload
	topology plan.Topology
	lines    []doctor.Line
}

func (s *standing) add(subject string, state doctor.State, command, format string, arguments ...any) {
	s.lines = append(s.lines, doctor.Line{Subject: subject, State: state, What: fmt.Sprintf(format, arguments...), Command: command, Basis: doctor.Asked})
}

func (s *standing) unread(subject string, err error, command string) {
	s.lines = append(s.lines, unread(subject, err, command))
}

// elsewhere is whether an account is another one than that of who asks, who cannot
// see what is in it.
func (s *standing) elsewhere(account string) bool {
	return account != "" && account != s.asks()
}

// asks is the account of whoever does.
func (s *standing) asks() string { return cmp.Or(s.from.Account, s.n.Names.Account) }

// replicas lie in the account of what they replicate: RDS makes none in another.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.XRgn.html
func (s *standing) replicas(ctx context.Context) {
	for _, d := range s.w.Databases {
		if d.Replica == "" {
			continue
		}
		subject := "replica " + d.Replica
		look := cli(s.n.Names, "rds describe-db-instances --db-instance-identifier %s", d.Replica)
		if owner := s.n.Plan.Owner(); s.elsewhere(owner) {
			s.add(subject, doctor.Unknown, look, "lies in account %s, and this one is %s: ask there", owner, s.asks())
			continue
		}
		replica, there, err := s.from.Replicas.Replica(ctx, d.Replica)
		if err != nil {
			s.unread(subject, err, look)
			continue
		}
		s.replica(ctx, subject, look, d, replica, there)
	}
}

func (s *standing) replica(ctx context.Context, subject, look string, d plan.Database, replica seen.Replica, there bool) {
	source := s.source(d)
	if !there {
		s.add(subject, doctor.Wrong, s.create(ctx, d), "is not there: %s/%s would be restored from a backup, and the recovery be that of %s", s.w.Name, d.Name, plan.BackupRestore)
		return
	}
	switch {
	case replica.Source == "":
		// A promoted one is an instance of its own, and never a replica again.
		// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Promote.html
		s.add(subject, doctor.Wrong, s.create(ctx, d), "replicates nothing: it was promoted, or never was a replica; its data stands still. Rename or remove it, then make a replica anew")
	case !strings.EqualFold(nameIn(replica.Source), d.Source) || part(replica.Source, 2) == "rds" && part(replica.Source, 3) != part(source, 3):
		s.add(subject, doctor.Wrong, look, "replicates %s, and the plan's source is %s", replica.Source, source)
	case replica.Replication != "" && replica.Replication != "replicating":
		what := "does not replicate: " + replica.Replication
		if replica.Message != "" {
			what += ", " + replica.Message
		}
		s.add(subject, doctor.Wrong, look, "%s", what)
	case replica.Status != "available":
		s.add(subject, doctor.Unknown, look, "is in the status %s", replica.Status)
	case replica.Replication == "":
		s.add(subject, doctor.Unknown, look, "RDS does not say whether it replicates")
	default:
		s.add(subject, doctor.OK, "", "replicates %s", d.Source)
	}
}

func (s *standing) source(d plan.Database) string {
	names := s.n.Names
	account := names.Account
	if owner := s.n.Plan.Owner(); owner != "" {
		account = owner
	}
	return "arn:" + names.Partition() + ":rds:" + s.n.Plan.Regions.Primary + ":" + account + ":db:" + d.Source
}

// create makes a replica anew. Of an encrypted source a key of this region is needed
// besides: whether it is one, the source says, if it is still there to be asked.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstanceReadReplica.html
func (s *standing) create(ctx context.Context, d plan.Database) string {
	command := cli(s.n.Names, "rds create-db-instance-read-replica --db-instance-identifier %s --source-db-instance-identifier %s --source-region %s", d.Replica, s.source(d), s.n.Plan.Regions.Primary)
	reader, reached := s.from.Sources.at(place{s.asks(), s.n.Plan.Regions.Primary})
	if !reached || s.n.Plan.Regions.Primary == s.n.Names.Region {
		return command
	}
	if i, there, err := reader.Instance(ctx, d.Source); err != nil || !there || i.Key == "" {
		return command
	}
	return command + " --kms-key-id " + printable.ShellWord(keyIn(s.n, d.Drill.KMSKey, place{s.asks(), s.n.Names.Region}))
}

func (s *standing) services(ctx context.Context) {
	for _, arn := range s.w.Standby.Services {
		reader, subject := s.from.ECS, "service "+nameIn(arn)
		cluster, _, _ := strings.Cut(strings.TrimPrefix(part(arn, 5), "service/"), "/")
		look := cli(s.n.Names, "ecs describe-services --cluster %s --services %s", printable.ShellWord(cluster), printable.ShellWord(nameIn(arn)))
		scale := func(to int) string {
			return cli(s.n.Names, "ecs update-service --cluster %s --service %s --desired-count %d", printable.ShellWord(cluster), printable.ShellWord(nameIn(arn)), to)
		}
		if part(arn, 2) == "autoscaling" {
			_, name, _ := strings.Cut(arn, "autoScalingGroupName/")
			reader, subject = s.from.Scaling, "group "+name
			look = cli(s.n.Names, "autoscaling describe-auto-scaling-groups --auto-scaling-group-names %s", printable.ShellWord(name))
			scale = func(to int) string {
				if to == 0 {
					return cli(s.n.Names, "autoscaling update-auto-scaling-group --auto-scaling-group-name %s --min-size 0 --desired-capacity 0", printable.ShellWord(name))
				}
				return cli(s.n.Names, "autoscaling set-desired-capacity --auto-scaling-group-name %s --desired-capacity %d", printable.ShellWord(name), to)
			}
		}
		if account := part(arn, 4); s.elsewhere(account) {
			s.add(subject, doctor.Unknown, look, "lies in account %s, and this one is %s: ask there", account, s.asks())
			continue
		}
		service, there, err := reader.Service(ctx, arn)
		switch {
		case err != nil:
			s.unread(subject, err, look)
		case !there:
			s.add(subject, doctor.Wrong, look, "is not there: it would have to be deployed after the loss")
		default:
			s.service(subject, look, arn, service, scale)
		}
	}
}

// service is held against the scale of the topology.
func (s *standing) service(subject, look, arn string, service seen.Service, scale func(int) string) {
	_, name, _ := strings.Cut(arn, "autoScalingGroupName/")
	none := s.topology.Scale == plan.ScaleNone
	switch {
	case service.Leaving:
		s.add(subject, doctor.Wrong, look, "is being removed")
	case slices.Contains(service.Suspended, "Launch"):
		s.add(subject, doctor.Wrong, cli(s.n.Names, "autoscaling resume-processes --auto-scaling-group-name %s --scaling-processes Launch", printable.ShellWord(name)),
			"launches nothing: somebody suspended that, so it would not grow after the loss")
	case service.Max == 0 || !none && service.Max > 0 && s.topology.Scale == plan.ScaleSome && service.Max <= service.Desired:
		s.add(subject, doctor.Wrong, cli(s.n.Names, "autoscaling update-auto-scaling-group --auto-scaling-group-name %s --max-size %d", printable.ShellWord(name), max(2, 2*service.Desired)),
			"may have %d instances at most and has %d: it cannot grow after the loss", service.Max, service.Desired)
	case none && service.Desired > 0:
		s.add(subject, doctor.Wrong, scale(0), "%d are wanted, and with %s it is switched off: it is paid for", service.Desired, s.topology.Name)
	case none:
		s.add(subject, doctor.OK, "", "is there, switched off")
	case service.Desired == 0:
		s.add(subject, doctor.Wrong, scale(1), "none is wanted, and with %s it runs: it would have to start first, as with %s", s.topology.Name, plan.PilotLight)
	case service.Running == 0:
		s.add(subject, doctor.Wrong, look, "%d are wanted, and none runs", service.Desired)
	case service.Running < service.Desired:
		s.add(subject, doctor.Wrong, look, "%d of %d that are wanted run", service.Running, service.Desired)
	case s.topology.Scale == plan.ScaleFull:
		s.add(subject, doctor.OK, "", "%d run, as many as are wanted; whether they carry the whole load AWS cannot be asked", service.Running)
	default:
		s.add(subject, doctor.OK, "", "%d run, as many as are wanted", service.Running)
	}
}

func (s *standing) healthChecks(ctx context.Context) {
	for i, wanted := range s.w.Standby.HealthChecks {
		if wanted.ID == "" {
			s.add(fmt.Sprintf("health check %d of %s", i+1, s.w.Name), doctor.Unknown, cli(s.n.Names, "route53 list-health-checks"),
				"the plan does not say its id (standby.healthChecks[%d].id), so nobody can be asked", i)
			continue
		}
		subject := "health check " + wanted.ID
		look := cli(s.n.Names, "route53 get-health-check --health-check-id %s", wanted.ID)
		check, there, err := s.from.DNS.HealthCheck(ctx, wanted.ID)
		switch {
		case err != nil:
			s.unread(subject, err, look)
		case !there && s.elsewhere(s.n.Plan.Owner()):
			s.add(subject, doctor.Unknown, look, "is not in this account; ask in %s", s.n.Plan.Owner())
		case !there:
			s.add(subject, doctor.Wrong, cli(s.n.Names, "route53 list-health-checks"), "is not there: nothing notices the loss but people")
		default:
			s.healthCheck(subject, look, wanted, check)
		}
	}
}

// healthCheck is held against what the plan says of it: the detection is computed
// from that.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
func (s *standing) healthCheck(subject, look string, wanted plan.HealthCheck, check seen.HealthCheck) {
	update := func(flags string) string {
		return cli(s.n.Names, "route53 update-health-check --health-check-id %s %s", wanted.ID, flags)
	}
	before := len(s.lines)
	if check.Disabled {
		s.add(subject, doctor.Wrong, update("--no-disabled"), "is disabled: Route 53 takes what it looks at for healthy, whatever happens")
	}
	if check.Inverted {
		s.add(subject, doctor.Wrong, update("--no-inverted"), "is inverted: what is healthy counts as lost")
	}
	switch interval := plan.Duration(check.Interval); {
	case check.Interval == 0:
		s.add(subject, doctor.Unknown, look, "is of the type %s, which has no interval of its own: the detection is that of what it follows, and not %s times %d", check.Type, wanted.Interval, wanted.Threshold)
	case interval != wanted.Interval:
		// It is given once, when the health check is made.
		s.add(subject, doctor.Wrong, look, "asks every %s, and the plan says %s. That cannot be changed: make another health check, or correct standby.healthChecks in the plan", interval, wanted.Interval)
	}
	if check.Threshold != 0 && check.Threshold != wanted.Threshold {
		s.add(subject, doctor.Wrong, update(fmt.Sprintf("--failure-threshold %d", wanted.Threshold)), "notices after %d failures in a row, and the plan says %d", check.Threshold, wanted.Threshold)
	}
	if len(s.lines) == before {
		s.add(subject, doctor.OK, "", "on, every %s, %d in a row, as the plan says", wanted.Interval, wanted.Threshold)
	}
}

// ofClients are the types of records by which clients find something.
var ofClients = []string{"A", "AAAA", "CNAME"}

func (s *standing) record(ctx context.Context) {
	wanted := s.w.Standby.Record
	if wanted == nil {
		return
	}
	subject := "record " + wanted.Name
	if wanted.Zone == "" {
		domain := wanted.Name[strings.IndexByte(wanted.Name, '.')+1:]
		s.add(subject, doctor.Unknown, cli(s.n.Names, "route53 list-hosted-zones-by-name --dns-name %s", printable.ShellWord(domain)),
			"the plan does not say its hosted zone (standby.record.zone), so nobody can be asked")
		return
	}
	look := cli(s.n.Names, "route53 list-resource-record-sets --hosted-zone-id %s --start-record-name %s --max-items 10", wanted.Zone, printable.ShellWord(wanted.Name))
	all, there, err := s.from.DNS.Records(ctx, wanted.Zone, wanted.Name)
	records := slices.DeleteFunc(slices.Clone(all), func(r seen.Record) bool { return !slices.Contains(ofClients, r.Type) })
	switch {
	case err != nil:
		s.unread(subject, err, look)
	case !there && s.elsewhere(s.n.Plan.Owner()):
		s.add(subject, doctor.Unknown, look, "the hosted zone %s is not in this account; ask in %s", wanted.Zone, s.n.Plan.Owner())
	case !there:
		s.add(subject, doctor.Wrong, look, "there is no hosted zone %s", wanted.Zone)
	case len(records) == 0:
		s.add(subject, doctor.Wrong, look, "is not in the hosted zone %s: clients find nothing by it", wanted.Zone)
	default:
		before := len(s.lines)
		for _, r := range records {
			s.ttl(subject, look, *wanted, r)
		}
		s.moves(subject, look, records)
		if len(s.lines) == before {
			s.add(subject, doctor.OK, "", "is there, %d of it, and clients keep an answer for %s", len(records), wanted.TTL)
		}
	}
}

// ofBalancers is the TTL of an alias that stands for a load balancer.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
const ofBalancers = 60 * time.Second

// ttl of one record set: it is how long clients go on to what is lost.
func (s *standing) ttl(subject, look string, wanted plan.Record, r seen.Record) {
	which := r.Type
	if r.SetIdentifier != "" {
		which += " " + r.SetIdentifier
	}
	ttl := r.TTL
	if r.Alias != "" {
		if !strings.Contains(r.Alias, ".elb.") {
			s.add(subject, doctor.Unknown, look, "%s is an alias of %s, whose TTL it has", which, r.Alias)
			return
		}
		ttl = ofBalancers
	}
	switch {
	case plan.Duration(ttl) == wanted.TTL:
	case r.Alias != "":
		s.add(subject, doctor.Wrong, look, "%s is an alias of a load balancer, which has a TTL of %s, and the plan says %s: correct standby.record.ttl", which, plan.Duration(ttl), wanted.TTL)
	default:
		s.add(subject, doctor.Wrong, s.upsert(wanted, r), "%s has a TTL of %s, and the plan says %s: for that long clients go on to what is lost", which, plan.Duration(ttl), wanted.TTL)
	}
}

// upsert gives a record set the plan's TTL, and leaves all else of it.
func (s *standing) upsert(wanted plan.Record, r seen.Record) string {
	set := map[string]any{}
	if json.Unmarshal(r.Text, &set) != nil {
		return cli(s.n.Names, "route53 list-resource-record-sets --hosted-zone-id %s", wanted.Zone)
	}
	set["TTL"] = int(wanted.TTL.Seconds())
	batch, err := json.Marshal(map[string]any{"Changes": []any{map[string]any{"Action": "UPSERT", "ResourceRecordSet": set}}})
	if err != nil {
		return cli(s.n.Names, "route53 list-resource-record-sets --hosted-zone-id %s", wanted.Zone)
	}
	return cli(s.n.Names, "route53 change-resource-record-sets --hosted-zone-id %s --change-batch %s", wanted.Zone, printable.ShellWord(string(batch)))
}

// moves is whether traffic moves by the health checks of the plan: a record without
// one is always healthy.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html
func (s *standing) moves(subject, look string, records []seen.Record) {
	for _, r := range records {
		if r.Failover == "PRIMARY" && r.HealthCheck == "" && !r.Evaluated {
			s.add(subject, doctor.Wrong, look, "its PRIMARY %s has no health check, and so is always healthy: it never fails over", r.Type)
		}
		second := func(other seen.Record) bool { return other.Type == r.Type && other.Failover == "SECONDARY" }
		if r.Failover == "PRIMARY" && !slices.ContainsFunc(records, second) {
			s.add(subject, doctor.Wrong, look, "its PRIMARY %s has no SECONDARY: there is nothing to fail over to, and clients go on to what is lost", r.Type)
		}
	}
	if s.topology.HealthChecks == 0 {
		return // a person moves it
	}
	for _, check := range s.w.Standby.HealthChecks {
		if check.ID != "" && !slices.ContainsFunc(records, func(r seen.Record) bool { return r.HealthCheck == check.ID }) {
			s.add(subject, doctor.Unknown, look, "none of it has the health check %s: by that one its traffic does not move, unless a calculated one follows it", check.ID)
		}
	}
}
