package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/world/open"
)

var (
	// documentedRE finds a call that is typed: in a block, behind another command, or
	// in a sentence, where it may go on in the next line.
	documentedRE = regexp.MustCompile("(?m)(?:`(?:bin/)?|^(?:    |\\$ )(?:bin/)?|^bin/|(?:&&|;|\\|\\|) (?:bin/)?)lifeboat((?: [^`\\n]*(?:\\n[^`\\n]+)?`)|(?: .*)?$)")
	endOfCallRE  = regexp.MustCompile("`| +#.*| (?:&&|;|\\|\\|?|[<>]) .*|[.,:;)]*$")
	anythingRE   = regexp.MustCompile(`<[^>]*>|\bN\b|"[^"]* [^"]*"`) // a text in quotes is one argument
)

// Every call of lifeboat in a page is read by the commands themselves: the command,
// its flags, their values, how many arguments it takes, and what must be given. What
// stands in brackets may be left out, and is given here.
func TestDocumentedCalls(t *testing.T) {
	count := 0
	for _, file := range documents(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range documentedRE.FindAllSubmatchIndex(text, -1) {
			call := string(text[m[2]:m[3]])
			if !strings.HasSuffix(call, "`") {
				call, _, _ = strings.Cut(call, "`")
			}
			call = endOfCallRE.ReplaceAllString(strings.Join(strings.Fields(call), " "), "")
			count++
			if err := understood(call); err != nil {
				t.Errorf("%s:%d: lifeboat %s: %v", strings.TrimPrefix(file, "../../"), 1+bytes.Count(text[:m[2]], []byte("\n")), call, err)
			}
		}
	}
	if count < 40 {
		t.Errorf("only %d calls were seen", count)
	}
}

// What no command understands is seen as such.
func TestCallsThatAreNone(t *testing.T) {
	for call, reason := range map[string]string{
		"dril":                              "no command",
		"drill --wordl aws":                 "no flag",
		"drill --world moon orders":         "no world",
		"drill orders/orders-db orders/x":   "one database at a time",
		"history --limit many":              "no number",
		"evidence forget x":                 "no command of evidence",
		"doctor orders/orders-db":           "it takes none",
		"plan --migrate=perhaps":            "neither true nor false",
		"sweep --world aws --dry-run=never": "likewise",
	} {
		if understood(call) == nil {
			t.Errorf("lifeboat %s is understood: %s", call, reason)
		}
	}
}

// understood tells why a call is not.
func understood(call string) error {
	var args []string
	for _, word := range strings.Fields(anythingRE.ReplaceAllString(call, "1")) {
		if word = strings.NewReplacer("[", "", "]", "", "'", "", `"`, "").Replace(word); word != "..." && word != "…" {
			args = append(args, word)
		}
	}
	root := newRoot(ui.Streams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	cmd, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if cmd.HasSubCommands() && cmd.Flags().NArg() > 0 && cmd.ValidateArgs(cmd.Flags().Args()) != nil { // recover has both
		return fmt.Errorf("%s has no command %s", cmd.Name(), cmd.Flags().Arg(0))
	}
	if cmd.Flags().NFlag() == 0 && cmd.Flags().NArg() == 0 {
		return nil // the name of a command, in a sentence
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		return err
	}
	if f := cmd.Flag("world"); f != nil && !slices.Contains(open.Names, open.Name(f.Value.String())) {
		return fmt.Errorf("there is no world %s", f.Value)
	}
	return cmd.ValidateRequiredFlags()
}

// documents are all pages but the changelog, which names what was.
func documents(t *testing.T) (files []string) {
	t.Helper()
	for _, folder := range []string{"../../docs", "../../examples"} {
		err := filepath.WalkDir(folder, func(file string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(file, ".md") {
				files = append(files, file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return append(files, "../../README.md", "../../CONTRIBUTING.md")
}
