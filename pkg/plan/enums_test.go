package plan

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The tags of the JSON Schema cannot name constants: they say what the tables
// say.
func TestEnumsOfTheSchema(t *testing.T) {
	for _, c := range []struct {
		of    any
		field string
		want  []string
	}{
		{Drill{}, "Scenario", Scenarios},
		{Workload{}, "Topology", Topologies},
		{Backup{}, "Immutability", []string{ImmutabilityNone, ImmutabilityGovernance, ImmutabilityCompliance, ImmutabilityAirGapped}},
		{Backup{}, "PointInTime", []string{PointInTimeNone, PointInTimeNative, PointInTimeReplicated}},
		{DatabaseBackup{}, "PointInTime", []string{PointInTimeNone, PointInTimeNative, PointInTimeReplicated}},
		{DumpBucket{}, "ObjectLock", []string{ImmutabilityNone, ImmutabilityGovernance, ImmutabilityCompliance}},
	} {
		field, found := reflect.TypeOf(c.of).FieldByName(c.field)
		if !found {
			t.Fatal(c.field)
		}
		var got []string
		for part := range strings.SplitSeq(field.Tag.Get("jsonschema"), ",") {
			if value, enum := strings.CutPrefix(part, "enum="); enum {
				got = append(got, value)
			}
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(c.want)), slices.Sorted(slices.Values(got))); diff != "" {
			t.Errorf("%s (-table +tag):\n%s", c.field, diff)
		}
	}
}
