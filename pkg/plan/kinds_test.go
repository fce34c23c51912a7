package plan

import (
	"slices"
	"testing"
)

func TestKinds(t *testing.T) {
	for name, c := range map[string]struct {
		reason                  string
		drillable, onAWS, reads bool
		login                   string
	}{
		KindPostgres:      {"its backups are files of this machine", true, false, true, ""},
		KindRDSInstance:   {"deep reads fetch every block from S3", true, true, false, LoginManagedPassword},
		KindAuroraCluster: {"its drills are to come", false, true, false, LoginManagedPassword},
		KindDynamoDBTable: {"nobody logs in to a table", false, true, false, ""},
		"oracle":          {"one that nobody knows can do nothing", false, false, false, ""},
	} {
		k := KindOf(name)
		if k.Drillable != c.drillable || k.OnAWS != c.onAWS || k.DeepReads != c.reads || k.Login != c.login {
			t.Errorf("%s: %s: %+v", name, c.reason, k)
		}
	}
	if got := KindNames(Drillable); !slices.Equal(got, []string{KindPostgres, KindRDSInstance}) {
		t.Errorf("drillable: %v", got)
	}
	if got := KindNames(DrilledOnAWS); !slices.Equal(got, []string{KindRDSInstance}) {
		t.Errorf("drilled by a deployment: %v", got)
	}
}
