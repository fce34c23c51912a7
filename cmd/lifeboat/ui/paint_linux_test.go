package ui

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestColours: on a terminal, and nowhere else.
func TestColours(t *testing.T) {
	tty := terminal(t)
	tests := map[string]struct {
		reason        string
		noColor, term string
		want          Paint
	}{
		"a terminal":      {"it can show them", "", "xterm", true},
		"NO_COLOR":        {"whatever it says: https://no-color.org", "0", "xterm", false},
		"a dumb terminal": {"it would show the codes", "", "dumb", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("NO_COLOR", tc.noColor)
			t.Setenv("TERM", tc.term)
			if got := Colours(tty); got != tc.want || got.Good("x") != map[Paint]string{true: "\033[32mx\033[0m", false: "x"}[tc.want] {
				t.Errorf("%s: %t, %q", tc.reason, got, got.Good("x"))
			}
			if Colours(&bytes.Buffer{}) {
				t.Error("what is no terminal gets colours")
			}
		})
	}
}

// terminal is the side of a pseudo-terminal that programs write to.
func terminal(t *testing.T) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { tty.Close() })
	return tty
}
