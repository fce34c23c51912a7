package drillstep

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// ByKind is one adapter for each kind of database, by the kind's name: a step
// reaches the one that a spec's Kind names, and knows no kind itself.
type ByKind[T any] map[string]T

// Of is the adapter of a kind. Errors: InvalidInput, which lists the kinds that
// there are adapters for.
func (b ByKind[T]) Of(kind string) (T, error) {
	adapter, known := b[kind]
	if !known {
		return adapter, &drill.Error{
			Name: drill.InvalidInput, What: fmt.Sprintf("nothing here drills databases of kind %q", kind),
			Hint: "there are adapters for " + strings.Join(b.Kinds(), ", ") + "; see that the plan and lifeboat are of one version",
		}
	}
	return adapter, nil
}

// Kinds are the names of the kinds that there are adapters for, sorted.
func (b ByKind[T]) Kinds() []string { return slices.Sorted(maps.Keys(b)) }
