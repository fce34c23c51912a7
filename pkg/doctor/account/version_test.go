package account

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/onbehalf"
)

func TestDifferencesOfTemplates(t *testing.T) {
	const here = `{"Description":"Ünique","Resources":{"A":{"Type":"T","Properties":{"N":"ü"}},"V":{"Type":"AWS::Lambda::Version"},"B":{"Type":"T"}},"Outputs":{"O":{"Value":1}}}`
	for name, c := range map[string]struct {
		reason, there string
		want          []string
	}{
		"same":    {"how it is written does not count, nor what CloudFormation cannot give back", "{\n" + `"Outputs":{"O":{"Value":1}},"Description":"?nique","Resources":{"B":{"Type":"T"},"V":{"Type":"AWS::Lambda::Version"},"A":{"Properties":{"N":"?"},"Type":"T"}}}`, nil},
		"changed": {"what was made comes first", `{"Description":"x","Resources":{"A":{"Type":"T","Properties":{"N":"u"}},"W":{"Type":"AWS::Lambda::Version"}},"Outputs":{}}`, []string{"A", "B", "V", "W", "Description", "the output O"}},
		"nothing": {"another stack of that name", `{}`, []string{"A", "B", "V", "Description", "the output O"}},
	} {
		got, err := differences([]byte(here), []byte(c.there))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s:\n%s", name, c.reason, diff)
		}
	}
	if _, err := differences([]byte(here), []byte("Resources:\n  A:")); err == nil {
		t.Error("a template that is no JSON was compared")
	}
}

func TestTheVersionOfAnOlderDeployment(t *testing.T) {
	got := toldVersion([]byte(`{"Resources":{"F":{"Type":"AWS::Lambda::Function","Properties":{"Environment":{"Variables":{"LIFEBOAT_VERSION":"0.4.1"}}}}}}`))
	if got != "0.4.1" || toldVersion([]byte("no JSON")) != "" || toldVersion([]byte("{}")) != "" {
		t.Error(got)
	}
}

// What a call is asked is proven by a drill that made it.
func TestDrillsThatProve(t *testing.T) {
	of := func(kind string) drillevidence.Document {
		if kind == "" {
			return drillevidence.Document{}
		}
		return drillevidence.Document{RecoveryPoint: &drillevidence.RecoveryPoint{Kind: kind}}
	}
	for name, c := range map[string]struct {
		on, kind string
		want     bool
	}{
		"resource":             {"AWS::Lambda::Function", "", true},
		"snapshot":             {fromSnapshot, "rds-snapshot-automated", true},
		"snapshot by time":     {fromSnapshot, "rds-pitr", false},
		"time":                 {toPoint, "rds-pitr-replicated", true},
		"time by snapshot":     {toPoint, "rds-snapshot-automated", false},
		"nothing was restored": {toPoint, "", false},
		"a call of no restore": {"rds:ModifyDBInstance", "rds-pitr", false},
	} {
		if got := through(onbehalf.Row{On: c.on}, of(c.kind)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
