package recovery_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

func child(number, attempt int, id string) recovery.Record {
	return recovery.Record{Number: number, Node: recovery.Node{ID: id}, Status: recovery.Status{Attempt: attempt}}
}

func TestChildNameSaysWhatItIsOf(t *testing.T) {
	for want, name := range map[string]string{
		"42-03-shop_restore_db-1": recovery.ChildName("42", child(3, 1, "shop/restore-db")),
		"42-120-shop_warm-12":     recovery.ChildName("42", child(120, 12, "shop/Warm")),
	} {
		if name != want {
			t.Errorf("got %s, want %s", name, want)
		}
	}
}

var valid = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// No two steps, attempts or runs share a name, whatever people called them, and
// each can be read back.
func TestChildNamesAreUnique(t *testing.T) {
	type key struct {
		run             string
		number, attempt int
	}
	rapid.Check(t, func(t *rapid.T) {
		run := rapid.OneOf(
			rapid.StringMatching(`[a-c]{1,3}(-[0-9]{1,3}-[a-c_]{1,3}-[0-9]){0,3}`), // names that look like ours
			rapid.StringMatching(`[A-Za-z0-9_-]{1,80}`),
			rapid.Map(rapid.StringMatching(`[a-z]{1,4}`), func(s string) string { return strings.Repeat("x", 76) + s }),
		)
		names := map[string]key{}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			k := key{run.Draw(t, "run"), rapid.IntRange(1, 1000).Draw(t, "number"), rapid.IntRange(1, 200).Draw(t, "attempt")}
			// One step has one id.
			id := strings.Repeat("w", 1+k.number%60) + "/" + strings.Repeat("s-", k.number%40)
			name := recovery.ChildName(k.run, child(k.number, k.attempt, id))
			if !valid.MatchString(name) {
				t.Fatalf("%q is no name of an execution", name)
			}
			if other, taken := names[name]; taken && other != k {
				t.Fatalf("%+v and %+v are both called %s", k, other, name)
			}
			names[name] = k
			number, attempt, ok := recovery.ParseChild(k.run, name)
			if !ok || number != k.number || attempt != k.attempt {
				t.Fatalf("%s is read as %d, %d, %v", name, number, attempt, ok)
			}
		}
	})
}
