package eventbridge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Transformer makes what a target gets out of an event: values are taken out of it
// by paths, and put into a template where <name> stands. What the event does not
// have is an empty text.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
type Transformer struct {
	Paths    map[string]string // $.detail.state, by name
	Template string            // a text in quotes, or an object
}

var (
	pathRE        = regexp.MustCompile(`^\$(\.[A-Za-z0-9_-]+)*$`)
	placeholderRE = regexp.MustCompile(`<([A-Za-z0-9_-]+)>`)
)

// maxPaths of a transformer.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html
const maxPaths = 100

func (t *Transformer) check() error {
	if t.Template == "" || len(t.Paths) > maxPaths {
		return fmt.Errorf("an input transformer has a template, and %d paths at most", maxPaths)
	}
	for name, path := range t.Paths {
		if strings.HasPrefix(name, "AWS") {
			return fmt.Errorf("the key %s of the input paths begins with AWS", name)
		}
		if !pathRE.MatchString(path) {
			return wire.Unknown("events: the input path %q", path)
		}
	}
	for _, m := range placeholderRE.FindAllStringSubmatch(t.Template, -1) {
		if strings.HasPrefix(m[1], "aws") {
			return wire.Unknown("events: the variable <%s>", m[1])
		}
		if _, there := t.Paths[m[1]]; !there {
			return fmt.Errorf("the input template has <%s>, of which there is no path", m[1])
		}
	}
	return nil
}

// transform fills the template. Inside of quotes a value is put as its text.
func (t *Transformer) transform(event []byte) ([]byte, error) {
	var document any
	if err := json.Unmarshal(event, &document); err != nil {
		return nil, err
	}
	var made bytes.Buffer
	quoted := false
	for rest := t.Template; rest != ""; {
		if m := placeholderRE.FindStringSubmatchIndex(rest); m != nil && m[0] == 0 {
			value := at(document, t.Paths[rest[m[2]:m[3]]])
			text, err := json.Marshal(value)
			if err != nil {
				return nil, err
			}
			if quoted {
				if is, ok := value.(string); ok || value == nil {
					text, _ = json.Marshal(is) // a text always encodes
				} else {
					text, _ = json.Marshal(string(text))
				}
				text = text[1 : len(text)-1]
			}
			made.Write(text)
			rest = rest[m[1]:]
			continue
		}
		switch {
		case rest[0] == '\\' && len(rest) > 1:
			made.WriteString(rest[:2])
			rest = rest[2:]
			continue
		case rest[0] == '"':
			quoted = !quoted
		}
		made.WriteByte(rest[0])
		rest = rest[1:]
	}
	if !json.Valid(made.Bytes()) {
		return nil, fmt.Errorf("the input template makes no JSON: %s", made.Bytes())
	}
	return made.Bytes(), nil
}

func at(value any, path string) any {
	for _, name := range strings.Split(path, ".")[1:] {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}
