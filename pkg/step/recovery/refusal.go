package recoverystep

import "github.com/lifeboat-dr/lifeboat/pkg/drill"

// refusal is an error that is kept in the state of a step.
type refusal struct {
	Name drill.ErrorName `json:"name"`
	What string          `json:"what"`
	Hint string          `json:"hint,omitempty"`
}

func refusalOf(err error) *refusal {
	return &refusal{Name: drill.NameOf(err), What: err.Error(), Hint: drill.HintOf(err)}
}

func (r refusal) error() error { return &drill.Error{Name: r.Name, What: r.What, Hint: r.Hint} }
