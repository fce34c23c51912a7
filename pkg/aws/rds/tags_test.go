package rds

import (
	"testing"

	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// The plan's tags come behind ours, which stay what they are, and in one order.
func TestTagsOfThePlanArePassed(t *testing.T) {
	f, spec, point := ready(t)
	spec.Place.Tags = map[string]string{"Team": "payments", "CostCenter": "4711"}
	if _, err := start(f, spec, point); err != nil {
		t.Fatal(err)
	}
	sent := f.refuge.restored[0].(*awsrds.RestoreDBInstanceFromDBSnapshotInput).Tags
	own := len(deployed.CopyTags)
	var got []string
	for _, tag := range sent[own:] {
		got = append(got, *tag.Key+"="+*tag.Value)
	}
	if diff := cmp.Diff([]string{"CostCenter=4711", "Team=payments"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i, tag := range tagsOf(run, now, true, refugeKey) {
		if *sent[i].Key != *tag.Key || *sent[i].Value != *tag.Value {
			t.Errorf("%s=%s instead of %s=%s", *sent[i].Key, *sent[i].Value, *tag.Key, *tag.Value)
		}
	}
	made := copyInstance(func(i *types.DBInstance) { i.TagList = sent })
	if !ours(*made, run) {
		t.Error("a copy with the plan's tags is not known as ours")
	}
	alone := copyInstance(func(i *types.DBInstance) { i.TagList = sent[own:] })
	if ours(*alone, run) {
		t.Error("the plan's tags alone make an instance ours")
	}
}

func TestRefusalOfTheOrganisationSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct{ reason, message, hint string }{
		"organisation": {"no role can be allowed it", "User: x is not authorized to perform: rds:RestoreDBInstanceFromDBSnapshot on resource: y with an explicit deny in a service control policy", tagsHint},
		"role":         {"the role lacks it", "User: x is not authorized to perform: rds:RestoreDBInstanceFromDBSnapshot on resource: y because no identity-based policy allows it", hints["AccessDenied"]},
	} {
		f, spec, point := ready(t)
		f.refuge.fail["RestoreDBInstanceFromDBSnapshot"] = []error{&smithy.GenericAPIError{Code: "AccessDenied", Message: c.message}}
		_, err := start(f, spec, point)
		if e := wantError(t, err, drill.RestoreRefused); e.Hint != c.hint {
			t.Errorf("%s: %s: %q", name, c.reason, e.Hint)
		}
	}
}
