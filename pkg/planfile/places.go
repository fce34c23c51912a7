package planfile

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// find is the key and the value at a path; nil where the file has none. Of a key
// that stands twice it is the first.
func (d *decoder) find(path string) (key, value *yaml.Node) {
	if d.root == nil {
		return nil, nil
	}
	if path == "" {
		return nil, d.root
	}
	return within(d.root, path)
}

func within(n *yaml.Node, path string) (key, value *yaml.Node) {
	n = resolved(n)
	switch {
	case n.Kind == yaml.SequenceNode && strings.HasPrefix(path, "["):
		number, rest, _ := strings.Cut(path[1:], "]")
		i, err := strconv.Atoi(number)
		if err != nil || i < 0 || i >= len(n.Content) {
			return nil, nil
		}
		return below(nil, n.Content[i], rest)
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			// A key may have dots and brackets of its own: those of tags, and settings.
			rest, is := strings.CutPrefix(path, n.Content[i].Value)
			if !is || rest != "" && rest[0] != '.' && rest[0] != '[' {
				continue
			}
			if key, value := below(n.Content[i], n.Content[i+1], rest); value != nil {
				return key, value
			}
		}
	}
	return nil, nil
}

func below(key, value *yaml.Node, rest string) (*yaml.Node, *yaml.Node) {
	if rest == "" {
		return key, value
	}
	return within(value, strings.TrimPrefix(rest, "."))
}

// keysSeen are those of one mapping so far. Most have a few, for which looking at
// each is quicker than a map.
type keysSeen struct {
	few  []*yaml.Node
	many map[string]*yaml.Node
}

const fewKeys = 16

// add returns the earlier key of the same name; nil where there is none.
func (s *keysSeen) add(key *yaml.Node) *yaml.Node {
	if s.many != nil {
		if earlier := s.many[key.Value]; earlier != nil {
			return earlier
		}
		s.many[key.Value] = key
		return nil
	}
	for _, earlier := range s.few {
		if earlier.Value == key.Value {
			return earlier
		}
	}
	if s.few = append(s.few, key); len(s.few) > fewKeys {
		s.many = map[string]*yaml.Node{}
		for _, key := range s.few {
			s.many[key.Value] = key
		}
	}
	return nil
}
