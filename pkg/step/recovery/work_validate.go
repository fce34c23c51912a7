package recoverystep

// What RunStep needs of IAM for this kind, in the recovery region, of both roles:
//
//	as restore's looks, and those of a look ahead: rds:DescribeDBMajorEngineVersions, DescribeDBEngineVersions,
//	DescribeOrderableDBInstanceOptions; cloudformation:DescribeStacks on the plan's stacks; secretsmanager:DescribeSecret on
//	its secrets; ecr:DescribeImages on the repositories of its images

import (
	"context"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Foresights look ahead at what a step that recovers would make.
type Foresights interface {
	// CopyAhead is what would have the throwaway of an exercise refused.
	CopyAhead(ctx context.Context, spec drill.Spec, point drill.RecoveryPoint) drill.Recoverability
	// TargetAhead is what would have the target refused, were it made from the point
	// now. It does not fail.
	TargetAhead(ctx context.Context, mark drill.RecoveryMark, spec drill.Spec, target drill.RecoveryTarget, point drill.RecoveryPoint) drill.Recoverability
}

// WorkValidate looks whether all is there that the recovery needs, before anything
// is made, and names everything that is not: the stacks, secrets and images that the
// plan names, and for each database a recovery point that counts, with the quotas,
// keys, groups and subnets of what is made from it.
//
// A point that misses the RPO does not stop a recovery: it is a deviation.
type WorkValidate struct {
	Backups drillstep.ByKind[drillstep.Backups]
	Ahead   drillstep.ByKind[Foresights]
	Stacks  Lookup
	Secrets Lookup
	Images  Lookup
}

func (w WorkValidate) Do(ctx context.Context, job Job) (Progress, error) {
	v := validation{job: job}
	for _, all := range []struct {
		what   string
		names  []string
		lookup Lookup
	}{
		{"stack", job.Step.Spec.Stacks, w.Stacks}, {"secret", job.Step.Spec.Secrets, w.Secrets}, {"image", job.Step.Spec.Images, w.Images},
	} {
		for _, name := range all.names {
			why, err := all.lookup.Missing(ctx, name)
			if drill.NameOf(err) == drill.Throttled || drill.NameOf(err) == drill.Transient {
				return Progress{}, err // asking again may be all that is needed
			}
			v.note(all.what+" "+name, why, err)
		}
	}
	for _, db := range job.Databases {
		if err := w.database(ctx, &v, db); err != nil {
			return Progress{}, err
		}
	}
	return v.over()
}

// validation gathers what is found.
type validation struct {
	job        Job
	checks     []recovery.CheckResult
	wrong      []string
	hint       string
	deviations []string
}

func (v *validation) note(name, why string, err error) {
	if err != nil {
		why = err.Error()
		v.advise(drill.HintOf(err))
	}
	v.checks = append(v.checks, recovery.CheckResult{Name: name, Passed: why == "", Says: why})
	if why != "" {
		v.wrong = append(v.wrong, name+": "+why)
	}
}

func (v *validation) advise(hint string) {
	if v.hint == "" {
		v.hint = hint
	}
}

func (v *validation) over() (Progress, error) {
	result := recovery.Result{
		Says: fmt.Sprintf("all %d things that the recovery needs are there", len(v.checks)), Checks: v.checks, Deviation: strings.Join(v.deviations, "; "),
	}
	if len(v.wrong) == 0 {
		return doneWith(result)
	}
	result.Says = fmt.Sprintf("%d of %d things are not as the recovery needs them", len(v.wrong), len(v.checks))
	return Progress{Result: &result}, &drill.Error{Name: drill.NotPrepared, What: strings.Join(v.wrong, "; "), Hint: v.hint}
}

// database looks at one that the run recovers.
func (w WorkValidate) database(ctx context.Context, v *validation, db Database) error {
	spec, mode := db.Drill, v.job.Run.Mode
	if v.recovers(db.Name) == recovery.PromoteReplica {
		return nil // its own step looks at the replica
	}
	backups, err := w.Backups.Of(spec.Kind)
	if err != nil {
		return err
	}
	points, err := backups.RecoveryPoints(ctx, spec)
	if name := drill.NameOf(err); name == drill.Throttled || name == drill.Transient {
		return err
	}
	choice := drill.Choose(points)
	if err == nil && choice.Point == nil {
		err = noPoint(spec, choice)
	}
	v.note("recovery point of "+db.Name, "", err)
	if err != nil {
		return nil
	}
	point := *choice.Point
	if !drill.FreshEnough(drill.Run{StartedAt: v.job.Run.StartedAt}, spec, point) {
		v.deviations = append(v.deviations, fmt.Sprintf("the newest recovery point of %s is of %s, older than its RPO of %s",
			db.Name, point.TakenAt.UTC().Format("2006-01-02 15:04:05"), drill.Seconds(spec.Objectives.RPOSeconds)))
	}
	return w.ahead(ctx, v, db, point, mode)
}

// ahead is what would have its restore refused.
func (w WorkValidate) ahead(ctx context.Context, v *validation, db Database, point drill.RecoveryPoint, mode recovery.Mode) error {
	spec, name := db.Drill, "restore of "+db.Name
	foresight, err := w.Ahead.Of(spec.Kind)
	if err != nil {
		return err
	}
	var found drill.Recoverability
	switch {
	case mode != recovery.Failover:
		found = foresight.CopyAhead(ctx, spec, point)
	case db.Target == nil:
		v.note(name, "the plan names no recovery.target: a failover does not know what to make", nil)
		v.advise("declare recovery.target of the database in lifeboat.yaml and deploy")
		return nil
	default:
		found = foresight.TargetAhead(ctx, markOf(v.job.Run), spec, *db.Target, point)
	}
	var why []string
	for _, f := range found.Findings {
		if f.Severity == drill.Failed {
			why = append(why, f.What)
			v.advise(f.Hint)
		} else {
			v.deviations = append(v.deviations, db.Name+": "+f.What)
		}
	}
	v.note(name, strings.Join(why, "; "), nil)
	for _, f := range found.Unknown {
		v.deviations = append(v.deviations, db.Name+": "+f.What)
	}
	return nil
}

// recovers is how the run recovers a database; "": it does not.
func (v *validation) recovers(database string) recovery.Kind {
	for _, s := range v.job.Steps {
		if s.Spec.Database == database && (s.Node.Kind == recovery.Restore || s.Node.Kind == recovery.PromoteReplica) {
			return s.Node.Kind
		}
	}
	return ""
}
