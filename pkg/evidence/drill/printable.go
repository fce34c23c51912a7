package drillevidence

import "github.com/lifeboat-dr/lifeboat/pkg/evidence/page"

// Printable makes every text in a document, or in what was made of one, fit to
// be shown: see page.Printable.
func Printable[T any](v *T) { page.Printable(v) }
