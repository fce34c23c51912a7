package record

import (
	"net/url"
	"strings"
)

// ChainOf names the chain of what has these names, whatever they are: no two
// lists of names make one chain.
func ChainOf(names ...string) string {
	escaped := make([]string, len(names))
	for i, name := range names {
		escaped[i] = url.PathEscape(name)
	}
	return strings.Join(escaped, "/")
}
