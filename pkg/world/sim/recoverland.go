package sim

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/functions/kinds"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/ecr"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/secretsmanager"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/stacks"
)

// populate makes what lies in the simulated AWS beside the first database: the
// others, what the targets of a failover need, and what the plan has validated.
func (w *RecoveryWorld) populate() {
	for i, d := range w.planned.Databases {
		if i > 0 {
			land := w.land
			land.spec, land.place = d.Drill, d.Drill.Place
			land.addKeys(w.cloud)
			w.estates[i].populate(w.cloud, w.started)
		}
		if d.Target != nil && d.Drill.RDS != nil {
			w.targetGroups(*d.Target)
		}
		if d.Replica != "" && d.Drill.RDS != nil {
			w.replica(d)
		}
	}
	w.backupRules()
	for _, name := range []string{w.names.of().PagesTopic(), w.names.of().TicketsTopic()} {
		w.cloud.SNS.AddTopic(w.names.account, w.names.region, name)
	}
	for _, s := range w.planned.Steps {
		for _, name := range s.Spec.Stacks {
			w.cloud.Stacks.Put(stacks.Stack{Account: w.names.account, Region: w.names.region, Name: name, Status: "UPDATE_COMPLETE", Made: w.started})
		}
		for _, name := range s.Spec.Secrets {
			w.cloud.Secrets.Add(w.names.account, w.names.region, secretsmanager.Secret{Name: name, Value: "simulated"})
		}
		w.images(s.Spec.Images)
	}
}

// images are in their repositories, one image for all of a repository's names.
func (w *RecoveryWorld) images(names []string) {
	repositories := map[string]*ecr.Image{}
	for _, name := range names {
		if host, path, found := strings.Cut(name, "/"); found && strings.Contains(host, ".dkr.ecr") {
			name = path
		}
		repository, digest, byDigest := strings.Cut(name, "@")
		repository, tag, _ := strings.Cut(repository, ":")
		if repositories[repository] == nil {
			repositories[repository] = &ecr.Image{Digest: "sha256:" + strings.Repeat("0", 64)}
		}
		if byDigest {
			repositories[repository].Digest = digest
		}
		if tag != "" {
			repositories[repository].Tags = append(repositories[repository].Tags, tag)
		}
	}
	for repository, image := range repositories {
		w.cloud.ECR.AddRepository(w.names.account, w.names.region, repository, *image)
	}
}

// replica of a database in the recovery region, and how far it is behind: RDS tells
// that every minute.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
func (w *RecoveryWorld) replica(d drill.RecoveredDatabase) {
	engine, version, _ := w.engine()
	w.cloud.RDS.AddInstance(w.names.account, w.names.region, rds.Instance{
		Identifier: d.Replica, ResourceID: "db-REPLICA" + strings.ToUpper(d.Replica), Engine: engine, EngineVersion: version,
		MasterUser: "app", Database: "app", StorageGiB: cmp.Or(w.scenario.Source.StorageGiB, 200), SubnetGroup: "production", SecurityGroups: []string{"sg-production"},
		KMSKey:     w.land.key(w.names.region, w.names.account),
		ReplicaOf:  inRegion("rds", d.Drill.Place.PrimaryRegion, w.land.primaryAccount(), "db:"+d.Drill.RDS.Instance),
		ReplicaLag: replicaLag,
	})
	w.clock.Go(func() {
		for range int(watched / time.Minute) {
			if lag, is := w.cloud.RDS.ReplicaLag(w.names.account, w.names.region, d.Replica); is {
				w.cloud.Metrics.Put(w.names.account, w.names.region, cloudwatch.Metric{
					Namespace: "AWS/RDS", Name: "ReplicaLag", Dimensions: map[string]string{"DBInstanceIdentifier": d.Replica},
				}, lag, w.clock.Now())
			}
			w.clock.Sleep(time.Minute)
		}
	})
}

const (
	replicaLag = 3 * time.Second
	watched    = 24 * time.Hour
)

func (w *RecoveryWorld) engine() (engine, version, major string) {
	return instances{landscape: w.land}.engine()
}

// backupRules are what the deployment has AWS Backup do with what was recovered.
func (w *RecoveryWorld) backupRules() {
	n := w.names.of()
	rules := kinds.RecoveryRules(n, w.options.Plan.Normalised())
	if len(rules.Ruled) == 0 {
		return
	}
	w.cloud.Backup.AddVault(w.names.account, w.names.region, rules.Vault)
	var copies []backup.CopyAction
	var targets []string
	for _, d := range w.planned.Databases {
		to, copied := rules.Copied[d.Name]
		if !copied {
			continue
		}
		identifier := d.Replica
		if d.Target != nil {
			identifier = d.Target.Identifier
		}
		if copies == nil {
			w.cloud.Backup.AddVault(to.Account, to.Region, to.Name)
			copies = []backup.CopyAction{{Vault: to.ARN(), Lifecycle: backup.Lifecycle{DeleteAfterDays: 35}}}
		}
		targets = append(targets, n.ARN("rds", "db:"+identifier))
	}
	id, err := w.cloud.Backup.SetPlan(w.names.account, w.names.region, backup.Plan{Name: n.ProtectPlan(), Rules: []backup.Rule{{
		Name: "recovered", Vault: rules.Vault, Schedule: "cron(0 5 * * ? *)", Lifecycle: backup.Lifecycle{DeleteAfterDays: 35}, Copies: copies,
	}}})
	w.fail(err)
	if len(targets) > 0 {
		_, err = w.cloud.Backup.SetSelection(w.names.account, w.names.region, id, backup.Selection{
			Name: "recovered", Role: n.RoleARN(n.ProtectRole()), Resources: targets,
			Conditions: backup.Conditions{StringEquals: []backup.Tag{{Key: "aws:ResourceTag/" + deployed.TagProtect, Value: n.Deployment}}},
		})
		w.fail(err)
	}
}

// targetGroups are the team's own groups in the recovery region.
func (w *RecoveryWorld) targetGroups(t drill.RecoveryTarget) {
	engine, _, major := w.engine()
	subnets := []rds.SubnetGroup{{Name: t.SubnetGroup, VPC: "vpc-production"}}
	var parameters []rds.ParameterGroup
	if t.ParameterGroup != "" {
		parameters = append(parameters, rds.ParameterGroup{Name: t.ParameterGroup, Family: engine + major})
	}
	var options []rds.OptionGroup
	if t.OptionGroup != "" {
		options = append(options, rds.OptionGroup{Name: t.OptionGroup, Engine: engine, Version: major})
	}
	w.cloud.RDS.AddGroups(w.names.account, w.names.region, subnets, parameters, options)
}

// recoveredInstances are the targets of the run that are there.
func (w *RecoveryWorld) recoveredInstances() []string {
	there := []string{}
	for _, d := range w.planned.Databases {
		if d.Target == nil {
			continue
		}
		is := func(i *rds.Instance) bool { return strings.EqualFold(i.Identifier, d.Target.Identifier) }
		if slices.ContainsFunc(w.cloud.RDS.Instances(w.names.account, w.names.region), is) {
			there = append(there, d.Target.Identifier)
		}
	}
	return there
}
