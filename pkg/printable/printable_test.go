package printable_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

func TestTextsCanBeShown(t *testing.T) {
	for in, want := range map[string]string{
		"orders":              "orders",
		"café — 数":            "café — 数",
		"\x1b[2J":             `\u001b[2J`,
		"a\nPassed":           `a\nPassed`,
		"a\r\tb\x7f\u0085":    `a\u000d b\u007f\u0085`,
		"\u202egpj.exe\u2066": `\u202egpj.exe\u2066`,
		"\u2028x\u200b\ufeff": `\u2028x\u200b\ufeff`,
		"bad \xff\xc3":        `bad \xff\xc3`,
		"\ufffd":              "\ufffd",
	} {
		if got := printable.Text(in, 100); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	long := printable.Text(strings.Repeat("é", 1000), 101)
	if long != strings.Repeat("é", 50)+"... (1900 bytes more)" || !utf8.ValidString(long) {
		t.Errorf("%q", long)
	}
}

func TestAListEndsAfterTen(t *testing.T) {
	names := strings.Split(strings.Repeat("x\x1b,", 59_999)+"x", ",")
	if got := printable.List(names); len(got) > 200 || !strings.HasSuffix(got, "and 59990 more") || strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
	if got := printable.List([]string{"a", "b"}); got != "a, b" {
		t.Errorf("%q", got)
	}
}
