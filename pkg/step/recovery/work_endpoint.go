package recoverystep

// What RunStep needs of IAM for this kind, in the recovery region:
//
//	exercise: ssm:PutParameter, GetParameter, AddTagsToResource on parameter/lifeboat-<deployment>/exercise/*;
//	          secretsmanager:CreateSecret, DescribeSecret, PutSecretValue, GetSecretValue, TagResource on secret:lifeboat-<deployment>/exercise/*
//	          ssm:ListTagsForResource and secretsmanager:DescribeSecret on what a failover writes
//	failover: ssm:ListTagsForResource and the same on parameter/lifeboat-<deployment>/endpoint/* and secret:lifeboat-<deployment>/endpoint/*, and
//	          secretsmanager:RestoreSecret
//	RemoveThrowaways: ssm:DeleteParameter, GetParameter, ListTagsForResource; secretsmanager:DeleteSecret, DescribeSecret on exercise/* (exercise role)

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Announcements are where applications read which database they use: values by name.
type Announcements interface {
	// Announce writes a value and returns where: an ARN. tags are given where it is new;
	// one that is there already must carry them, or is not touched: EndpointFailed. A
	// second call with the same value changes nothing.
	Announce(ctx context.Context, name, value string, tags map[string]string) (arn string, err error)
	// Announced reads it back.
	Announced(ctx context.Context, name string) (string, error)
	// Foreign says why Announce would not touch what is there; "": it would, or there
	// is nothing.
	Foreign(ctx context.Context, name string, tags map[string]string) (why string, err error)
}

// Stores of a recovered database's endpoint, as the plan names them.
const (
	StoreParameter = "ssm"
	StoreSecret    = "secretsmanager"
)

// WorkEndpoint writes where the recovered database answers, and where its
// credentials are kept, into the recovery region's own store: the application finds
// its database without any control plane, and without a deployment. It reads back
// what it wrote.
type WorkEndpoint struct {
	Names  deployed.Names
	Stores map[string]Announcements // by Store*
}

// announcing is the state of a WorkEndpoint: what is written is in the record before
// it is, since an application may read it whatever becomes of the step. An exercise
// finds what it wrote by name.
type announcing struct {
	Begun bool `json:"begun,omitempty"`
}

// Announced is what an application reads. Its members are API.
type Announced struct {
	recovery.Access
	Recovery string `json:"recovery"` // id of the run that wrote it
	Step     string `json:"step"`     // id of the step
}

func (w WorkEndpoint) Do(ctx context.Context, job Job) (Progress, error) {
	recovered := job.Recovered()
	if recovered == nil || recovered.Endpoint == nil {
		return w.nowhere(job, recovered)
	}
	store := w.Stores[job.Step.Spec.Store]
	if store == nil {
		return Progress{}, &drill.Error{Name: drill.InvalidInput, What: fmt.Sprintf("step %s: nothing is kept in %q", job.Step.Node.ID, job.Step.Spec.Store), Hint: "store is ssm or secretsmanager"}
	}
	text, err := json.Marshal(Announced{Access: *recovered.Endpoint, Recovery: job.Run.ID, Step: job.Step.Node.ID})
	if err != nil {
		return Progress{}, fmt.Errorf("writing an endpoint down: %w", err)
	}
	name, kind := w.name(job)
	begun, err := stateOf[announcing](job)
	if err != nil {
		return Progress{}, err
	}
	if !begun.Begun && !job.exercising() {
		return againAt(announcing{Begun: true}, job.Now, &recovery.Result{Says: "writing " + name, Resources: []recovery.Resource{{Kind: kind, ID: name, Unsure: true}}})
	}
	arn, err := store.Announce(ctx, name, string(text), tagsOf(job))
	if err != nil {
		return Progress{}, step.Named(drill.EndpointFailed, err, "writing %s", name)
	}
	if read, err := store.Announced(ctx, name); err != nil {
		return Progress{}, step.Named(drill.EndpointFailed, err, "reading %s back", name)
	} else if read != string(text) {
		return Progress{}, &drill.Error{
			Name: drill.EndpointFailed, What: fmt.Sprintf("%s does not say what was written to it: somebody else writes it too", name),
			Hint: "CloudTrail says who (PutParameter, PutSecretValue); retry the step once that has ended",
		}
	}
	return doneWith(recovery.Result{
		Deviation: w.forReal(ctx, job, store),
		Says:      fmt.Sprintf("%s says that %s answers at %s:%d", name, job.Step.Spec.Database, recovered.Endpoint.Host, recovered.Endpoint.Port),
		Resources: []recovery.Resource{{Kind: kind, ID: name, ARN: arn, Throwaway: job.exercising()}},
		Endpoint:  recovered.Endpoint,
	})
}

// forReal is what an exercise finds of the name that a failover would write; "":
// nothing. It writes nothing there, and reads no value.
func (w WorkEndpoint) forReal(ctx context.Context, job Job, store Announcements) string {
	if !job.exercising() {
		return ""
	}
	failover := job
	failover.Run.Mode = recovery.Failover
	name, _ := w.name(failover)
	why, err := store.Foreign(ctx, name, tagsOf(failover))
	switch {
	case err != nil:
		return "whether a failover could write its own was not seen: " + err.Error()
	case why != "":
		return "a failover would not touch it: " + why
	}
	return ""
}

// nowhere is where the run did not recover the database.
func (w WorkEndpoint) nowhere(job Job, recovered *recovery.Result) (Progress, error) {
	if recovered != nil && recovered.Unproven != "" {
		return leftUnproven("no endpoint was written", "the exercise made no database "+job.Step.Spec.Database+" that one could point to: "+recovered.Unproven)
	}
	return Progress{}, &drill.Error{
		Name: drill.EndpointFailed, What: fmt.Sprintf("step %s: this run recovered no database %s", job.Step.Node.ID, job.Step.Spec.Database),
		Hint: "the step that recovers it was skipped: write the endpoint by hand, and skip this one too",
	}
}

// name of what is written, and its kind.
func (w WorkEndpoint) name(job Job) (name, kind string) {
	return EndpointOf(w.Names, job.Run, job.Step)
}

// EndpointOf is what an endpoint step writes, and its kind as a resource: it follows
// from the run and the step alone.
func EndpointOf(names deployed.Names, run recovery.Run, s recovery.Record) (name, kind string) {
	workload, database, _ := strings.Cut(s.Spec.Database, "/")
	throwaway := ThrowawayOf(run, s.Node.ID)
	secret := s.Spec.Store == StoreSecret
	switch exercise := run.Mode != recovery.Failover; {
	case exercise && secret:
		return names.ExerciseEndpointSecret(throwaway), ResourceSecret
	case exercise:
		return names.ExerciseEndpointParameter(throwaway), ResourceParameter
	case secret:
		return names.EndpointSecret(workload, database), ResourceSecret
	}
	return names.EndpointParameter(workload, database), ResourceParameter
}

// tagsOf what a step makes besides databases.
func tagsOf(job Job) map[string]string {
	if job.exercising() {
		return exerciseTags(job.Run)
	}
	return map[string]string{deployed.TagDeployment: job.Run.Deployment, deployed.TagPurpose: deployed.PurposeRecovered}
}

// exerciseTags are those of everything that an exercise makes.
func exerciseTags(run recovery.Run) map[string]string {
	return map[string]string{deployed.TagDeployment: run.Deployment, deployed.TagExecution: run.First, deployed.TagRun: run.ID}
}
