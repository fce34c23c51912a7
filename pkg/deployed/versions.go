package deployed

import (
	"regexp"
	"slices"
)

// Version is one published version of a function.
type Version struct {
	Function string `json:"function"` // physical name
	Number   int    `json:"version"`  // counts up with every publication
	ARN      string `json:"arn"`
}

// kept is how many of the newest versions of a function stay in any case: what
// was deployed before can be deployed again, and an event that Lambda still
// retries finds its version.
const kept = 3

// Superfluous are the versions of one function that nothing can use any more:
// none of the newest three, and none that is used. The newest one is what is
// deployed.
func Superfluous(versions []Version, used map[string]bool) []Version {
	sorted := slices.SortedFunc(slices.Values(versions), func(a, b Version) int { return b.Number - a.Number })
	if len(sorted) <= kept {
		return nil
	}
	return slices.DeleteFunc(sorted[kept:], func(v Version) bool { return used[v.ARN] })
}

var versionRE = regexp.MustCompile(`arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+:[0-9]+`)

// VersionsIn are the versions of functions that the definition of a state
// machine calls.
func VersionsIn(definition string) []string { return versionRE.FindAllString(definition, -1) }
