package cloudformation

import (
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
)

// inOrder puts resources of one type behind those of it that they refer to, as
// composite alarms do; the others stay in the order of their ids.
func inOrder(t *cfn.Template, ids []string) []string {
	var ordered, open []string
	var visit func(id string)
	visit = func(id string) {
		if slices.Contains(ordered, id) || slices.Contains(open, id) { // a circle is the template's mistake, and is told where it is read
			return
		}
		open = append(open, id)
		for _, other := range ids {
			if other != id && refersTo(t.Resources[id].Properties, other) {
				visit(other)
			}
		}
		ordered = append(ordered, id)
	}
	for _, id := range ids {
		visit(id)
	}
	return ordered
}

func refersTo(value any, id string) bool {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if list, is := inner.([]any); name == "Fn::GetAtt" && is && len(list) > 0 && list[0] == id || name == "Ref" && inner == id || refersTo(inner, id) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(inner any) bool { return refersTo(inner, id) })
	}
	return false
}
