package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// command of the CLI, as its help shows it.
type command struct {
	flags    map[string]bool
	commands map[string]*command
	// takes something beside its commands: a word that is none of these may be that.
	takes bool
}

var (
	subcommandRE = regexp.MustCompile(`(?m)^  ([a-z][a-z-]*)  +\S`) // under whatever headings
	flagRE       = regexp.MustCompile(`(?m)^ +(?:-(\w), )?    ?--([a-z][a-z-]*)|^ +-(\w), --([a-z][a-z-]*)`)
	takesRE      = regexp.MustCompile(`(?m)^  lifeboat [a-z ]*\[?[A-Z]`)
	cli          = sync.OnceValues(readCLI)
)

// readCLI builds lifeboat and asks every command for its help.
func readCLI() (*command, error) {
	folder, err := os.MkdirTemp("", "lifeboat-docs-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	binary := filepath.Join(folder, "lifeboat")
	build := exec.Command("go", "build", "-o", binary, "./cmd/lifeboat")
	build.Dir, build.Stderr = root, os.Stderr
	if err := build.Run(); err != nil {
		return nil, err
	}
	return ask(binary)
}

func ask(binary string, path ...string) (*command, error) {
	out, err := exec.Command(binary, append(slices.Clone(path), "--help")...).Output()
	if err != nil {
		return nil, err
	}
	help := string(out)
	c := &command{flags: map[string]bool{}, commands: map[string]*command{}}
	for _, m := range flagRE.FindAllStringSubmatch(help, -1) {
		c.flags["--"+m[2]+m[4]] = true
		c.flags["-"+m[1]+m[3]] = true
	}
	_, list, _ := strings.Cut(help, "\nUsage:\n")
	list, _, _ = strings.Cut(list, "\nFlags:\n")
	c.takes = takesRE.MatchString(list)
	for _, m := range subcommandRE.FindAllStringSubmatch(list, -1) {
		if c.commands[m[1]], err = ask(binary, append(slices.Clone(path), m[1])...); err != nil {
			return nil, err
		}
	}
	return c, nil
}

var callRE = regexp.MustCompile(`^(?:\$ )?(?:bin/)?lifeboat( .*|$)`)

// Every call of lifeboat that a page shows names a command, and flags that this
// command has.
func TestCommands(t *testing.T) {
	top, err := cli()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, p := range pages(t) {
		for _, code := range append(p.spans(), p.lines()...) {
			call := callRE.FindStringSubmatch(code.text)
			if call == nil {
				continue
			}
			count++
			words, _, _ := strings.Cut(call[1], " #")
			at, path, flag := top, "lifeboat", false
			for _, word := range strings.FieldsFunc(words, func(r rune) bool { return strings.ContainsRune(" []=", r) }) {
				value := flag // what follows a flag may be its value: recover has commands and arguments
				flag = strings.HasPrefix(word, "-")
				switch inner := at.commands[word]; {
				case inner != nil:
					at, path = inner, path+" "+word
				case strings.HasPrefix(word, "-") && word != "-":
					if !at.flags[word] {
						p.problem(t, code.at, "%s has no flag %s", path, word)
					}
				case len(at.commands) > 0 && !value && !at.takes && regexp.MustCompile(`^[a-z]+$`).MatchString(word):
					p.problem(t, code.at, "%s has no command %s", path, word)
				}
			}
		}
	}
	if count < 25 {
		t.Errorf("only %d calls were seen", count)
	}
}

// foreign flags that pages name, with the program that has them.
var foreign = map[string]string{
	"--cloudformation-execution-policies": "cdk bootstrap", "--require-approval": "cdk deploy", "--create": "pg_dump", "--region": "aws",
}

// A flag that stands alone in a sentence is one of lifeboat's, or a known one of
// another program.
func TestFlags(t *testing.T) {
	top, err := cli()
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]bool{}
	var collect func(*command)
	collect = func(c *command) {
		for name := range c.flags {
			flags[name] = true
		}
		for _, inner := range c.commands {
			collect(inner)
		}
	}
	collect(top)
	for _, p := range pages(t) {
		for _, s := range p.spans() {
			if name, _, _ := strings.Cut(s.text, " "); strings.HasPrefix(name, "--") && !flags[name] && foreign[name] == "" {
				p.problem(t, s.at, "no command has the flag %s", name)
			}
		}
	}
}

var (
	makeRE     = regexp.MustCompile(`(?:^|&& |; )make((?: +[A-Za-z_]\S*)*)`)
	targetRE   = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
	variableRE = regexp.MustCompile(`^([A-Z_]+)=`)
)

// Every target of make, and every variable that it is given, is in the Makefile.
func TestTargets(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, m := range targetRE.FindAllStringSubmatch(string(text), -1) {
		targets[m[1]] = true
	}
	count := 0
	for _, p := range pages(t) {
		for _, code := range append(p.spans(), p.lines()...) {
			line, _, _ := strings.Cut(code.text, " #")
			for _, call := range makeRE.FindAllStringSubmatch(line, -1) {
				for _, word := range strings.Fields(call[1]) {
					count++
					if v := variableRE.FindStringSubmatch(word); v != nil {
						if !regexp.MustCompile(`\$[({]*` + v[1] + `\b`).Match(text) {
							p.problem(t, code.at, "the Makefile knows no variable %s", v[1])
						}
					} else if !targets[strings.TrimSuffix(word, ";")] {
						p.problem(t, code.at, "the Makefile has no target %s", word)
					}
				}
			}
		}
	}
	if count < 20 {
		t.Errorf("only %d targets were seen", count)
	}
}
