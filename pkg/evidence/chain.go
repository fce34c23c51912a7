package evidence

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// header is what is needed to tell whose evidence a file is.
type header struct {
	SchemaVersion int    `json:"schemaVersion"`
	ID            string `json:"id"`
	Deployment    string `json:"deployment"`
	Workload      string `json:"workload"`
	Database      string `json:"database"`
}

// previous is the newest evidence of the same database. Files that cannot be
// read are passed over: they stop no drill, and Verify reports them.
func (s Store) previous(d Document) (*Previous, error) {
	ids, err := s.ids()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		text, err := readFile(s.Path(id))
		if err != nil {
			continue
		}
		var h header
		if json.Unmarshal(text, &h) != nil || h.SchemaVersion == 0 || h.ID != id || id == d.ID {
			continue
		}
		if h.Deployment == d.Deployment && h.Workload == d.Workload && h.Database == d.Database {
			return &Previous{ID: id, SHA256: SHA256(text)}, nil
		}
	}
	return nil, nil
}

// Verify looks whether every document can be read, and whether the one that it
// names as its previous is still there, unchanged. It returns how many
// documents it read and what is wrong. Nothing names the newest document of a
// database: that it was changed, or that the newest were removed, does not
// show.
func Verify(s Store) (documents int, problems []Problem, err error) {
	ids, err := s.ids()
	if err != nil {
		return 0, nil, err
	}
	for _, id := range ids {
		d, err := s.Read(id)
		if err != nil {
			problems = append(problems, Problem{Path: s.Path(id), Err: err})
			continue
		}
		documents++
		if d.Previous == nil {
			continue
		}
		if err := s.verifyLink(*d.Previous); err != nil {
			problems = append(problems, Problem{Path: s.Path(id), Err: err})
		}
	}
	return documents, problems, nil
}

func (s Store) verifyLink(p Previous) error {
	if err := checkID(p.ID); err != nil {
		return err
	}
	text, err := readFile(s.Path(p.ID))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the evidence before it, %s, is missing", p.ID)
	}
	if err != nil {
		return fmt.Errorf("the evidence before it, %s, cannot be read: %w", p.ID, err)
	}
	if SHA256(text) != p.SHA256 {
		return fmt.Errorf("the evidence before it, %s, was changed after it was recorded", p.ID)
	}
	return nil
}
