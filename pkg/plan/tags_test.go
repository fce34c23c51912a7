package plan

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// tagged is a plan of two databases on AWS, of which the second has tags of its
// own.
func tagged() Plan {
	database := func(name string, tags map[string]string) Database {
		return Database{Name: name, Kind: KindRDSInstance, Source: name, Drill: Drill{Tags: tags}}
	}
	return Plan{Tags: map[string]string{"CostCenter": "4711", "Team": "payments"}, Workloads: []Workload{{Name: "w", Databases: []Database{
		database("a", nil), database("b", map[string]string{"CostCenter": "4712", "Note": ""}), {Name: "c", Kind: KindPostgres},
	}}}}
}

func TestTagsOfADatabaseStandInThePlaceOfThePlans(t *testing.T) {
	p := tagged()
	for i, want := range []map[string]string{
		{"CostCenter": "4711", "Team": "payments"},
		{"CostCenter": "4712", "Team": "payments", "Note": ""},
	} {
		if diff := cmp.Diff(want, p.TagsOf(p.Workloads[0].Databases[i])); diff != "" {
			t.Errorf("database %d (-want +got):\n%s", i, diff)
		}
	}
	if p.Tags["CostCenter"] != "4711" {
		t.Error("the plan's own tags were changed")
	}
	if tags := (Plan{}).TagsOf(Database{}); tags != nil {
		t.Errorf("a plan without tags has %v", tags)
	}
}

func TestTagsOfAllCopies(t *testing.T) {
	want := []CopyTag{
		{Key: "CostCenter", Values: []string{"4711", "4712"}, Every: true},
		{Key: "Note", Values: []string{""}},
		{Key: "Team", Values: []string{"payments"}, Every: true},
	}
	if diff := cmp.Diff(want, tagged().CopyTags()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if tags := samplePlan().CopyTags(); tags != nil {
		t.Errorf("a plan without tags has %v", tags)
	}
}

// The class that stands in the schema is what the services and IAM take, both.
func TestTagsTakeTheLettersAndDigitsOfLatin1(t *testing.T) {
	for r := range rune(0x250) {
		want := r <= '\u00FF' && (unicode.IsLetter(r) || unicode.IsNumber(r)) || strings.ContainsRune("_.:/=+-@", r)
		if got := tagRE.MatchString(string(r)); got != want {
			t.Errorf("%q is taken: %t", r, got)
		}
	}
}
