package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
)

// Entry is one stack of the app, before it is made: what it is called, and where
// it lies.
type Entry struct {
	// ID is what it is called in the app, and by `cdk destroy`; Name is what AWS
	// calls it.
	ID, Name, Region, Account string

	props Props
	make  func(constructs.Construct, Entry, *Deployment) (awscdk.Stack, error)
}

// List is every stack of a plan, where each lies, in the order in which they are
// made: behind those that hand something over to it. Another stack is another
// entry, and nothing else asks how many there are.
func List(p Props) ([]Entry, error) {
	if err := check(p); err != nil {
		return nil, err
	}
	names := namesOf(p)
	list := []Entry{
		{ID: "Kept", Name: names.KeptStack(), Region: names.Region, Account: names.Account, props: p, make: newKept},
	}
	backups, copies := names.Vaults(p.Plan)
	if copies.Ours || len(dumpBuckets(p.Plan)) > 0 {
		list = append(list, Entry{ID: "Vault", Name: names.VaultStack(), Region: names.Region, Account: names.Account, props: p, make: newVault})
	}
	if p.Plan.Backup.Managed() {
		list = append(list, Entry{ID: "Backups", Name: names.BackupsStack(), Region: backups.Region, Account: backups.Account, props: p, make: newBackups})
	}
	return append(list, Entry{ID: "Lifeboat", Name: names.Prefix(), Region: names.Region, Account: names.Account, props: p, make: newDrills}), nil
}

// Deployment is what was made of a list.
type Deployment struct {
	Stacks []Made

	key   awskms.IKey  // of evidence and history; the first stack hands it over
	vault awscdk.Stack // of the copies; nil: there is none
}

// Made is a stack of a list.
type Made struct {
	Entry
	Stack awscdk.Stack
}

// File is its template in the folder of the assembly.
func (m Made) File() string { return *m.Stack.ArtifactId() + ".template.json" }

// Make makes the next stack of a list.
func (d *Deployment) Make(scope constructs.Construct, e Entry) error {
	stack, err := e.make(scope, e, d)
	if err != nil {
		return err
	}
	d.Stacks = append(d.Stacks, Made{e, stack})
	return nil
}
