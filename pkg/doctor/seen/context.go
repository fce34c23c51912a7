package seen

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ContextEntry is a condition key with its values as IAM's simulator takes them,
// and as its command line does.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ContextEntry.html
type ContextEntry struct {
	ContextKeyName   string
	ContextKeyType   string
	ContextKeyValues []string
}

// Entries of a context, by their keys.
func (q Asked) Entries() (list []ContextEntry) {
	for _, key := range slices.Sorted(maps.Keys(q.Context)) {
		if values, is := q.Context[key].([]string); is {
			list = append(list, ContextEntry{key, "stringList", values})
			continue
		}
		value := fmt.Sprint(q.Context[key])
		list = append(list, ContextEntry{key, typeOf(key, value), []string{value}})
	}
	return list
}

// numeric and dates are keys of S3's that are compared as such.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys
var (
	numeric = []string{"s3:max-keys", "s3:object-lock-remaining-retention-days"}
	dates   = []string{"s3:object-lock-retain-until-date"}
)

func typeOf(key, value string) string {
	_, _, tagged := strings.Cut(key, "/") // a tag is a text, whatever it says
	switch {
	case slices.Contains(numeric, key):
		return "numeric"
	case slices.Contains(dates, key):
		return "date"
	case !tagged && (value == "true" || value == "false"):
		return "boolean"
	}
	return "string"
}
