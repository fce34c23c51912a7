package account

import (
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// cli is a command of AWS's for the region of the deployment.
func cli(n deployed.Names, format string, arguments ...any) string {
	return "aws " + fmt.Sprintf(format, arguments...) + " --region " + n.Region
}

// part of an ARN: 2 is the service, 4 the account, 5 the rest.
func part(arn string, i int) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[i]
	}
	return ""
}

// nameIn is the name at the end of an ARN.
func nameIn(arn string) string { return arn[strings.LastIndexAny(arn, ":/")+1:] }

// repair is the command that brings back what a stack said of its resources of a
// type: of the first stack that has any.
func (n Needs) repair(typ string) string { return n.repairIn(place{}, typ) }

// repairIn is the same for what lies somewhere; anywhere where that is zero.
func (n Needs) repairIn(at place, typ string) string {
	for _, stack := range n.Assembly.Stacks {
		if len(stack.Of(typ)) > 0 && (at == place{} || at == placeOf(stack)) {
			return revert(stack)
		}
	}
	return revert(cfn.Template{Name: n.Names.Prefix(), Where: cfn.Where{Partition: n.Names.Partition(), Region: n.Names.Region, Account: n.Names.Account}})
}
