package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/world/local"
)

// archive is where evidence is kept: a folder, or the bucket of a deployment.
type archive interface {
	record.Source
	// Items are the headers of all documents.
	Items(ctx context.Context) ([]record.Item, error)
	// KeptHeads are the newest of each database, as they are kept apart.
	KeptHeads(ctx context.Context, items []record.Item) (record.Heads, error)
	Location(id string) string
}

// archiveFlags say which archive.
type archiveFlags struct {
	plan  planFlags
	from  string
	heads string
	aws   bool
}

func newEvidenceCommand(s streams) *cobra.Command {
	var flags archiveFlags
	cmd := &cobra.Command{
		Use:   "evidence",
		Short: "List, show and verify the evidence of drills, and draw its reports",
		Long: `Reads the evidence of drills: of this machine (--state-dir), of a folder that was copied
from somewhere (--from), or of a deployment on AWS (--aws, with --plan).`,
		Args: subcommandOnly,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	all := cmd.PersistentFlags()
	all.StringVar(&flags.plan.file, "plan", "lifeboat.yaml", "the plan file, which names the deployment; with --aws")
	all.StringVar(&flags.plan.stateDir, "state-dir", ".lifeboat", "folder of evidence, run records and throwaway servers")
	all.Var((*folderName)(&flags.from), "from", "a folder of evidence that was copied; it has no heads, unless --heads names them")
	all.Var((*folderName)(&flags.heads), "heads", "a folder of heads to compare with, as kept elsewhere; default: that of --state-dir")
	all.BoolVar(&flags.aws, "aws", false, "the evidence of the deployment that the plan names")
	cmd.AddCommand(
		newEvidenceListCommand(s, &flags),
		newEvidenceShowCommand(s, &flags),
		newEvidenceReportCommand(s, &flags),
		newEvidenceVerifyCommand(s, &flags),
	)
	return cmd
}

// folderName is the value of a flag that names a folder. An empty one, of a
// variable that was not set, would quietly be the default: other evidence, or
// other heads, than were meant.
type folderName string

func (f *folderName) String() string { return string(*f) }
func (f *folderName) Type() string   { return "string" }

func (f *folderName) Set(name string) error {
	if name == "" {
		return errors.New("an empty name is no folder: leave the flag out for the default")
	}
	*f = folderName(name)
	return nil
}

func (f archiveFlags) open(ctx context.Context) (archive, error) {
	switch {
	case f.aws && (f.from != "" || f.heads != ""):
		return nil, usageError("leave out --from and --heads: on AWS the index is the head", "--aws reads a bucket, not a folder")
	case f.aws:
		return f.openBucket(ctx)
	}
	store := local.StoreIn(f.plan.stateDir)
	if f.from != "" {
		store = drillevidence.Store{Dir: f.from}
	}
	if f.heads != "" {
		if _, err := os.Stat(f.heads); err != nil {
			return nil, usageError("name the folder of heads that was kept, or leave --heads out", "compare with heads: %w", err)
		}
		store.Heads = f.heads
	}
	return folder{store}, nil
}

func (f archiveFlags) openBucket(ctx context.Context) (archive, error) {
	loaded, err := f.plan.load()
	if err != nil {
		return nil, err
	}
	world, _, err := openAWS(ctx, loaded.Plan)
	if err != nil {
		return nil, err
	}
	return world.Evidence(loaded.Plan.Names()), nil
}

// folder is the archive of this machine, or a copy of one.
type folder struct{ drillevidence.Store }

func (f folder) KeptHeads(context.Context, []record.Item) (record.Heads, error) {
	return f.Store.KeptHeads()
}

func (f folder) Location(id string) string { return f.Path(id) }

// oneDocument reads the document that a command was asked for.
func (f archiveFlags) oneDocument(ctx context.Context, id string) (a archive, d drillevidence.Document, text []byte, err error) {
	if a, err = f.open(ctx); err != nil {
		return nil, drillevidence.Document{}, nil, err
	}
	if text, err = a.Text(ctx, id); err == nil {
		d, err = drillevidence.Decode(text)
	}
	switch {
	case err == nil:
		return a, d, text, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, drillevidence.ErrID):
		return nil, d, nil, usageError("lifeboat evidence list names those there are", "there is no such evidence: %w", err)
	case drill.NameOf(err) != "": // of AWS, with a hint of its own
		return nil, d, nil, err
	}
	return nil, d, nil, &exitError{code: exitFailureClean, err: err, hint: "lifeboat evidence verify tells what became of it"}
}

// reportBeside is where the page of a document lies, "" where there is none.
func reportBeside(a archive, id string) string {
	f, isFolder := a.(folder)
	if !isFolder {
		return ""
	}
	if _, err := os.Lstat(f.ReportPath(id)); err != nil {
		return ""
	}
	return f.ReportPath(id)
}
