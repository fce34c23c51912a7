package local

import (
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// recordsIn are the run records of a folder: a file for each run, <run>.jsonl.
func recordsIn(dir string) drillstep.Journal {
	return drillstep.FactsIn(record.JournalFolder{Dir: dir})
}

// fileName makes a "workload/database" safe as one path element.
func fileName(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
			return c
		}
		return '_'
	}, name)
}
