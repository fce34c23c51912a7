package catalog

import (
	"strings"
)

// tarStem returns the name without ".tar" or ".tar.gz".
func tarStem(name string) (string, bool) {
	for _, suffix := range []string{".tar", ".tar.gz", ".tgz"} {
		if stem, ok := strings.CutSuffix(name, suffix); ok {
			return stem, true
		}
	}
	return "", false
}

func isTarName(name, stem string) bool {
	found, ok := tarStem(name)
	return ok && found == stem
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// majorOf reads the major version at the front of "15.18 (Debian ...)".
func majorOf(version string) int {
	n := 0
	for _, r := range version {
		if r < '0' || r > '9' {
			break
		}
		n = n*10 + int(r-'0')
		if n > 1000 {
			return 0
		}
	}
	return n
}
