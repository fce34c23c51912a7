package rds

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// defaultLate is how long after the request RDS may not show an instance yet,
// where the spec has no limit of its own.
const defaultLate = 15 * time.Minute

// noCapacity is the state of a copy that AWS had taken on and has no machine for.
const noCapacity = "insufficient-capacity"

// RestoreStatus looks at the copy once. Not to find it soon after the request
// is no failure: RDS shows it late. It is available when it takes connections
// and is as it was asked for; a state that no restore leaves, or a copy that
// is open to others, ends the drill at once. Errors: RestoreFailed, NoCapacity,
// Throttled, Transient.
func (a *Adapter) RestoreStatus(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (drill.RestoreStatus, error) {
	s, err := source(spec)
	if err != nil {
		return drill.RestoreStatus{}, err
	}
	instance, err := a.instance(ctx, s.Region(), res.ID)
	now := a.options.Clock.Now()
	if is(err, "DBInstanceNotFound") {
		return unseen(spec, res, now)
	}
	if err != nil {
		return drill.RestoreStatus{}, named(drill.Transient, err, "looking at instance %s in %s", res.ID, s.Region())
	}
	status := drill.RestoreStatus{Status: aws.ToString(instance.DBInstanceStatus), ObservedAt: now}
	if end, ended := dead[status.Status]; ended {
		name := drill.RestoreFailed
		if status.Status == noCapacity {
			name = drill.NoCapacity
		}
		return drill.RestoreStatus{}, &drill.Error{
			Name: name, What: fmt.Sprintf("instance %s is %s: %s", res.ID, status.Status, end.means), Hint: end.hint,
		}
	}
	if !serving[status.Status] || instance.Endpoint == nil {
		return status, nil
	}
	if err := assertPosture(*instance, run, s); err != nil {
		return drill.RestoreStatus{}, err
	}
	status.Available = true
	status.Findings = hydration(*instance)
	if a.options.LookUpEvents {
		status.AvailableAt = a.availableAt(ctx, s.Region(), res)
	}
	return status, nil
}

// unseen is an instance that RDS does not show: not yet, or not any more.
func unseen(spec drill.Spec, res drill.Resource, now time.Time) (drill.RestoreStatus, error) {
	late := cmp.Or(drill.Seconds(spec.Limits.LateCreationSeconds), defaultLate)
	if !res.CreatedAt.IsZero() && now.Sub(res.CreatedAt) > late {
		return drill.RestoreStatus{}, &drill.Error{
			Name: drill.RestoreFailed, What: fmt.Sprintf("instance %s cannot be found %s after the request", res.ID, now.Sub(res.CreatedAt).Round(time.Second)),
			Hint: "it was removed, or never made: CloudTrail says (RestoreDBInstance..., DeleteDBInstance)",
		}
	}
	return drill.RestoreStatus{Status: "creating", ObservedAt: now}, nil
}

// hydration tells that blocks are still being loaded from S3: reads are slower
// than a recovered database's would be later. The fields are absent when idle.
func hydration(i types.DBInstance) []drill.Finding {
	state := aws.ToString(i.StorageOperationStatus)
	if state == "" {
		return nil
	}
	what := fmt.Sprintf("the storage of instance %s is %s", aws.ToString(i.DBInstanceIdentifier), state)
	f := drill.Finding{Severity: drill.Info, Code: "StorageInitializing", Hint: "first reads are slow until it is loaded, so the checks take longer than they would later"}
	if i.StorageOperationPercentProgress != nil {
		f.Figure = float64(*i.StorageOperationPercentProgress)
		what += fmt.Sprintf(", %d%% done", *i.StorageOperationPercentProgress)
	}
	f.What = what
	return []drill.Finding{f}
}
