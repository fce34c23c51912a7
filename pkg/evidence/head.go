package evidence

import (
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// openedHead is the head of one database while a document is recorded: nobody
// else moves it meanwhile. Where no heads are kept it only finds the link.
type openedHead struct {
	folder record.HeadFolder
	head   record.Head
	kept   bool
	unlock func()
}

// openHead finds where the chain of a document ends. The folder's order says so
// where no head does: of evidence from before there were heads, and where the
// head was lost.
func (s Store) openHead(d Document) (h openedHead, err error) {
	h = openedHead{folder: record.HeadFolder{Dir: s.Heads}, kept: s.Heads != "", unlock: func() {}}
	chain := folderChain(d.Deployment, d.Workload, d.Database)
	found := false
	if h.kept {
		if h.unlock, err = h.folder.Lock(); err != nil {
			return h, err
		}
		defer func() {
			if err != nil {
				h.unlock()
			}
		}()
		if h.head, found, err = h.folder.Head(chain); err != nil {
			return h, err
		}
	}
	if found {
		return h, s.settle(&h)
	}
	h.head = record.Head{Chain: chain}
	newest, count, err := s.newest(d, h.kept)
	if err != nil || newest == nil {
		return h, err
	}
	h.head.Link, h.head.Count = *newest, count
	return h, nil
}

// settle moves the head to a document that it announced and that is there: its
// recording was cut off in between.
func (s Store) settle(h *openedHead) error {
	next := h.head.Next
	if next == nil {
		return nil
	}
	text, err := record.ReadFile(s.Path(next.ID), maxFileBytes)
	if err != nil || SHA256(text) != next.SHA256 {
		return nil // it was never written, or Check tells what became of it
	}
	return h.advance()
}

func (h *openedHead) previous() *Previous {
	if h.head.ID == "" {
		return nil
	}
	return &Previous{ID: h.head.ID, SHA256: h.head.SHA256}
}

func (h *openedHead) announce(d Document, text []byte) error {
	if !h.kept {
		return nil
	}
	h.head.Next = &record.Next{Link: record.Link{ID: d.ID, SHA256: SHA256(text)}, RecordedAt: d.RecordedAt}
	return h.folder.Keep(h.head)
}

func (h *openedHead) advance() error {
	if !h.kept {
		return nil
	}
	h.head = h.head.Advanced()
	return h.folder.Keep(h.head)
}
