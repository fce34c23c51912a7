package answer

import "strings"

// QuoteIdentifier makes any name safe inside a statement.
func QuoteIdentifier(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
