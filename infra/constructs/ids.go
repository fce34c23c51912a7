// Package constructs are the parts of a deployment, one concern per file. Their
// props are plain Go; they read no environment.
package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// Names are those of the deployment.
type Names = deployed.Names

// id turns a name of ours such as claim-slot into a construct id such as
// ClaimSlot. Names from the plan take another way: see idOf.
func id(name string) string {
	var out strings.Builder
	for _, part := range strings.Split(name, "-") {
		out.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return out.String()
}

// idOf is the construct id of a name from the plan: the name itself, since two
// that only differ in where a dash stands are two. The dash in front keeps it
// from being "Default" or "Resource", which the CDK leaves out of logical ids.
func idOf(name string) *string { return jsii.String("-" + name) }

// within is the scope of a name's own constructs. Names are nested and not
// joined: whatever joins them could be part of one.
func within(scope constructs.Construct, name string) constructs.Construct {
	if there := scope.Node().TryFindChild(idOf(name)); there != nil {
		return there.(constructs.Construct)
	}
	return constructs.NewConstruct(scope, idOf(name))
}
