// Package notice is what a person is told about a drill that ended badly: one
// notice, as the subject and the text of a mail, and as a message in a chat.
//
// Whoever reads it was asleep a minute ago. So it says first what happened to
// which database, then the first reason with its figure and its target, then what
// to do, then where everything lies. Every text has a bound, and is cut between
// characters.
package notice

import (
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// Severity is how soon somebody must know.
type Severity string

const (
	Page   Severity = "PAGE"   // wake somebody
	Ticket Severity = "TICKET" // in the morning
)

// Notice is one message to a person.
type Notice struct {
	Severity   Severity
	Deployment string
	// Database is "workload/database", or what the input named; empty: nobody knows.
	Database string
	// About is what the message is of where that is no database: "recovery of orders".
	About string
	// Run is what ran: "recovery"; "": a drill.
	Run string
	// Ending is the drill's (FailureClean, ...), or in words how the execution was
	// closed that came to none of its own.
	Ending string
	// Kind is the same for machines: one word.
	Kind string
	// Says is one sentence: what the ending means.
	Says string
	// Finding is the gravest; nil: none is known. Error and Cause are the execution's
	// own, shown where there is no finding, or where Ending is not the drill's.
	Finding *Finding
	More    int    // further findings that decided
	MoreIn  string // where these are; "": in the evidence
	Error   string
	Cause   string
	// Todo are the steps, in order; the runbook is the last by itself.
	Todo []string
	// Notes are what the reader must know of this message: what could not be read.
	Notes []string

	Execution  string // its name
	Started    time.Time
	Ended      time.Time
	Links      Links
	ExecutedBy string // ARN of the execution
}

// Finding is one reason, with its figure and the target as texts; either may be
// empty.
type Finding struct {
	Code, What, Figure, Target, Hint string
}

// Links are where to look; an empty one is left out.
type Links struct {
	Execution       string // in the console
	Evidence        string // s3 URI
	EvidenceConsole string
	Runbook         string
	Dashboard       string
}

// Bounds of what others wrote, in bytes: a message stays readable in a mail, and
// far below the 256 KiB of SNS.
const (
	maxName  = 200
	maxWhat  = 2000
	maxStep  = 1000
	maxNote  = 600
	maxTodo  = 10
	maxNotes = 10
)

// one line of a text that somebody else wrote.
func line(s string, limit int) string { return printable.Text(strings.TrimSpace(s), limit) }

// database as a reader finds it in the plan.
func (n Notice) database() string {
	if n.About != "" {
		return line(n.About, maxName)
	}
	if n.Database == "" {
		return "unknown database"
	}
	return line(n.Database, maxName)
}

// run is what ran, in a word.
func (n Notice) run() string {
	if n.Run != "" {
		return line(n.Run, maxName)
	}
	return "drill"
}

// headline is what everything begins with.
func (n Notice) headline() string {
	return fmt.Sprintf("%s: %s (%s)", n.database(), line(n.Ending, maxName), line(n.Deployment, maxName))
}

// maxSubject: "less than 100 characters" says the reference.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const maxSubject = 99

// Subject of the mail: ASCII that can be printed, in one line. It begins with the
// severity, by which people sort. What is too long is the database's name: its
// end is cut, never the ending.
func (n Notice) Subject() string {
	before, after := string(n.Severity)+" ", fmt.Sprintf(": %s (%s)", ascii(n.Ending), ascii(n.Deployment))
	name := ascii(n.database())
	if room := maxSubject - len(before) - len(after); len(name) > room {
		name = name[:max(0, room-len("..."))] + "..."
	}
	whole := before + name + after
	return whole[:min(len(whole), maxSubject)]
}

// ascii replaces what a subject may not have.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}
