package recoverystep

// What RunStep needs of IAM for this kind, in the recovery region:
//
//	both roles: rds:DescribeDBInstances on the plan's replicas; cloudwatch:GetMetricData
//	failover:   rds:AddTagsToResource (with request tag lifeboat:purpose=recovered) and rds:PromoteReadReplica on the plan's
//	            replicas; rds:ModifyDBInstance where the resource carries that tag; the managed password as for restore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Replicas are promoted.
type Replicas interface {
	// Recovered looks at one once.
	Recovered(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string) (drill.Recovered, error)
	// Mark gives it the tags of what was recovered, before it is promoted.
	Mark(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string, tags map[string]string) error
	// Promote asks for the promotion of one that carries the mark, and returns at once.
	// NotReady: it is busy. PromotionRefused.
	Promote(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string, backupDays int) error
	// FinishRecovery as of Targets.
	FinishRecovery(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string, target drill.RecoveryTarget, backups bool) (drill.Access, error)
}

// Lags are how far replicas are behind.
type Lags interface {
	// ReplicaLag by the newest measurement.
	ReplicaLag(ctx context.Context, region, identifier string) (drill.ReplicaLag, error)
}

// WorkPromote makes the read replica in the recovery region a database of its own. In
// an exercise it is looked at only: a promotion cannot be taken back, and the
// recovery region would be without a replica.
//
// The lag is measured, and kept, before anything is changed: afterwards nobody can.
type WorkPromote struct {
	Replicas drillstep.ByKind[Replicas]
	Lags     Lags
}

// promoting is the state of a WorkPromote.
type promoting struct {
	Lag      *drill.ReplicaLag `json:"lag,omitempty"`
	Marked   bool              `json:"marked,omitempty"`
	Promoted *time.Time        `json:"promoted,omitempty"` // asked for
}

// defaultBackupDays are those of a promoted replica whose target the plan does not
// describe.
const defaultBackupDays = 7

// promotionEvery is the distance of looks at a promotion, which takes some minutes.
const promotionEvery = 15 * time.Second

func (w WorkPromote) Do(ctx context.Context, job Job) (Progress, error) {
	if job.Database == nil || job.Database.Replica == "" {
		return Progress{}, &drill.Error{
			Name: drill.InvalidInput, What: fmt.Sprintf("step %s: the plan names no read replica of the database", job.Step.Node.ID),
			Hint: "name the replica in the recovery region in lifeboat.yaml, or restore the database instead",
		}
	}
	replicas, err := w.Replicas.Of(job.Database.Drill.Kind)
	if err != nil {
		return Progress{}, err
	}
	state, err := stateOf[promoting](job)
	if err != nil {
		return Progress{}, err
	}
	p := promotion{replicas: replicas, lags: w.Lags, job: job, promoting: state}
	seen, err := replicas.Recovered(ctx, p.mark(), p.spec(), p.name())
	if err != nil {
		return Progress{}, step.Named(drill.PromotionRefused, err, "looking at replica %s", p.name())
	}
	if !seen.Found {
		return Progress{}, &drill.Error{
			Name: drill.PromotionRefused, What: fmt.Sprintf("there is no instance %s in %s", p.name(), p.spec().Place.Region()),
			Hint: "see the replica's name in lifeboat.yaml; where it is gone, restore the database from a backup, and skip this step",
		}
	}
	if job.exercising() {
		return p.exercise(ctx, seen)
	}
	return p.failover(ctx, seen)
}

// promotion is one call.
type promotion struct {
	replicas Replicas
	lags     Lags
	job      Job
	promoting
}

func (p promotion) mark() drill.RecoveryMark { return markOf(p.job.Run) }
func (p promotion) spec() drill.Spec         { return p.job.Database.Drill }
func (p promotion) name() string             { return p.job.Database.Replica }

// target is what the plan describes, under the replica's own name.
func (p promotion) target() drill.RecoveryTarget {
	if p.job.Database.Target == nil {
		return drill.RecoveryTarget{Identifier: p.name(), BackupDays: defaultBackupDays, DeletionProtection: true}
	}
	t := *p.job.Database.Target
	t.Identifier = p.name()
	return t
}

// exercise looks whether it could be promoted now, and changes nothing.
func (p promotion) exercise(ctx context.Context, seen drill.Recovered) (Progress, error) {
	if err := p.notReplicating(seen); err != nil {
		return Progress{}, err
	}
	lag, err := p.lags.ReplicaLag(ctx, p.spec().Place.Region(), p.name())
	if err != nil {
		return Progress{}, step.Named(drill.PromotionRefused, err, "measuring the lag of replica %s", p.name())
	}
	p.promoting.Lag = &lag
	result := p.soFar(fmt.Sprintf("replica %s is there and replicates%s", p.name(), behind(lag)))
	result.Unproven = "an exercise does not promote a replica, which cannot be taken back: how long the promotion takes, and whether the database serves after it, was not shown"
	if !lag.Known {
		result.Unproven += "; nor how far it is behind: " + lag.Why
	}
	return doneWith(*result)
}

func behind(lag drill.ReplicaLag) string {
	if !lag.Known {
		return ", how far behind is not known: " + lag.Why
	}
	return fmt.Sprintf(", %.0f s behind at %s", lag.Seconds, lag.At.UTC().Format(time.RFC3339))
}

// notReplicating says why a replica is none that could be promoted with its newest
// data; nil: it is.
func (p promotion) notReplicating(seen drill.Recovered) error {
	e := &drill.Error{Name: drill.PromotionRefused, Hint: "make a replica of the source in the recovery region again, or restore the database from a backup, and skip this step"}
	switch {
	case seen.ReplicaOf == "":
		e.What = fmt.Sprintf("instance %s is no read replica: it was promoted already, or never was one", p.name())
	case seen.Dead:
		e.What, e.Hint = fmt.Sprintf("replica %s is %s", p.name(), seen.Status), seen.Hint
	case !seen.Replicating:
		e.What = fmt.Sprintf("replica %s does not replicate: %s", p.name(), seen.Replication)
	case !seen.Serving:
		e.What = fmt.Sprintf("replica %s is %s", p.name(), seen.Status)
	default:
		return nil
	}
	return e
}

// failover promotes. A replica that does not replicate any more, as where its source
// is lost, is promoted all the same: it is what there is.
func (p promotion) failover(ctx context.Context, seen drill.Recovered) (Progress, error) {
	switch {
	case seen.ReplicaOf == "" && !seen.Ours:
		return Progress{}, p.notReplicating(seen)
	case seen.Dead:
		return Progress{}, &drill.Error{Name: drill.PromotionRefused, What: fmt.Sprintf("replica %s is %s", p.name(), seen.Status), Hint: seen.Hint}
	case seen.ReplicaOf != "" && p.promoting.Lag == nil:
		return p.measure(ctx)
	case seen.ReplicaOf != "" && !p.Marked:
		if err := p.replicas.Mark(ctx, p.mark(), p.spec(), p.name(), p.target().Tags); err != nil {
			return Progress{}, step.Named(drill.PromotionRefused, err, "marking replica %s as recovered", p.name())
		}
		p.Marked = true
		return againAt(p.promoting, p.job.Now, p.soFar("marked as recovered"))
	case seen.ReplicaOf != "" && p.Promoted == nil:
		return p.promote(ctx)
	case seen.ReplicaOf != "" || !seen.Serving:
		return againAt(p.promoting, p.job.Now.Add(promotionEvery), p.soFar("promoting: "+seen.Status))
	}
	return p.finish(ctx, seen)
}

// measure keeps the lag before anything is changed: it is what is lost.
func (p promotion) measure(ctx context.Context) (Progress, error) {
	lag, err := p.lags.ReplicaLag(ctx, p.spec().Place.Region(), p.name())
	if err != nil { // what is lost is then not known, and said: nobody waits for a figure
		lag = drill.ReplicaLag{Why: err.Error(), Hint: drill.HintOf(err)}
	}
	p.promoting.Lag = &lag
	return againAt(p.promoting, p.job.Now, p.soFar("measured"+behind(lag)))
}

func (p promotion) promote(ctx context.Context) (Progress, error) {
	err := p.replicas.Promote(ctx, p.mark(), p.spec(), p.name(), max(p.target().BackupDays, 1))
	if drill.NameOf(err) == drill.NotReady {
		return againAt(p.promoting, p.job.Now.Add(promotionEvery), p.soFar(err.Error()))
	}
	if err != nil {
		return Progress{}, step.Named(drill.PromotionRefused, err, "promoting replica %s", p.name())
	}
	p.Promoted = &p.job.Now
	return againAt(p.promoting, p.job.Now.Add(promotionEvery), p.soFar("promotion asked for"))
}

func (p promotion) finish(ctx context.Context, seen drill.Recovered) (Progress, error) {
	access, err := p.replicas.FinishRecovery(ctx, p.mark(), p.spec(), p.name(), p.target(), true)
	if drill.NameOf(err) == drill.NotReady {
		return againAt(p.promoting, p.job.Now.Add(promotionEvery), p.soFar(err.Error()))
	}
	if err != nil {
		return Progress{}, step.Named(drill.PromotionRefused, err, "finishing %s", p.name())
	}
	result := p.soFar("replica " + p.name() + " is promoted")
	if p.promoting.Lag != nil {
		result.Says += behind(*p.promoting.Lag) + ", before it was promoted"
	}
	result.Endpoint = accessOf(access)
	var deviations []string
	if p.promoting.Lag == nil || !p.promoting.Lag.Known {
		deviations = append(deviations, "what is lost is not known: the lag was not measured before the promotion")
	}
	if p.target().MultiAZ && !seen.MultiAZ { // RDS changes it for a long time, during which the step would not be done
		deviations = append(deviations, fmt.Sprintf("%s is in one zone, and the plan wants two: aws rds modify-db-instance --db-instance-identifier %s --multi-az --apply-immediately --region %s",
			p.name(), p.name(), p.spec().Place.Region()))
	}
	result.Deviation = strings.Join(deviations, "; ")
	return doneWith(*result)
}

// soFar is what the step did, so far. What an earlier attempt measured before the
// promotion counts: it cannot be measured again.
func (p promotion) soFar(says string) *recovery.Result {
	result := &recovery.Result{Says: says}
	if lag := p.promoting.Lag; lag != nil && lag.Known {
		at := lag.At.Add(-drill.Seconds(lag.Seconds))
		loss := max(0, p.job.Run.StartedAt.Sub(at).Seconds())
		result.PointTime, result.PointID, result.LossSeconds = &at, "replica "+p.name(), &loss
	} else if before := p.job.Step.Status.Result; before != nil && p.job.Step.Status.Attempt > 1 {
		result.PointTime, result.PointID, result.LossSeconds = before.PointTime, before.PointID, before.LossSeconds
	}
	if p.Marked || p.Promoted != nil {
		result.Resources = []recovery.Resource{{Kind: "rds:db", ID: p.name()}}
	}
	return result
}
