package stacks_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/lifeboat-dr/lifeboat/infra/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

const (
	account  = "111122223333"
	examples = "../../examples/rds/lifeboat.yaml"
)

// assembly is what a synthesis gives.
type assembly struct {
	template map[string]any
	text     []byte
	findings []string // of cdk-nag
}

// resources of a type, by logical id.
func (a assembly) resources(kind string) map[string]map[string]any {
	found := map[string]map[string]any{}
	for id, r := range a.template["Resources"].(map[string]any) {
		if r := r.(map[string]any); r["Type"] == kind {
			found[id] = r
		}
	}
	return found
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
func synthesize(t *testing.T, p plan.Plan, nag bool, change func(*stacks.RecoveryProps)) (assembly, error) {
	t.Helper()
	out := t.TempDir()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(out), Context: stacks.Context()})
	props := stacks.RecoveryProps{Plan: p, Account: account, Assets: packages(t), Version: "0.0.0"}
	if change != nil {
		change(&props)
	}
	stack, err := stacks.NewRecovery(app, props)
	if err != nil {
		return assembly{}, err
	}
	if nag {
		rules := &cdknag.NagPackProps{Reports: jsii.Bool(false), Verbose: jsii.Bool(true)}
		awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(rules), nil)
		awscdk.Aspects_Of(app).Add(cdknag.NewNIST80053R5Checks(rules), nil)
	}
	app.Synth(nil)
	text, err := os.ReadFile(filepath.Join(out, *stack.ArtifactId()+".template.json"))
	if err != nil {
		t.Fatal(err)
	}
	a := assembly{text: text, findings: findings(t, out)}
	if err := json.Unmarshal(text, &a.template); err != nil {
		t.Fatal(err)
	}
	return a, nil
}

// findings are the errors and warnings in the assembly's metadata.
func findings(t *testing.T, out string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Artifacts map[string]struct {
			Metadata               map[string][]entry
			AdditionalMetadataFile string
		}
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	for _, a := range manifest.Artifacts {
		metadata := a.Metadata
		if a.AdditionalMetadataFile != "" {
			text, err := os.ReadFile(filepath.Join(out, a.AdditionalMetadataFile))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &metadata); err != nil {
				t.Fatal(err)
			}
		}
		for path, entries := range metadata {
			for _, e := range entries {
				if strings.HasSuffix(e.Type, ":error") || strings.HasSuffix(e.Type, ":warning") {
					list = append(list, path+": "+strings.TrimSpace(string(e.Data)))
				}
			}
		}
	}
	return list
}

type entry struct {
	Type string
	Data json.RawMessage
}

var example = struct {
	once sync.Once
	assembly
}{}

// synthesized is the example's deployment, made once for all tests.
func synthesized(t *testing.T) assembly {
	t.Helper()
	example.once.Do(func() {
		a, err := synthesize(t, examplePlan(t), true, nil)
		if err != nil {
			t.Fatal(err)
		}
		example.assembly = a
	})
	return example.assembly
}
