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

// maxSaid keeps the answer of a fleet within one line of a log.
const maxSaid = 200

// first are as many as an answer holds, and how many more there are.
func first(all []Warned) (list []Warned, left int) {
	if len(all) <= maxSaid {
		return all, 0
	}
	return all[:maxSaid], len(all) - maxSaid
}

// warned gathers what is said of the databases, in the order of the plan.
func warned(specs []drill.Spec, of func(drill.Spec) []drill.Finding) []Warned {
	var all warnings
	for _, spec := range specs {
		all.of(spec.Name(), of(spec))
	}
	return all.list
}

// warnings are what is said, the same of many databases once, in the order in which
// it first was.
type warnings struct {
	list []Warned
	at   map[said]int
}

type said struct{ code, what string }

// of adds what is said of a database.
func (w *warnings) of(database string, findings []drill.Finding) {
	for _, f := range findings {
		i, known := w.at[said{f.Code, f.What}]
		if !known {
			i = w.add(f)
		}
		if w.list[i].Count++; w.list[i].Count <= maxNamed {
			w.list[i].Databases = append(w.list[i].Databases, database)
		}
	}
}

// add adds what is of no database.
func (w *warnings) add(f drill.Finding) (at int) {
	if w.at == nil {
		w.at = map[said]int{}
	}
	w.at[said{f.Code, f.What}] = len(w.list)
	w.list = append(w.list, Warned{Finding: f})
	return len(w.list) - 1
}
