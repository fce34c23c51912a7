package stacks

import (
	"cmp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"

	parts "github.com/lifeboat-dr/lifeboat/infra/constructs"
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// newVault is what survives the region and the account of the databases: the vault
// that copies come to, with a key of its own, and the buckets of dumps.
func newVault(scope constructs.Construct, e Entry, d *Deployment) (awscdk.Stack, error) {
	p, names := e.props.Plan, namesOf(e.props)
	backups, copies := names.Vaults(p)
	buckets := dumpBuckets(p)
	stack := newStack(scope, e, "copies of backups, apart from the databases")
	if copies.Ours {
		from := ""
		if owner := p.Owner(); owner != names.Account {
			from = owner
		}
		parts.NewVault(stack, parts.VaultProps{
			Names: names, Name: copies.Name, Key: parts.NewVaultKey(stack, names, copies.Name, "alias/"+copies.Name, ""),
			Lock: lockOf(p, ruleSets(p, names.In(backups.Account, backups.Region), budget.Policies(p)), copied), From: from,
		})
	}
	parts.NewDumpBuckets(stack, names, buckets)
	parts.NewVaultOutputs(stack, copies, buckets)
	d.vault = stack
	return stack, nil
}

// defaultDumpDays is how long dumps are kept from being deleted where the plan does
// not say.
const defaultDumpDays = 35

// dumpBuckets are those that lifeboat makes, each once.
func dumpBuckets(p plan.Plan) (list []parts.DumpBucket) {
	seen := map[string]bool{}
	for _, w := range p.Workloads {
		for _, d := range w.Databases {
			if d.Backup == nil || d.Backup.Bucket == nil || !d.Backup.Bucket.Manage || seen[d.Backup.Bucket.Name] {
				continue
			}
			b := *d.Backup.Bucket
			seen[b.Name] = true
			list = append(list, parts.DumpBucket{Name: b.Name, Lock: cmp.Or(b.ObjectLock, plan.ImmutabilityGovernance), Days: cmp.Or(inDays(b.Retention), defaultDumpDays)})
		}
	}
	return list
}
