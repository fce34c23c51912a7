package local

import (
	"context"
	"errors"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/throwaway"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// exercised finds what an exercise made on this machine, and removes it: the
// throwaway servers, by their markers, and the endpoints' files. It trusts no result
// of a step.
type exercised struct {
	deployment string
	scratches  []string
	database   *postgres.Adapter
	endpoints  endpoints
	commands   *commands
}

// Remove implements recoverystep.Throwaways. Commands that still run are ended
// first: they may hold on to what is removed.
func (e exercised) Remove(ctx context.Context, run recovery.Run, _ []recovery.Record) error {
	e.commands.stop()
	errs := []error{e.endpoints.remove(run.ID)}
	found, err := e.list(run)
	errs = append(errs, err)
	for _, entry := range found {
		errs = append(errs, e.database.RemoveNamed(ctx, entry.scratch, e.deployment, entry.Name))
	}
	return errors.Join(errs...)
}

// Remaining implements recoverystep.Throwaways.
func (e exercised) Remaining(_ context.Context, run recovery.Run, _ []recovery.Record) ([]recovery.Resource, error) {
	var left []recovery.Resource
	files, err := e.endpoints.ofRun(run.ID)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		left = append(left, recovery.Resource{Kind: FileResource, ID: file, Throwaway: true})
	}
	found, err := e.list(run)
	if err != nil {
		return nil, err
	}
	for _, entry := range found {
		left = append(left, recovery.Resource{Kind: postgres.ResourceKind, ID: entry.Name, Throwaway: true})
	}
	return left, nil
}

// located is a throwaway with the folder in which it lies.
type located struct {
	throwaway.Entry
	scratch string
}

// list finds what carries the mark of the run.
func (e exercised) list(run recovery.Run) ([]located, error) {
	var found []located
	for _, scratch := range e.scratches {
		entries, err := throwaway.List(scratch, e.deployment)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if entry.Ours && entry.Marker != nil && strings.HasPrefix(entry.Marker.ExecutionID, run.First+"#") {
				found = append(found, located{entry, scratch})
			}
		}
	}
	return found, nil
}
