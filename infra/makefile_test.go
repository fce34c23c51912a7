package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// makefile is a folder with the Makefile and stand-ins for what it calls.
func makefile(t *testing.T, folder string) {
	t.Helper()
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not on the PATH")
	}
	text, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "Makefile"), string(text), 0o600)
	write(t, filepath.Join(folder, "package.json"), "{}", 0o600)
	write(t, filepath.Join(folder, "package-lock.json"), "{}", 0o600)
	write(t, filepath.Join(folder, "node_modules/.lifeboat-installed"), "", 0o600)
	write(t, filepath.Join(folder, "bin/lifeboat"), "#!/bin/sh\nfor a; do echo \"<$a>\"; done\n", 0o700)
}

func runMake(t *testing.T, folder string, args ...string) string {
	t.Helper()
	cmd := exec.Command("make", append(args, "NODE="+filepath.Join(folder, "bin/lifeboat"), "NPM=true")...)
	cmd.Dir = folder
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "MAKE") && !strings.HasPrefix(v, "GIT_") && !strings.HasPrefix(v, "VERSION=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("make %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// What is said to make reaches the CDK as it was said; a removal asks for no
// certificate authorities.
func TestMakeHandsOn(t *testing.T) {
	folder := t.TempDir()
	makefile(t, folder)
	for name, c := range map[string]struct {
		args        []string
		has, hasNot []string
	}{
		"deploy":              {[]string{"deploy"}, []string{"<plan=lifeboat.yaml>", "<--plan>\n<lifeboat.yaml>", "<doctor>\n<--aws>\n<--plan>\n<lifeboat.yaml>\n<--only>\n<subscriptions>"}, []string{"approval", "authorities"}},
		"spaces":              {[]string{"deploy", "PLAN=my plans/it's.yaml", "CA_BUNDLE=my ca.pem"}, []string{"<plan=my plans/it's.yaml>", "<--plan>\n<my plans/it's.yaml>", "<authorities=my ca.pem>"}, nil},
		"approved":            {[]string{"deploy", "APPROVE=never", "PER_DATABASE=60", "ACCOUNT=111122223333"}, []string{"<--require-approval>\n<never>", "<perDatabase=60>", "<account=111122223333>"}, nil},
		"synth":               {[]string{"synth", "PLAN=my plan.yaml"}, []string{"<plan=my plan.yaml>", "<authorities=later>"}, nil},
		"doctor":              {[]string{"doctor", "PLAN=my plan.yaml", "ONLY=keys,alarms"}, []string{"<synth>", "<plan=my plan.yaml>", "<doctor>\n<--aws>\n<--plan>\n<my plan.yaml>\n<--only>\n<keys,alarms>"}, []string{"authorities", "account="}},
		"removal":             {[]string{"destroy", "PLAN=my plan.yaml"}, []string{"<plan=my plan.yaml>", "<authorities=later>"}, nil},
		"removal of backups":  {[]string{"destroy", "STACKS=Backups Vault"}, []string{"<--stacks=Backups Vault>", "<plan=lifeboat.yaml>"}, nil},
		"removal with bundle": {[]string{"destroy", "CA_BUNDLE=ca.pem"}, []string{"<authorities=ca.pem>"}, []string{"later"}},
	} {
		t.Run(name, func(t *testing.T) {
			out := runMake(t, folder, append(c.args, "GO=true")...)
			for _, part := range c.has {
				if !strings.Contains(out, part) {
					t.Errorf("no %q in\n%s", part, out)
				}
			}
			for _, part := range c.hasNot {
				if strings.Contains(out, part) {
					t.Errorf("there is %q in\n%s", part, out)
				}
			}
		})
	}
}

// The version is that of lifeboat's own repository, whoever owns the checkout,
// and of no other.
func TestVersionIsOurs(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not on the PATH")
	}
	repository := func(folder, tag string) {
		for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty", "-m", "x"}, {"tag", tag}} {
			cmd := exec.Command(git, args...)
			cmd.Dir = folder
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("git %v: %v\n%s", args, err, out)
			}
		}
	}
	version := func(folder string) string {
		_, v, _ := strings.Cut(runMake(t, folder, "build", "GO=echo"), "main.version=")
		v, _, _ = strings.Cut(v, " ")
		return v
	}
	parent := t.TempDir()
	inner := filepath.Join(parent, "inner folder")
	makefile(t, inner)
	if got := version(inner); got != "without-git" {
		t.Errorf("without git: %s", got)
	}
	repository(parent, "v9.9.9")
	if got := version(inner); got != "without-git" {
		t.Errorf("in another repository's folder: %s", got)
	}
	repository(inner, "v1.2.3")
	if got := version(inner); got != "v1.2.3" {
		t.Errorf("its own: %s", got)
	}
	if os.Getuid() != 0 {
		t.Skip("only root can give a folder away")
	}
	if err := os.Chown(inner, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(inner, ".git"), 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if got := version(inner); got != "v1.2.3" {
		t.Errorf("somebody else's checkout: %s", got)
	}
}

// npm ci empties node_modules: behind a link that is somebody else's folder.
func TestMakeInstallsNothingThroughALink(t *testing.T) {
	folder, others := t.TempDir(), t.TempDir()
	makefile(t, folder)
	write(t, filepath.Join(others, "module"), "", 0o600)
	if err := os.RemoveAll(filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(others, filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "npm"), "#!/bin/sh\nrm -rf node_modules/*\n", 0o700)
	cmd := exec.Command("make", "node_modules/.lifeboat-installed", "NPM=./npm", "NODE=true")
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "symbolic link") || !strings.Contains(string(out), "rm node_modules") {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(others, "module")); err != nil {
		t.Error(err)
	}
}
