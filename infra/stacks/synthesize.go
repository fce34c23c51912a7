package stacks

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// ErrSynthesis: what was synthesized is not fit to be deployed. The fault is
// lifeboat's, not the plan's.
var ErrSynthesis = errors.New("the synthesized stack would not work on AWS")

// Synthesize writes the stacks, and refuses them where the CDK warns of what AWS
// would refuse, or where something that must say something is empty.
func (d Deployment) Synthesize(app awscdk.App) error {
	out := *app.Synth(nil).Directory()
	findings, err := Findings(out)
	if err != nil {
		return err
	}
	exports := map[cfn.Where]map[string]string{} // one stack imports what another of the same place exports
	for _, m := range d.Stacks {
		where := cfn.Where{Partition: deployed.Partition(m.Region), Region: m.Region, Account: m.Account}
		t, err := cfn.Read(filepath.Join(out, m.File()), where)
		if err != nil {
			return err
		}
		findings = append(findings, t.Empty()...)
		t.Exports = exports[where]
		handed, err := t.Exported()
		if err != nil {
			return err
		}
		if t.Exports == nil {
			exports[where] = map[string]string{}
		}
		maps.Copy(exports[where], handed)
		if err := errors.Join(m.props.resourcesFit(len(t.Resources)), m.props.policiesFit(t), policiesAreWritable(t)); err != nil {
			return fmt.Errorf("the deployment %s: %w", m.props.Plan.Deployment, err)
		}
	}
	if len(findings) > 0 {
		return fmt.Errorf("%w:\n  %s", ErrSynthesis, strings.Join(findings, "\n  "))
	}
	return nil
}

// Findings are the errors and warnings that the CDK, and whatever rules were
// added to the app, noted in the assembly.
func Findings(out string) ([]string, error) {
	type entry struct {
		Type string
		Data json.RawMessage
	}
	var manifest struct {
		Artifacts map[string]struct {
			Metadata               map[string][]entry
			AdditionalMetadataFile string
		}
	}
	if err := read(filepath.Join(out, "manifest.json"), &manifest); err != nil {
		return nil, err
	}
	var list []string
	for _, a := range manifest.Artifacts {
		metadata := a.Metadata
		if a.AdditionalMetadataFile != "" {
			if err := read(filepath.Join(out, a.AdditionalMetadataFile), &metadata); err != nil {
				return nil, err
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
	slices.Sort(list)
	return list, nil
}

func read(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the assembly: %w", err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("the assembly's %s: %w", filepath.Base(file), err)
	}
	return nil
}
