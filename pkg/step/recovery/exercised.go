package recoverystep

import (
	"context"
	"errors"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// CopiesIn removes the copies of one kind of database from a region, by the run
// alone.
type CopiesIn interface {
	RemoveCopy(ctx context.Context, run drill.Run, region string) error
	RemainingCopy(ctx context.Context, run drill.Run, region string) ([]drill.Resource, error)
}

// Withdrawals remove what exercises announced.
type Withdrawals interface {
	// Withdraw removes a value that carries the tags, at once. Nothing there is success;
	// anything else of that name is an error, CleanupFailed, and is not touched.
	Withdraw(ctx context.Context, name string, tags map[string]string) error
	// There is the ARN of a value; "": there is none.
	There(ctx context.Context, name string) (arn string, err error)
}

// Exercised are the throwaways of exercises on AWS: copies of databases, and
// endpoints.
type Exercised struct {
	Names  deployed.Names
	Copies []CopiesIn // of all kinds
	Stores map[string]Withdrawals
}

// Remove implements Throwaways.
func (e Exercised) Remove(ctx context.Context, run recovery.Run, steps []recovery.Record) error {
	if run.Mode == recovery.Failover {
		return nil
	}
	var problems []error
	for _, s := range steps {
		if s.Node.Kind == recovery.Restore {
			for _, copies := range e.Copies {
				problems = append(problems, copies.RemoveCopy(ctx, copyRun(run, s.Node.ID), e.Names.Region))
			}
		}
		if s.Node.Kind == recovery.Endpoint {
			if store := e.Stores[s.Spec.Store]; store != nil {
				name, _ := EndpointOf(e.Names, run, s)
				problems = append(problems, store.Withdraw(ctx, name, exerciseTags(run)))
			}
		}
	}
	return errors.Join(problems...)
}

// Remaining implements Throwaways.
func (e Exercised) Remaining(ctx context.Context, run recovery.Run, steps []recovery.Record) (left []recovery.Resource, err error) {
	if run.Mode == recovery.Failover {
		return nil, nil
	}
	var problems []error
	for _, s := range steps {
		if s.Node.Kind == recovery.Restore {
			for _, copies := range e.Copies {
				found, err := copies.RemainingCopy(ctx, copyRun(run, s.Node.ID), e.Names.Region)
				problems = append(problems, err)
				for _, r := range found {
					left = append(left, recovery.Resource{Kind: r.Kind, ID: r.ID, ARN: r.Detail, Throwaway: true})
				}
			}
		}
		if s.Node.Kind == recovery.Endpoint {
			if store := e.Stores[s.Spec.Store]; store != nil {
				name, kind := EndpointOf(e.Names, run, s)
				arn, err := store.There(ctx, name)
				problems = append(problems, err)
				if arn != "" {
					left = append(left, recovery.Resource{Kind: kind, ID: name, ARN: arn, Throwaway: true})
				}
			}
		}
	}
	return left, errors.Join(problems...)
}
