package rounds

import (
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Warned is a finding, and of which databases it is true: their number, and the
// names of the first.
type Warned struct {
	drill.Finding
	Count     int      `json:"count"`
	Databases []string `json:"databases"`
}

// maxNamed keeps a finding about a fleet readable.
const maxNamed = 20

// warned gathers what is said of the databases, in the order of the plan.
func warned(specs []drill.Spec, of func(drill.Spec) []drill.Finding) []Warned {
	type said struct{ code, what string }
	var list []Warned
	at := map[said]int{}
	for _, spec := range specs {
		for _, f := range of(spec) {
			i, known := at[said{f.Code, f.What}]
			if !known {
				i, list = len(list), append(list, Warned{Finding: f})
				at[said{f.Code, f.What}] = i
			}
			if list[i].Count++; list[i].Count <= maxNamed {
				list[i].Databases = append(list[i].Databases, spec.Name())
			}
		}
	}
	return list
}
