package cfn

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// Assembly is what one synthesis wrote: its stacks in the order in which they are
// deployed, each behind those that it depends on.
// https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema
type Assembly struct {
	Folder string
	Stacks []Template
}

// manifest.json of an assembly.
type manifest struct {
	Artifacts map[string]struct {
		Type         string
		Environment  string // aws://account/region
		Dependencies []string
		Properties   struct{ TemplateFile, StackName, File string }
	}
}

// assets.json of a stack.
type assets struct {
	Files map[string]struct {
		Source       struct{ Path string }
		Destinations map[string]struct{ BucketName, ObjectKey string }
	}
}

var environmentRE = regexp.MustCompile(`^aws://([0-9]{12})/([a-z0-9-]+)$`)

// ReadAssembly reads a folder such as build/cdk.out. Errors: it is no assembly, or
// a stack of it says no account and region.
func ReadAssembly(folder string) (Assembly, error) {
	var m manifest
	if err := readJSON(filepath.Join(folder, "manifest.json"), &m); err != nil {
		return Assembly{}, fmt.Errorf("%s is no folder that `make synth` wrote: %w", folder, err)
	}
	a, files := Assembly{Folder: folder}, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(m.Artifacts)) {
		if artifact := m.Artifacts[name]; artifact.Type == "cdk:asset-manifest" {
			if err := readAssets(folder, artifact.Properties.File, files); err != nil {
				return Assembly{}, err
			}
		}
	}
	var add func(name string) error
	seen := map[string]bool{}
	add = func(name string) error {
		artifact, there := m.Artifacts[name]
		if !there || seen[name] {
			return nil
		}
		seen[name] = true
		for _, before := range artifact.Dependencies {
			if err := add(before); err != nil {
				return err
			}
		}
		if artifact.Type != "aws:cloudformation:stack" {
			return nil
		}
		place := environmentRE.FindStringSubmatch(artifact.Environment)
		if place == nil {
			return fmt.Errorf("the stack %s says no account and region: %q", name, artifact.Environment)
		}
		t, err := Read(filepath.Join(folder, artifact.Properties.TemplateFile), Where{Partition: deployed.Partition(place[2]), Region: place[2], Account: place[1]})
		if err != nil {
			return err
		}
		t.Name, t.assets = artifact.Properties.StackName, files
		if t.Name == "" {
			t.Name = name
		}
		a.Stacks = append(a.Stacks, t)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(m.Artifacts)) {
		if err := add(name); err != nil {
			return Assembly{}, err
		}
	}
	if len(a.Stacks) == 0 {
		return Assembly{}, fmt.Errorf("%s has no stacks", folder)
	}
	return a, a.handOver()
}

// handOver gives each stack what those before it export.
func (a Assembly) handOver() error {
	exports := map[Where]map[string]string{}
	for i := range a.Stacks {
		t := &a.Stacks[i]
		if exports[t.Where] == nil {
			exports[t.Where] = map[string]string{}
		}
		t.Exports = maps.Clone(exports[t.Where])
		handed, err := t.Exported()
		if err != nil {
			return fmt.Errorf("the stack %s: %w", t.Name, err)
		}
		maps.Copy(exports[t.Where], handed)
	}
	return nil
}

func readAssets(folder, file string, into map[string]string) error {
	var list assets
	if err := readJSON(filepath.Join(folder, file), &list); err != nil {
		return fmt.Errorf("the assets of the assembly: %w", err)
	}
	for _, f := range list.Files {
		for _, to := range f.Destinations {
			into[to.BucketName+"/"+to.ObjectKey] = filepath.Join(folder, f.Source.Path)
		}
	}
	return nil
}

// Asset is the folder that was uploaded to a place in S3.
func (t Template) Asset(bucket, key string) (folder string, err error) {
	folder, there := t.assets[strings.Join([]string{bucket, key}, "/")]
	if !there {
		return "", fmt.Errorf("nothing of the assembly is uploaded to s3://%s/%s", bucket, key)
	}
	return folder, nil
}

func readJSON(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
