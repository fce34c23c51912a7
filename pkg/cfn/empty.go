package cfn

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Empty lists what must say something and says nothing: environment variables
// of functions, names, and ARNs with a part too few. AWS takes many of them, and
// what was deployed then does not start, or is another resource than was meant.
func (t Template) Empty() []string {
	var found []string
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		look(id, "", t.Resources[id].Properties, &found)
	}
	for _, id := range slices.Sorted(maps.Keys(t.Outputs)) {
		look("output "+id, "Value", t.Outputs[id].Value, &found)
	}
	return found
}

// look walks a value; property is the name that it has, "" in a list.
func look(path, property string, value any, found *[]string) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			inside := name
			if property == "Variables" || property == "DefinitionSubstitutions" {
				inside = "Name" // whatever they are called, none is empty
			}
			look(path+"."+name, inside, v[name], found)
		}
	case []any:
		for i := range v {
			look(fmt.Sprintf("%s[%d]", path, i), property, v[i], found)
		}
	case string:
		if v == "" && says(property) {
			*found = append(*found, path+" is empty")
		}
		for _, arn := range arnRE.FindAllString(v, -1) {
			if hollow(arn) {
				*found = append(*found, fmt.Sprintf("%s has %q, which names nothing", path, arn))
			}
		}
	}
}

// says tells whether a property must not be empty. The first argument of
// Fn::Join, which may be, is no property of these names.
func says(property string) bool {
	for _, end := range []string{"Name", "Arn", "ARN", "Id", "Ids", "Value", "Resource", "Endpoint"} {
		if strings.HasSuffix(property, end) {
			return true
		}
	}
	return false
}

// arnRE finds ARNs in a text. One that Fn::Join puts together has its partition
// from elsewhere, and is not seen.
var arnRE = regexp.MustCompile(`arn:[a-z-]*:[^"'\s,]*`)

// hollow ARNs lack their partition, service or resource, or end in a name that
// was left out. Buckets, the integrations of Step Functions and the universal
// targets of EventBridge Scheduler have no region and no account, roles no region.
func hollow(arn string) bool {
	part := strings.SplitN(arn, ":", 6)
	if len(part) < 6 {
		return true
	}
	resource := part[5]
	if part[2] == "scheduler" && strings.HasPrefix(resource, "aws-sdk:") {
		return part[1] == "" || strings.Count(resource, ":") != 2 || strings.HasSuffix(resource, ":")
	}
	return part[1] == "" || part[2] == "" || resource == "" || strings.HasSuffix(resource, "/") || strings.HasSuffix(resource, ":") ||
		part[3] == "" && !slices.Contains([]string{"iam", "s3", "states"}, part[2]) ||
		part[4] == "" && !slices.Contains([]string{"iam", "s3", "states"}, part[2])
}
