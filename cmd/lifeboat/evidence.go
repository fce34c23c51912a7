package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/open"
)

// archiveFlags say which archive.
type archiveFlags struct {
	world worldFlags
	from  string
	heads string
}

func newEvidenceCommand(s ui.Streams) *cobra.Command {
	var flags archiveFlags
	cmd := &cobra.Command{
		Use:   "evidence",
		Short: "List, show and verify the evidence of drills and recoveries, and draw its reports",
		Long: `Reads the evidence of drills and recoveries: of this machine (--state-dir), of a folder that was copied
from somewhere (--from), or of a deployment (--world aws, with --plan).`,
		Args: subcommandOnly,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	all := cmd.PersistentFlags()
	flags.world.register(all)
	namedVar(all, &flags.from, "from", "", "a folder of evidence that was copied; it has no heads, unless --heads names them")
	namedVar(all, &flags.heads, "heads", "", "a folder of heads to compare with, as kept elsewhere; default: that of --state-dir")
	cmd.AddCommand(
		newEvidenceListCommand(s, &flags),
		newEvidenceShowCommand(s, &flags),
		newEvidenceReportCommand(s, &flags),
		newEvidenceVerifyCommand(s, &flags),
	)
	return cmd
}

// notLookedAt keeps a failure to look apart from evidence that was looked at and
// is not what was recorded, and from mistakes on the command line. Names that AWS
// gives its errors tell nothing of either.
func notLookedAt(err error) error {
	var exit *exitError
	if errors.As(err, &exit) && exit.code == exitUsage {
		return err
	}
	hint := asExit(err).hint
	if hint == "" && errors.Is(err, fs.ErrPermission) {
		hint = "run it as the owner of the folder, or on a copy that you may read"
	}
	return &exitError{code: exitInternal, err: fmt.Errorf("look at the evidence: %w", err), hint: hint}
}

// couldNotBeRead: nothing is known of the document, good or bad.
func couldNotBeRead(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.As(err, new(record.Unavailable)) || drill.NameOf(err) != ""
}

func (f *archiveFlags) open(cmd *cobra.Command) (world.Archive, error) {
	name, err := f.world.chosen(cmd)
	if err != nil {
		return nil, err
	}
	if name != open.Local {
		past, err := f.world.past(cmd)
		if err != nil {
			return nil, notLookedAt(err)
		}
		return past.Evidence(), nil
	}
	if cmd.Name() != "verify" { // which refuses it with a document of its own
		if err := errors.Join(stateFolder(cmd), folderGiven(cmd, "from", "name the folder that the evidence was copied to")); err != nil {
			return nil, err
		}
	}
	if f.heads != "" {
		_, err := os.Stat(f.heads)
		if errors.Is(err, fs.ErrPermission) {
			return nil, notLookedAt(err)
		}
		if err != nil {
			return nil, usageError("name the folder of heads that was kept, or leave --heads out", "compare with heads: %w", err)
		}
	}
	return open.Archive(f.world.plan.stateDir, f.from, f.heads), nil
}

// document is of a drill, or of a recovery.
type document struct {
	drill    drillevidence.Document
	recovery *recoveryevidence.Document // nil: of a drill
}

func documentOf(id string, text []byte) (d document, err error) {
	if recoveryevidence.Is(text) {
		of, err := recoveryevidence.DecodeAs(strings.TrimPrefix(id, world.RecoveriesPrefix), text)
		return document{recovery: &of}, err
	}
	d.drill, err = drillevidence.DecodeAs(id, text)
	return d, err
}

// oneDocument reads the document that a command was asked for.
func (f *archiveFlags) oneDocument(cmd *cobra.Command, id string) (a world.Archive, d document, text []byte, err error) {
	if a, err = f.open(cmd); err != nil {
		return nil, document{}, nil, err
	}
	if text, err = a.Text(cmd.Context(), id); err == nil {
		d, err = documentOf(id, text)
	}
	switch {
	case err == nil:
		return a, d, text, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, drillevidence.ErrID):
		return nil, d, nil, usageError("lifeboat evidence list names those there are", "there is no such evidence: %w", err)
	case couldNotBeRead(err):
		return nil, d, nil, notLookedAt(err)
	}
	if errors.As(err, new(record.Another)) { // it may be a good document, of another drill
		err = fmt.Errorf("%s is not the evidence of %s: %w", a.Location(id), id, err)
	}
	return nil, d, nil, &exitError{code: exitFailureClean, err: err, hint: "lifeboat evidence verify tells what became of it"}
}
