package notice

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sns"
)

func missed() Notice {
	return Notice{
		Severity: Ticket, Deployment: "prod", Database: "orders/orders-db", Ending: "ObjectivesMissed", Kind: "ObjectivesMissed", Says: "It would come back, and too late.",
		Finding: &Finding{Code: "RTOMissed", What: "it took 70 minutes", Figure: "1h10m0s", Target: "47m30s", Hint: "a larger class"},
		Todo:    []string{"Take a larger class."}, Execution: "x", ExecutedBy: "arn:aws:states:eu-central-1:111122223333:execution:lifeboat-prod-drill:x",
		Started: time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC), Ended: time.Date(2026, 11, 1, 4, 15, 1, 0, time.UTC),
		Links: Links{Execution: "https://console/x", Evidence: "s3://bucket/evidence/x.json", EvidenceConsole: "https://console/e", Runbook: "https://runbook", Dashboard: "https://dashboard"},
	}
}

func TestMail(t *testing.T) {
	const want = `TICKET orders/orders-db: ObjectivesMissed (prod)

It would come back, and too late.

Why
  RTOMissed: it took 70 minutes
  figure: 1h10m0s
  target: 47m30s

What to do
  1. Take a larger class.
  2. Follow the runbook: https://runbook

Where to look
  drill      x, 2026-11-01 03:00:00 to 2026-11-01 04:15:01 UTC (1h15m1s)
  execution  https://console/x
  evidence   s3://bucket/evidence/x.json
             https://console/e
  dashboard  https://dashboard
`
	if diff := cmp.Diff(want, missed().Text()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := missed().Subject(); got != "TICKET orders/orders-db: ObjectivesMissed (prod)" {
		t.Error(got)
	}
}

// hostile has what a name, a cause or a check may bring along.
func hostile() Notice {
	n := missed()
	long := strings.Repeat("ü<!channel>`*\n\x1b[2J\u202e世", 20_000)
	n.Database, n.Ending, n.Says, n.Error, n.Cause, n.Execution = long, "FailureDirty", long, long, long, long
	n.Finding = &Finding{Code: long, What: long, Figure: long, Target: long, Hint: long}
	for range 50 {
		n.Todo, n.Notes = append(n.Todo, long), append(n.Notes, long)
	}
	return n
}

func TestSubjectsAreTakenBySNS(t *testing.T) {
	for name, n := range map[string]Notice{
		"ordinary": missed(), "hostile": hostile(), "empty": {},
		"nobody knows which": func() Notice { n := missed(); n.Database = ""; return n }(),
		"long deployment":    func() Notice { n := missed(); n.Deployment = strings.Repeat("d", 300); return n }(),
	} {
		subject := n.Subject()
		if len(subject) == 0 || len(subject) > 99 || strings.ContainsFunc(subject, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%s: %d characters: %q", name, len(subject), subject)
		}
	}
	if got := hostile().Subject(); !strings.HasSuffix(got, "...: FailureDirty (prod)") {
		t.Errorf("the name is what is cut: %q", got)
	}
}

// What people wrote cannot forge a line, call a channel, or end a message in the
// middle of a character.
func TestWhatOthersWroteIsShownAsText(t *testing.T) {
	n := hostile()
	for name, text := range map[string]string{"mail": n.Text(), "chat": n.Chat().Content.Description} {
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("%s: %.300q", name, text)
		}
	}
	if text := n.Chat().Content.Description; strings.Contains(text, "<") || strings.Count(text, "`")%2 != 0 {
		t.Errorf("%.300q", text)
	}
	if len(n.Text()) > 64<<10 {
		t.Errorf("a mail of %d bytes", len(n.Text()))
	}
}

// The page of custom notifications says what each part may be, in Slack and in
// Teams alike.
func TestChatsAreTakenByAmazonQ(t *testing.T) {
	for name, n := range map[string]Notice{"ordinary": missed(), "hostile": hostile(), "empty": {Severity: Page}} {
		message := n.Message()
		if len(message) > 256<<10 {
			t.Errorf("%s: %d bytes", name, len(message))
		}
		var byProtocol map[string]string
		if err := json.Unmarshal([]byte(message), &byProtocol); err != nil {
			t.Fatal(err)
		}
		if byProtocol["default"] != n.Text() || byProtocol["email"] != n.Text() {
			t.Errorf("%s: the mail is not the text", name)
		}
		if problem := sns.Shown(byProtocol["https"]); problem != nil {
			t.Errorf("%s: %v", name, problem)
		}
	}
}
