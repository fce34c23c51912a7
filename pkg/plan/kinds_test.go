package plan

import (
	"reflect"
	"slices"
	"testing"
)

func TestKinds(t *testing.T) {
	for name, c := range map[string]struct {
		reason                  string
		drillable, onAWS, reads bool
		login                   string
	}{
		KindPostgres:    {"its backups are files of this machine", true, false, true, ""},
		KindRDSInstance: {"deep reads fetch every block from S3", true, true, false, LoginManagedPassword},
		"oracle":        {"one that nobody knows can do nothing", false, false, false, ""},
	} {
		k := KindOf(name)
		if k.Drillable != c.drillable || k.OnAWS != c.onAWS || k.DeepReads != c.reads || k.Login != c.login {
			t.Errorf("%s: %s: %+v", name, c.reason, k)
		}
	}
}

// What a kind that can be drilled needs in this package; whoever forgets one of
// these has a plan that is refused, or a block that means nothing.
func TestEveryDrillableKindIsComplete(t *testing.T) {
	database := reflect.TypeFor[Database]()
	for _, name := range KindNames(Drillable) {
		k := KindOf(name)
		if validators[name] == nil || k.Block == "" {
			t.Errorf("%s: no validator, or no block", name)
			continue
		}
		field, found := fieldOf(database, k.Block)
		if !found {
			t.Errorf("%s: a database has no block %s", name, k.Block)
			continue
		}
		var keys []string
		for i := range field.Type.Elem().NumField() {
			keys = append(keys, field.Type.Elem().Field(i).Tag.Get("yaml"))
		}
		if !slices.Equal(slices.Sorted(slices.Values(keys)), slices.Sorted(slices.Values(k.Keys))) {
			t.Errorf("%s: the block has %v, the table %v", name, keys, k.Keys)
		}
		var d Database
		d.Name, d.Kind = "d", name
		reflect.ValueOf(&d).Elem().FieldByIndex(field.Index).Set(reflect.New(field.Type.Elem()))
		if left := reflect.ValueOf(d.folded()).FieldByIndex(field.Index); !left.IsNil() {
			t.Errorf("%s: a normalised plan still has the block", name)
		}
		for _, other := range KindNames(Drillable) {
			if KindOf(other).Block == k.Block {
				continue
			}
			d.Kind = other
			v := &validator{}
			v.foreignBlocks("d", d)
			if len(v.problems) != 1 {
				t.Errorf("%s: its block in a database of kind %s is not refused", name, other)
			}
		}
	}
	if got := len(validators); got != len(KindNames(Drillable)) {
		t.Errorf("%d validators", got)
	}
}

func fieldOf(of reflect.Type, key string) (reflect.StructField, bool) {
	for i := range of.NumField() {
		if f := of.Field(i); f.Tag.Get("yaml") == key && f.Type.Kind() == reflect.Pointer {
			return f, true
		}
	}
	return reflect.StructField{}, false
}
