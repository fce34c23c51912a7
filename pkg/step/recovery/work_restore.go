package recoverystep

// What RunStep needs of IAM for this kind, in the recovery region:
//
//	both roles:  rds:DescribeDBInstances, DescribeDBSnapshots, DescribeDBInstanceAutomatedBackups, DescribeAccountAttributes,
//	             DescribeDBSubnetGroups, DescribeDBParameterGroups, DescribeOptionGroups, DescribeEvents; kms:DescribeKey,
//	             kms:CreateGrant and kms:Decrypt via rds; iam:GetRole of AWSServiceRoleForRDS (as select-backup and start-restore)
//	exercise:    as start-restore, check-availability, prepare-login and cleanup: rds:RestoreDBInstanceFromDBSnapshot,
//	             RestoreDBInstanceToPointInTime, AddTagsToResource, ModifyDBInstance, DeleteDBInstance on throwaways;
//	             secretsmanager:CreateSecret, TagResource and kms of RDS's managed password, through rds
//	failover:    rds:RestoreDBInstanceFromDBSnapshot, RestoreDBInstanceToPointInTime, AddTagsToResource (with request tag
//	             lifeboat:purpose=recovered) on the plan's targets; rds:ModifyDBInstance, DeleteDBInstance where the resource
//	             carries it; the managed password likewise

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Copies make the throwaways of an exercise as those of a drill are made.
type Copies interface {
	drillstep.Restorer
	drillstep.Watcher
	drillstep.LoginMaker
	drillstep.Remover
	drillstep.Inventory
}

// Targets make what the plan names as the target of a failover.
type Targets interface {
	// StartRecovery asks for the target and returns at once. One of that name that
	// carries the mark is the one that an earlier call made; any other is refused.
	// Errors as of drillstep.Restorer.
	StartRecovery(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, target drill.RecoveryTarget, point drill.RecoveryPoint) (drill.Resource, error)
	// Recovered looks at it once.
	Recovered(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string) (drill.Recovered, error)
	// FinishRecovery makes it what the restore call could not, and returns where it
	// answers. backups: its automated backups too. NotReady: ask again.
	FinishRecovery(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string, target drill.RecoveryTarget, backups bool) (drill.Access, error)
	// DiscardRecovery asks for the removal of one that this recovery made and that
	// ended dead, so that it can be made again. Gone: there is nothing of that name.
	DiscardRecovery(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, identifier string) (gone bool, err error)
}

// WorkRestore recovers a database from the newest recovery point that counts. The
// point is chosen in a call of its own, and in the step's state before anything is
// asked for: whatever is lost after that, the record says what the database is of.
//
// A second attempt goes on with what the first one made, where it lives; what ended
// dead it removes first.
type WorkRestore struct {
	Backups drillstep.ByKind[drillstep.Backups]
	Copies  drillstep.ByKind[Copies]
	Targets drillstep.ByKind[Targets]
}

// restoring is the state of a WorkRestore.
type restoring struct {
	// Looked: whatever an earlier attempt left has been looked at, and is gone or is
	// gone on with. Discarding is since when it is removed.
	Looked     bool       `json:"looked,omitempty"`
	Discarding *time.Time `json:"discarding,omitempty"`
	// Point is what is restored from next, or is being; First was chosen, Others are
	// tried in its place while its source is busy.
	Point  *drill.RecoveryPoint  `json:"point,omitempty"`
	First  *drill.RecoveryPoint  `json:"first,omitempty"`
	Others []drill.RecoveryPoint `json:"others,omitempty"`
	// PassedOver counts newer backups that cannot be used.
	PassedOver int `json:"passedOver,omitempty"`
	// WaitingSince is the first refusal that may pass.
	WaitingSince *time.Time `json:"waitingSince,omitempty"`
	// Asked is when the restore was taken on, Available when it was seen to serve.
	Asked     *time.Time      `json:"asked,omitempty"`
	Resource  *drill.Resource `json:"resource,omitempty"`
	Available *time.Time      `json:"available,omitempty"`
	Status    string          `json:"status,omitempty"`
	// Refused is why nothing was made: that is in the record before the step fails.
	Refused *refusal `json:"refused,omitempty"`
}

// settleEvery is the distance of looks at a change that takes a minute or two.
const settleEvery = 10 * time.Second

// discardEvery is that of looks at a removal, which takes minutes.
const discardEvery = time.Minute

func (w WorkRestore) Do(ctx context.Context, job Job) (Progress, error) {
	if job.Database == nil {
		return Progress{}, notFor(job)
	}
	m, err := w.maker(job)
	if err != nil {
		return Progress{}, err
	}
	state, err := stateOf[restoring](job)
	if err != nil {
		return Progress{}, err
	}
	r := restore{WorkRestore: w, job: job, maker: m, restoring: state}
	switch {
	case state.Refused != nil:
		return Progress{}, state.Refused.error()
	case !state.Looked:
		return r.earlier(ctx)
	case state.Point == nil && state.Asked == nil:
		return r.choose(ctx)
	case state.Asked == nil:
		return r.start(ctx)
	case state.Available == nil:
		return r.look(ctx)
	default:
		return r.finish(ctx)
	}
}

// restore is one call.
type restore struct {
	WorkRestore
	job   Job
	maker maker
	restoring
}

// earlier looks at what an earlier attempt may have left.
func (r restore) earlier(ctx context.Context) (Progress, error) {
	if r.job.Step.Status.Attempt <= 1 {
		r.Looked = true
		return r.choose(ctx)
	}
	left, err := r.maker.left(ctx)
	if err != nil {
		return Progress{}, err
	}
	switch {
	case left == leftNothing:
		r.Looked = true
		return r.choose(ctx)
	case left == leftDead:
		if err := r.maker.discard(ctx); err != nil {
			return Progress{}, err
		}
		if r.Discarding == nil {
			r.Discarding = &r.job.Now
		}
		return againAt(r.restoring, r.job.Now.Add(discardEvery), r.soFar("removing what the last attempt left: "+r.maker.name()))
	}
	// It goes on. From which point it is the earlier attempt has told.
	r.Looked, r.Asked = true, &r.job.Now
	r.Resource = &drill.Resource{ID: r.maker.name()}
	if before := r.job.Step.Status.Result; before != nil && before.PointID != "" && before.PointTime != nil {
		r.Point = &drill.RecoveryPoint{ID: before.PointID, TakenAt: *before.PointTime}
	}
	return r.look(ctx)
}

// choose takes the freshest recovery point that counts. A missed RPO stops nothing:
// the data that there are are recovered, and the verdict says it.
func (r restore) choose(ctx context.Context) (Progress, error) {
	spec := r.job.Database.Drill
	backups, err := r.Backups.Of(spec.Kind)
	if err != nil {
		return Progress{}, err
	}
	points, err := backups.RecoveryPoints(ctx, spec)
	if err != nil {
		return Progress{}, step.Named(drill.NoUsableBackup, err, "listing the backups of %s", spec.Name())
	}
	choice := drill.Choose(points)
	if choice.Point == nil {
		return Progress{}, noPoint(spec, choice)
	}
	r.Point, r.First, r.Others, r.PassedOver = choice.Point, choice.Point, choice.Others, choice.Counts.PassedOver
	return againAt(r.restoring, r.job.Now, r.soFar("chosen: "+choice.Point.ID))
}

// noPoint says why nothing can be restored from.
func noPoint(spec drill.Spec, choice drill.Choice) error {
	e := &drill.Error{
		Name: drill.NoUsableBackup, What: spec.Name() + " has no backup that counts",
		Hint: "see lifeboat doctor --world aws: it lists what there is, and why it does not count",
	}
	for i, f := range choice.Findings {
		if i == 3 {
			break
		}
		e.What += "; " + f.What
		if i == 0 && f.Hint != "" {
			e.Hint = f.Hint
		}
	}
	return e
}

// start asks for it.
func (r restore) start(ctx context.Context) (Progress, error) {
	made, err := r.maker.start(ctx, *r.Point)
	switch name := drill.NameOf(err); {
	case err == nil:
		r.Asked, r.Resource, r.WaitingSince = &r.job.Now, &made, nil
		return againAt(r.restoring, r.nextLook(), r.soFar("restoring"))
	case name == drill.SourceBusy || name == drill.RestoreRefused && r.First != nil && r.Point.ID != r.First.ID:
		return r.instead(err)
	case name.Passing():
		return r.comeBack(err)
	default:
		return r.refuse(step.Named(drill.RestoreRefused, err, "restoring %s from %s", r.job.Database.Drill.Name(), r.Point.ID))
	}
}

// refuse fails the step. Until then the record says that the target may have been
// made; where the provider said no, that is taken back first.
func (r restore) refuse(err error) (Progress, error) {
	name := drill.NameOf(err)
	if r.job.exercising() || name == drill.Transient || name == drill.Unexpected {
		return Progress{}, err
	}
	r.Refused = refusalOf(err)
	return againAt(r.restoring, r.job.Now, r.soFar("refused: "+err.Error()))
}

// instead takes another point that meets the RPO; where none is left, the first
// again in a while. It is in the state before it is asked for.
func (r restore) instead(why error) (Progress, error) {
	run := drill.Run{StartedAt: r.job.Run.StartedAt}
	for len(r.Others) > 0 {
		next := r.Others[0]
		r.Others = r.Others[1:]
		if drill.FreshEnough(run, r.job.Database.Drill, next) {
			r.Point = &next
			return againAt(r.restoring, r.job.Now, r.soFar("the source is busy: from "+next.ID+" instead"))
		}
	}
	r.Point = r.First
	return r.comeBack(why)
}

// comeBack waits for the provider, for a while.
func (r restore) comeBack(why error) (Progress, error) {
	limits := paced(r.job.Database.Drill.Limits)
	limit := drill.Seconds(limits.StartSeconds)
	if r.WaitingSince == nil {
		r.WaitingSince = &r.job.Now
	}
	if waited := r.job.Now.Sub(*r.WaitingSince); waited >= limit {
		return r.refuse(&drill.Error{
			Name: drill.NameOf(why), Err: why, Hint: drill.HintOf(why),
			What: fmt.Sprintf("asked for again and again for %s", waited.Round(time.Second)),
		})
	}
	next := drill.StartPolling(limits).Next(*r.WaitingSince, r.job.Now, 0, limit)
	return againAt(r.restoring, next, r.soFar("waiting to begin: "+why.Error()))
}

// look looks once.
func (r restore) look(ctx context.Context) (Progress, error) {
	status, err := r.maker.look(ctx, *r.Resource)
	if err != nil {
		return Progress{}, step.Named(drill.RestoreFailed, err, "looking at %s", r.maker.name())
	}
	r.Status = status.Status
	if !status.Available {
		return againAt(r.restoring, r.nextLook(), r.soFar("restoring: "+status.Status))
	}
	r.Available = &r.job.Now
	return r.finish(ctx)
}

// finish makes it what the restore call could not.
func (r restore) finish(ctx context.Context) (Progress, error) {
	access, err := r.maker.finish(ctx)
	if drill.NameOf(err) == drill.NotReady {
		return againAt(r.restoring, r.job.Now.Add(settleEvery), r.soFar(err.Error()))
	}
	if err != nil {
		return Progress{}, step.Named(drill.RestoreFailed, err, "finishing %s", r.maker.name())
	}
	result := r.soFar("")
	differences, err := r.maker.differences(ctx)
	if err != nil {
		return Progress{}, step.Named(drill.RestoreFailed, err, "looking at %s", r.maker.name())
	}
	result.Endpoint = accessOf(access)
	result.Says = fmt.Sprintf("%s is there", r.maker.name())
	if r.Point != nil {
		result.Says += fmt.Sprintf(", from %s, with the data of %s", r.Point.ID, r.Point.TakenAt.UTC().Format(time.RFC3339))
	}
	if r.PassedOver > 0 {
		result.Says += fmt.Sprintf("; %d newer backups were passed over", r.PassedOver)
	}
	switch {
	case r.Point == nil:
		differences = append(differences, "from which recovery point it was restored is not on record: an earlier attempt began it")
	case r.First != nil && r.First.ID != r.Point.ID:
		differences = append(differences, fmt.Sprintf("restored from %s, since the source of %s was busy", r.Point.ID, r.First.ID))
	}
	result.Deviation = strings.Join(differences, "; ")
	return doneWith(*result)
}

// soFar is what the step did, so far.
func (r restore) soFar(says string) *recovery.Result {
	result := &recovery.Result{Says: says}
	if r.Point != nil {
		at, loss := r.Point.TakenAt, max(0, r.job.Run.StartedAt.Sub(r.Point.TakenAt).Seconds())
		result.PointTime, result.PointID, result.LossSeconds = &at, r.Point.ID, &loss
	}
	if r.Asked != nil {
		made := recovery.Resource{Kind: "rds:db", ID: r.maker.name(), Throwaway: r.job.exercising()}
		if r.Resource != nil {
			made.ARN = r.Resource.Detail
		}
		result.Resources = []recovery.Resource{made}
	} else if r.Point != nil && r.Refused == nil && !r.job.exercising() { // the next call asks for it, and may be cut off
		result.Resources = []recovery.Resource{{Kind: "rds:db", ID: r.maker.name(), Unsure: true}}
	}
	return result
}

// nextLook is paced as a drill's restore is. Nobody wakes a step: events do not
// count.
func (r restore) nextLook() time.Time {
	limits := paced(r.job.Database.Drill.Limits)
	limit := cmp.Or(drill.Seconds(r.job.Step.Spec.TimeoutSeconds), drill.Seconds(limits.RestoreSeconds))
	next := drill.PollingOf(limits).Next(*r.Asked, r.job.Now, drill.Seconds(limits.ExpectedRestoreSeconds), limit)
	if !next.After(r.job.Now) { // the last look is over: whoever keeps the time ends the step
		return r.job.Now.Add(settleEvery)
	}
	return next
}

func paced(l drill.Limits) drill.Limits {
	l.AwaitEvents, l.EventsTell = false, false
	return l
}

func accessOf(a drill.Access) *recovery.Access {
	return &recovery.Access{
		Host: a.Endpoint.Host, Port: a.Endpoint.Port, Engine: a.Endpoint.Engine, Database: a.Endpoint.Database, User: a.User, Secret: a.Secret,
	}
}
