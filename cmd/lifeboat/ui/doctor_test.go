package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
)

// TestDoctor: by area, a line each, the command under what is not ok, and a sum.
func TestDoctor(t *testing.T) {
	r := ui.Examined(doctor.Report{At: time.Unix(0, 0), Where: "prod", Lines: []doctor.Line{
		{Area: "keys", Subject: "alias/lifeboat-prod", State: doctor.OK, What: "it is there", Basis: doctor.Asked},
		{Area: "keys", Subject: "k", State: doctor.Wrong, What: "the policy lets nobody in\x1b[2J", Command: "aws kms get-key-policy", Basis: doctor.Judged},
		{Area: "alarms", Subject: strings.Repeat("x", 50), State: doctor.Unknown, What: "denied\nok       forged  it is well", Command: "aws cloudwatch", Basis: doctor.Asked},
	}})
	var text strings.Builder
	ui.Doctor(&text, false, r)
	want := `keys
  ok       alias/lifeboat-prod  it is there
  wrong    k                    the policy lets nobody in\u001b[2J (judged)
           $ aws kms get-key-policy

alarms
  unknown  ` + strings.Repeat("x", 50) + `  denied\nok       forged  it is well
           $ aws cloudwatch

prod: 1 ok, 1 wrong, 1 unknown; 1 judged by lifeboat, not asked (docs/doctor.md)
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	text.Reset()
	ui.Doctor(&text, true, r)
	for _, coloured := range []string{"\x1b[32mok     \x1b[0m", "\x1b[31mwrong  \x1b[0m", "\x1b[33munknown\x1b[0m", "\x1b[31m1 wrong\x1b[0m"} {
		if !strings.Contains(text.String(), coloured) {
			t.Errorf("no %q in %q", coloured, text.String())
		}
	}
}
