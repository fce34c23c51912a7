package rds

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Parts is the instance: what else a deletion may leave is not lifeboat's to
// remove; see Remaining.
func (a *Adapter) Parts(run drill.Run) drill.Copy {
	return drill.Copy{{Kind: ResourceKind, ID: run.Throwaway}}
}

// Remove asks for the removal of the run's copy, and returns at once: nothing
// there, and already being deleted, are success. It deletes only what has the
// run's name and its tags; anything else under that name is an error that
// names it, CleanupFailed. An instance that is busy is left for the next
// round: it is still among what Remaining lists. Other errors: Throttled,
// Transient.
func (a *Adapter) Remove(ctx context.Context, run drill.Run, spec drill.Spec, part drill.Resource) error {
	s, err := source(spec)
	if err != nil {
		return err
	}
	return a.remove(ctx, run, s.Region(), part)
}

func (a *Adapter) remove(ctx context.Context, run drill.Run, region string, part drill.Resource) error {
	if part.Kind != ResourceKind || part.ID != run.Throwaway {
		return &drill.Error{
			Name: drill.CleanupFailed, What: fmt.Sprintf("%s %s is no part of the copy %s: it is not touched", part.Kind, part.ID, run.Throwaway),
		}
	}
	if !drill.IsThrowawayName(run.Deployment, run.Throwaway) {
		return &drill.Error{
			Name: drill.CleanupFailed, What: fmt.Sprintf("%q is no name of a copy of deployment %q: it is not touched", run.Throwaway, run.Deployment),
		}
	}
	instance, err := a.instance(ctx, region, run.Throwaway)
	if is(err, "DBInstanceNotFound") {
		return nil
	}
	if err != nil {
		return named(drill.CleanupFailed, err, "looking at instance %s in %s", run.Throwaway, region)
	}
	if !ours(*instance, run) {
		return &drill.Error{
			Name: drill.CleanupFailed,
			What: fmt.Sprintf("instance %s in %s does not carry the tags of this execution: it is not touched", run.Throwaway, region),
			Hint: fmt.Sprintf("look at whose it is, and if nobody's: aws rds delete-db-instance --db-instance-identifier %s --skip-final-snapshot --delete-automated-backups --region %s", run.Throwaway, region),
		}
	}
	if aws.ToString(instance.DBInstanceStatus) == "deleting" {
		return nil
	}
	if aws.ToBool(instance.DeletionProtection) {
		if err := a.unprotect(ctx, region, run.Throwaway); err != nil {
			return err
		}
	}
	err = a.delete(ctx, region, run.Throwaway)
	if protectedAgainst(err) { // since the look
		if err := a.unprotect(ctx, region, run.Throwaway); err != nil {
			return err
		}
		err = a.delete(ctx, region, run.Throwaway)
	}
	// InvalidDBInstanceState: it is already being deleted, or busy.
	if err == nil || is(err, "DBInstanceNotFound", "InvalidDBInstanceState") || protectedAgainst(err) {
		return nil
	}
	return named(drill.CleanupFailed, err, "deleting instance %s in %s", run.Throwaway, region)
}

// delete leaves nothing behind. Without a final snapshot is the only way in
// the states failed and incompatible-*:
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
func (a *Adapter) delete(ctx context.Context, region, name string) error {
	_, err := a.in(region).rds.DeleteDBInstance(ctx, &awsrds.DeleteDBInstanceInput{
		DBInstanceIdentifier: &name, SkipFinalSnapshot: aws.Bool(true), DeleteAutomatedBackups: aws.Bool(true),
	})
	return err
}

// unprotect switches the deletion protection off that somebody switched on.
func (a *Adapter) unprotect(ctx context.Context, region, name string) error {
	_, err := a.in(region).rds.ModifyDBInstance(ctx, &awsrds.ModifyDBInstanceInput{
		DBInstanceIdentifier: &name, DeletionProtection: aws.Bool(false), ApplyImmediately: aws.Bool(true),
	})
	if err == nil || is(err, "DBInstanceNotFound", "InvalidDBInstanceState") {
		return nil
	}
	return named(drill.CleanupFailed, err, "switching off the deletion protection of instance %s in %s", name, region)
}

// protectedAgainst: the refusal has no code of its own.
func protectedAgainst(err error) bool {
	return is(err, "InvalidParameterCombination") && strings.Contains(strings.ToLower(err.Error()), "protect")
}
