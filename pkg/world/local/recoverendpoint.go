package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// FileResource is the kind of an endpoint's file among the resources of a step.
const FileResource = "file"

// endpoints tell applications on this machine where a recovered database answers:
// a file for each, which is there, whole, from the moment that it does until the
// exercise is over. Applications watch for it. It holds what a parameter on AWS would,
// recoverystep.Announced, and never a password.
type endpoints struct{ dir string } // endpoints/exercise in the state folder

// Do implements recoverystep.Work.
func (e endpoints) Do(_ context.Context, job recoverystep.Job) (recoverystep.Progress, error) {
	recovered := job.Recovered()
	if recovered == nil || recovered.Endpoint == nil {
		return recoverystep.Progress{}, notRecovered(job)
	}
	path := e.path(job.Step.Spec.Database)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return recoverystep.Progress{}, endpointFailed(path, err)
	}
	err := writeRecord(path, recoverystep.Announced{Access: *recovered.Endpoint, Recovery: job.Run.ID, Step: job.Step.Node.ID})
	if err != nil {
		return recoverystep.Progress{}, endpointFailed(path, err)
	}
	return recoverystep.Progress{Next: recoverystep.Done, Result: &recovery.Result{
		Says:      fmt.Sprintf("%s answers at %s, port %d: %s says so", job.Step.Spec.Database, recovered.Endpoint.Host, recovered.Endpoint.Port, path),
		Resources: []recovery.Resource{{Kind: FileResource, ID: path, Throwaway: true}},
	}}, nil
}

func (e endpoints) path(database string) string {
	workload, name := filepath.Split(database)
	return filepath.Join(e.dir, fileName(filepath.Clean(workload)), fileName(name)+".json")
}

// ofRun are the files that a run wrote.
func (e endpoints) ofRun(run string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(globQuote.Replace(e.dir), "*", "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list the endpoints: %w", err)
	}
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list the endpoints: %w", err)
		}
		var a recoverystep.Announced
		if json.Unmarshal(text, &a) == nil && a.Recovery == run {
			found = append(found, file)
		}
	}
	return found, nil
}

func (e endpoints) remove(run string) error {
	files, err := e.ofRun(run)
	errs := []error{err}
	for _, file := range files {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		_ = os.Remove(filepath.Dir(file)) // of the workload, once it is empty
	}
	return errors.Join(errs...)
}

func endpointFailed(path string, err error) error {
	return &drill.Error{Name: drill.EndpointFailed, What: "write the endpoint " + path, Err: err, Hint: "see that the state folder can be written and the disk is not full"}
}

func notRecovered(job recoverystep.Job) error {
	return &drill.Error{
		Name: "NotRecovered", What: fmt.Sprintf("step %s is about %s, which no step of this recovery has recovered", job.Step.Node.ID, job.Step.Spec.Database),
		Hint: "have it come after the step that restores the database (after:)",
	}
}
