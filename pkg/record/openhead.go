package record

import (
	"context"
	"fmt"
	"slices"
)

// openedHead is the head of one chain while a record is added: nobody else
// moves it meanwhile. Where no heads are kept it only finds the link.
type openedHead struct {
	folder HeadFolder
	head   Head
	kept   bool
	unlock func()
}

// openHead finds where the chain of a record ends. The folder's order says so
// where no head does: of records from before there were heads, and where the
// head was lost.
func (f Folder) openHead(n New) (h openedHead, err error) {
	h = openedHead{folder: HeadFolder{Dir: f.Heads}, kept: f.Heads != "", unlock: func() {}}
	found := false
	if h.kept {
		if h.unlock, err = h.folder.Lock(f.Waiting); err != nil {
			return h, err
		}
		defer func() {
			if err != nil {
				h.unlock()
			}
		}()
		if h.head, found, err = h.folder.Head(n.Chain); err != nil {
			return h, err
		}
	}
	if found {
		return h, f.settle(&h)
	}
	h.head = Head{Chain: n.Chain, Count: counting(0), Doubts: h.head.Doubts}
	newest, count, err := f.newest(n)
	if err != nil || newest == nil {
		return h, err
	}
	h.head.Link, h.head.Count = *newest, counting(count)
	if len(h.head.Doubts) == 0 {
		h.head.Doubts = []string{fmt.Sprintf("its head was begun after %d records: that none was missing after them cannot be proven", count)}
	}
	return h, nil
}

// settle moves the head to a record that it announced and that is there: its
// recording was cut off in between.
func (f Folder) settle(h *openedHead) error {
	next := h.head.Next
	if next == nil {
		return nil
	}
	text, err := ReadFile(f.Path(next.ID), MaxBytes)
	if err != nil || SHA256(text) != next.SHA256 {
		return nil // it was never written, or Check tells what became of it
	}
	return h.advance()
}

// newest is the link to the end of a chain, and how many records it has: the
// record that no other names, by the order of the folder where there are several.
// A copy's file times may be any. Files that cannot be read are passed over:
// they stop no recording, and Check reports them.
func (f Folder) newest(n New) (newest *Link, count int, err error) {
	ids, err := f.IDs(context.Background())
	if err != nil {
		return nil, 0, err
	}
	followed := map[string]bool{}
	var ends []Link
	for _, id := range ids {
		text, err := ReadFile(f.Path(id), MaxBytes)
		if err != nil || id == n.ID {
			continue
		}
		item := ItemOf(id, text, f.Header)
		if item.Err != nil || item.Header.Chain != n.Chain {
			continue
		}
		ends = append(ends, Link{ID: id, SHA256: item.SHA256})
		if p := item.Header.Previous; p != nil {
			followed[p.ID] = true
		}
	}
	count = len(ends)
	ends = slices.DeleteFunc(ends, func(l Link) bool { return followed[l.ID] })
	if len(ends) == 0 {
		return nil, count, nil
	}
	return &ends[0], count, nil
}

func (h *openedHead) previous() *Link {
	if h.head.ID == "" {
		return nil
	}
	return &h.head.Link
}

func (h *openedHead) announce(n New, text []byte) error {
	if !h.kept {
		return nil
	}
	if cut := h.head.Next; cut != nil && cut.ID != n.ID { // settle did not find it
		h.head.Doubts = append(h.head.Doubts, cut.ID+" was announced, and not there when "+n.ID+" was recorded: its recording was cut off, or it was removed")
	}
	h.head.Next = &Next{Link: Link{ID: n.ID, SHA256: SHA256(text)}, RecordedAt: n.RecordedAt}
	return h.folder.Keep(h.head)
}

func (h *openedHead) advance() error {
	if !h.kept {
		return nil
	}
	h.head = h.head.Advanced()
	return h.folder.Keep(h.head)
}
