package ui

import (
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// Shown makes a message fit for a terminal. Its lines stay: a plan's mistakes are
// a list.
func Shown(message string) string {
	const longest = 8 << 10
	var lines []string
	for line := range strings.Lines(message) {
		lines = append(lines, printable.Text(strings.TrimRight(line, "\r\n"), longest))
	}
	return strings.Join(lines, "\n")
}
