package drillevidence

import (
	"encoding/json"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// chainOf names the list that a document in a bucket is linked in: that of its
// database. A run that was never claimed has only what its input says, which may
// be anything: it is linked apart, as in a Store.
func chainOf(d Document) string {
	if d.Deployment != "" {
		return d.Name()
	}
	const maxCharacters = 200 // an index may bound its keys
	name := []rune("unclaimed:" + d.Name())
	return string(name[:min(len(name), maxCharacters)])
}

// folderChain names the list that a document of a folder is linked in: that of
// its database, and of the deployment, of which a folder may hold several.
func folderChain(deployment, workload, database string) string {
	return record.ChainOf(deployment, workload, database)
}

// FolderHeader reads the header of a document of a folder.
func FolderHeader(text []byte) (record.Header, error) {
	return headerOf(text, func(d Document) string { return folderChain(d.Deployment, d.Workload, d.Database) })
}

// IndexedHeader reads the header of a document that a Recorder wrote; its chain
// is what the Index calls the database.
func IndexedHeader(text []byte) (record.Header, error) { return headerOf(text, chainOf) }

func headerOf(text []byte, chain func(Document) string) (record.Header, error) {
	var d struct { // not all of a document is read to tell where it belongs
		SchemaVersion int       `json:"schemaVersion"`
		ID            string    `json:"id"`
		RecordedAt    time.Time `json:"recordedAt"`
		Deployment    string    `json:"deployment"`
		Workload      string    `json:"workload"`
		Database      string    `json:"database"`
		Previous      *Previous `json:"previous"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return record.Header{}, notEvidence(err)
	}
	if err := checkSchema(d.SchemaVersion, d.ID); err != nil {
		return record.Header{}, err
	}
	if err := ofADrill(text); err != nil {
		return record.Header{}, err
	}
	h := record.Header{ID: d.ID, RecordedAt: d.RecordedAt}
	h.Chain = chain(Document{Deployment: d.Deployment, Workload: d.Workload, Database: d.Database})
	if d.Previous != nil {
		h.Previous = &record.Link{ID: d.Previous.ID, SHA256: d.Previous.SHA256}
	}
	return h, nil
}
