package local

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

// StoreIn is the evidence of a state folder. The heads lie beside it, so that a
// folder of evidence that was cut, or exchanged, is found by them.
func StoreIn(stateDir string) drillevidence.Store {
	return drillevidence.Store{Dir: filepath.Join(stateDir, "evidence"), Heads: filepath.Join(stateDir, "heads")}
}

// recorder writes the evidence and its report into the state folder.
type recorder struct {
	store    drillevidence.Store
	visited  func() []drillevidence.State
	versions drillevidence.Versions
}

// Record implements step.Evidence. A report that cannot be written does not
// make the evidence worth less: it can be made again from the document.
func (r recorder) Record(_ context.Context, in drill.EvidenceInput) (string, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "" // evidence without it is still evidence
	}
	path, err := r.store.Write(drillevidence.Build(in, drillevidence.Execution{States: r.visited(), Host: host, Versions: r.versions}))
	if err != nil {
		return "", &drill.Error{
			Name: drill.EvidenceFailed, What: "write the evidence of run " + in.Run.ID, Err: err,
			Hint: "see that " + r.store.Dir + " can be written and the disk is not full",
		}
	}
	if _, err := r.store.WriteReport(in.ID); err != nil {
		return "", &drill.Error{
			Name: drill.EvidenceFailed, What: "write the report of run " + in.Run.ID, Err: err,
			Hint: "see that " + r.store.Dir + " can be written and the disk is not full",
		}
	}
	return path, nil
}

// metricsFile appends each figure as one JSON line: what CloudWatch would get.
type metricsFile struct {
	path  string
	clock clock.Clock
}

// Publish implements step.MetricSink.
func (m metricsFile) Publish(_ context.Context, metrics []drill.Metric) error {
	failed := func(err error) error {
		return &drill.Error{Name: drill.MetricsFailed, What: "write the metrics", Err: err, Hint: "see that " + m.path + " can be written"}
	}
	if err := os.MkdirAll(filepath.Dir(m.path), 0o700); err != nil {
		return failed(err)
	}
	f, err := os.OpenFile(m.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return failed(err)
	}
	defer f.Close()
	now := m.clock.Now()
	for _, metric := range metrics {
		line, err := json.Marshal(struct {
			At time.Time `json:"at"`
			drill.Metric
		}{now, metric})
		if err != nil {
			return failed(err)
		}
		if _, err := fmt.Fprintf(f, "%s\n", line); err != nil {
			return failed(err)
		}
	}
	return nil
}
