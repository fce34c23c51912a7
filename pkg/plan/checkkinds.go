package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// CheckSQL is the kind of a check that does not name one.
const CheckSQL = "sql"

// checkKinds is what a check of the plan may be, with what is asked of its other
// keys: a new kind is one entry. Whether the engine of a database can be asked it
// is said when it is: see pkg/check.
var checkKinds = map[string]func(v *validator, path string, c Check){
	CheckSQL: (*validator).sqlCheck,
}

// CheckKinds are the names that kind of a check may have, sorted.
func CheckKinds() []string { return slices.Sorted(maps.Keys(checkKinds)) }

// KindName is the kind of a check, also of one that does not name it.
func (c Check) KindName() string { return cmp.Or(c.Kind, CheckSQL) }

// check refuses a kind that nobody knows, and looks at no other key of it then:
// which it needs is not known either.
func (v *validator) check(path string, c Check) {
	ask := checkKinds[c.KindName()]
	if ask == nil {
		v.add(path+".kind", fmt.Sprintf("%q is no kind of check", c.Kind), "nobody could ask it, and what is not asked proves nothing",
			"known: "+strings.Join(CheckKinds(), ", ")+". Deep reads and amcheck are switched on under builtinChecks, a function of your own stands under customCheck")
		return
	}
	ask(v, path, c)
}

func (v *validator) sqlCheck(path string, c Check) {
	v.sql(path+".sql", c.SQL)
	v.expect(path+".expect", c.Expect)
}
