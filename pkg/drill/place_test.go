package drill

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestPlaceOfTheCopy(t *testing.T) {
	old, fresh := time.Unix(0, 0), time.Unix(1, 0)
	for name, c := range map[string]struct {
		reason    string
		place     Place
		region    string
		elsewhere bool
		counts    time.Time
	}{
		"recovery region": {"the primary one may be lost", Place{PrimaryRegion: "a", RecoveryRegion: "b"}, "b", true, old},
		"one region":      {"there is no other", Place{PrimaryRegion: "a"}, "a", false, fresh},
		"the same twice":  {"it is declared, and no other", Place{PrimaryRegion: "a", RecoveryRegion: "a"}, "a", false, fresh},
	} {
		if c.place.Region() != c.region || c.place.Elsewhere() != c.elsewhere {
			t.Errorf("%s: %s: %s, elsewhere %t", name, c.reason, c.place.Region(), c.place.Elsewhere())
		}
		n := Newest{Primary: fresh, Copy: old, PrimaryKnown: true, CopyKnown: true}
		if at, known := n.Counts(c.place); !known || !at.Equal(c.counts) {
			t.Errorf("%s: %s: %s counts", name, c.reason, at)
		}
	}
}

// A database of this machine has no place on AWS, and its run record says none.
func TestNoPlaceIsNotWritten(t *testing.T) {
	text, err := json.Marshal(Spec{Deployment: "here"})
	if err != nil || strings.Contains(string(text), "place") {
		t.Errorf("%s, %v", text, err)
	}
}
