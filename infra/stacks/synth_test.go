package stacks_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/lifeboat-dr/lifeboat/infra/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

const (
	account  = "111122223333"
	examples = "../../examples/rds/lifeboat.yaml"
)

// assembly is what a synthesis gives.
type assembly struct {
	kept, recovery cfn.Template
	// vault and backups are there where lifeboat makes backups.
	vault, backups cfn.Template
	folder         string            // cdk.out
	texts          map[string][]byte // of all templates, by the stack's name
	findings       []string          // of the CDK and of cdk-nag
}

// resources of a type in the stacks that every deployment has, by logical id.
func (a assembly) resources(kind string) map[string]cfn.Resource {
	found := map[string]cfn.Resource{}
	for _, t := range []cfn.Template{a.kept, a.recovery} {
		for _, id := range t.Of(kind) {
			found[id] = t.Resources[id]
		}
	}
	return found
}

// everywhere are those of a type in all stacks, by their stack and logical id.
func (a assembly) everywhere(kind string) map[string]cfn.Resource {
	found := map[string]cfn.Resource{}
	for stack, t := range map[string]cfn.Template{"Kept": a.kept, "Lifeboat": a.recovery, "Vault": a.vault, "Backups": a.backups} {
		for _, id := range t.Of(kind) {
			found[stack+" "+id] = t.Resources[id]
		}
	}
	return found
}

// output is the text of one, "" where there is none.
func (a assembly) output(t *testing.T, name string) string {
	t.Helper()
	output, ok := a.recovery.Outputs[name]
	if !ok {
		return ""
	}
	text, err := a.recovery.Text(output.Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// examplePlan is the plan of examples/rds, as the CLI reads it.
func examplePlan(t *testing.T) plan.Plan {
	t.Helper()
	loaded, err := planfile.Load(examples)
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Plan
}

// packages is a folder of functions that do nothing: what is deployed does not
// depend on what they hold.
func packages(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	mains, err := filepath.Glob("../../functions/*/main.go")
	if err != nil || len(mains) == 0 {
		t.Fatalf("%d functions, %v", len(mains), err)
	}
	for _, file := range mains {
		name := filepath.Base(filepath.Dir(file))
		if err := os.MkdirAll(filepath.Join(folder, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name, "bootstrap"), []byte(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// synthesize a deployment of a plan. The CDK's findings are asked for where
// nag is set.
func synthesize(t *testing.T, p plan.Plan, nag bool, change func(*stacks.Props)) (assembly, error) {
	t.Helper()
	out, err := os.MkdirTemp(scratch, "")
	if err != nil {
		t.Fatal(err)
	}
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(out), Context: stacks.Context()})
	props := stacks.Props{Plan: p, Account: account, Version: "0.0.0"}
	if change != nil {
		change(&props)
	}
	if deployed.Partition(p.DrillRegion()) != "aws" && props.Authorities == "" {
		props.Authorities = "../../pkg/rdsca/bundle.pem"
	}
	if props.Assets == "" {
		props.Assets = packages(t)
	}
	list, err := stacks.List(props)
	if err != nil {
		return assembly{}, err
	}
	var deployment stacks.Deployment
	for _, stack := range list {
		if err := deployment.Make(app, stack); err != nil {
			return assembly{}, err
		}
	}
	if nag {
		rules := &cdknag.NagPackProps{Reports: jsii.Bool(false), Verbose: jsii.Bool(true)}
		awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(rules), nil)
		awscdk.Aspects_Of(app).Add(cdknag.NewNIST80053R5Checks(rules), nil)
	}
	if err := deployment.Synthesize(app); err != nil && !nag {
		return assembly{}, err
	}
	a := assembly{folder: out, texts: map[string][]byte{}}
	if a.findings, err = stacks.Findings(out); err != nil {
		t.Fatal(err)
	}
	for _, made := range deployment.Stacks {
		into := map[string]*cfn.Template{"Kept": &a.kept, "Lifeboat": &a.recovery, "Vault": &a.vault, "Backups": &a.backups}[made.ID]
		file := filepath.Join(out, made.File())
		if *into, err = cfn.Read(file, cfn.Where{Partition: deployed.Partition(made.Region), Region: made.Region, Account: made.Account}); err != nil {
			t.Fatal(err)
		}
		if a.texts[made.Name], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	a.recovery.Exports, err = a.kept.Exported()
	if err != nil {
		t.Fatal(err)
	}
	return a, nil
}
