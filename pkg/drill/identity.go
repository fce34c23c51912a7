package drill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Identity is what a backup says of itself, as far as its format says it; an
// empty field is not known.
type Identity struct {
	// Database is the name of the one database that it holds; a base backup
	// holds a whole cluster, and names none.
	Database string `json:"database,omitempty"`
	// SystemIdentifier tells one source from every other, also from one of the
	// same name: PostgreSQL's system identifier, RDS's DbiResourceId.
	SystemIdentifier string `json:"systemIdentifier,omitempty"`
	ServerVersion    string `json:"serverVersion,omitempty"` // of the source
	Encoding         string `json:"encoding,omitempty"`      // of the text in it
}

// Reference is what the last good drills of a database saw: the next backup is
// compared with it.
type Reference struct {
	Identity
	RunID      string    `json:"runId"` // of the newest of them
	RecordedAt time.Time `json:"recordedAt"`
}

// Or fills in what is not known from other.
func (i Identity) Or(other Identity) Identity {
	return Identity{
		Database:         cmp.Or(i.Database, other.Database),
		SystemIdentifier: cmp.Or(i.SystemIdentifier, other.SystemIdentifier),
		ServerVersion:    moreExact(i.ServerVersion, other.ServerVersion),
		Encoding:         cmp.Or(i.Encoding, other.Encoding),
	}
}

// moreExact keeps "15.18" where a base backup says only "15": the next dump
// would else be compared with less than is known.
func moreExact(version, other string) string {
	if version == "" || sameVersion(version, other) && len(versionParts(other)) > len(versionParts(version)) {
		return other
	}
	return version
}

// saidBy gathers what the chosen backup said: some of it is known only once it
// is being restored.
func saidBy(point *RecoveryPoint, facts []Fact) Identity {
	if point == nil {
		return Identity{}
	}
	said := point.Says
	said.ServerVersion = cmp.Or(said.ServerVersion, point.ServerVersion)
	for _, f := range facts {
		if f.Status != nil {
			said = said.Or(f.Status.Says)
		}
	}
	return said
}

// judgeIdentity compares what the backup says of itself with what the last
// good drill saw. A change is a warning, and the new reference once the drill
// is good; what cannot be compared is said.
func judgeIdentity(c Case, point *RecoveryPoint, said Identity, restored bool) []Finding {
	if point == nil {
		return nil
	}
	var findings []Finding
	nameless := said.Database == "" && said.SystemIdentifier == ""
	if nameless && restored { // a base backup tells while it is restored
		findings = append(findings, Finding{
			Severity: Info, Code: "IdentityUnknown",
			What: fmt.Sprintf("backup %s does not say of which database or cluster it is, so it cannot be known whether it is one of %s", point.ID, c.Spec.Name()),
			Hint: "archives (pg_dump -Fc or -Fd) and plain dumps with --create name their database, base backups their cluster",
		})
	}
	ref := c.Spec.Reference
	if ref == nil {
		return append(findings, nothingToCompare(c)...)
	}
	seen := fmt.Sprintf("the last good drill, %s of %s,", ref.RunID, ref.RecordedAt.UTC().Format(time.DateOnly))
	var uncompared []string
	for _, part := range []struct {
		name, says, saw string
		same            func(a, b string) bool
	}{
		{"database", said.Database, ref.Database, equal},
		{"system identifier", said.SystemIdentifier, ref.SystemIdentifier, equal},
		{"server version", said.ServerVersion, ref.ServerVersion, sameVersion},
		{"encoding", said.Encoding, ref.Encoding, strings.EqualFold},
	} {
		switch {
		case part.says == "" && part.saw == "" || part.says != "" && part.saw != "" && part.same(part.says, part.saw):
			continue
		case part.saw == "":
			uncompared = append(uncompared, part.name+" (no good drill saw one)")
			continue
		case part.says == "":
			uncompared = append(uncompared, part.name+" (the backup does not say it)")
			continue
		}
		findings = append(findings, Finding{
			Severity: Warning, Code: "IdentityChanged",
			What:   fmt.Sprintf("backup %s says %s %q; %s saw %q", point.ID, part.name, part.says, seen, part.saw),
			Figure: part.says, Target: part.saw,
			Hint: "if the source was upgraded or replaced on purpose, nothing is to be done: after a good drill this is what the next one is compared with; else find out whose backup this is",
		})
	}
	if len(uncompared) > 0 && restored && !nameless {
		findings = append(findings, Finding{
			Severity: Info, Code: "NotCompared", What: "of what the backup says of itself this could not be compared: " + strings.Join(uncompared, ", "),
		})
	}
	return findings
}

// nothingToCompare says that this is the first good drill on record. Where the
// record could not be read, a finding says so already.
func nothingToCompare(c Case) []Finding {
	unread := func(f Fact) bool { return f.Finding != nil && f.Finding.Code == HistoryUnreadable }
	if slices.ContainsFunc(c.Facts, unread) {
		return nil
	}
	return []Finding{{
		Severity: Info, Code: "NothingToCompare",
		What: "no good drill of this database is on record, so there is nothing to compare with what the backup says of itself",
	}}
}

// HistoryUnreadable is the code of the finding that past drills could not be
// read.
const HistoryUnreadable = "HistoryUnreadable"

func equal(a, b string) bool { return a == b }

// sameVersion compares as many parts as both have: "15" is the same as "15.18
// (Debian 15.18-0+deb12u1)".
func sameVersion(a, b string) bool {
	x, y := versionParts(a), versionParts(b)
	n := min(len(x), len(y))
	return slices.Equal(x[:n], y[:n])
}

// versionParts are the numbers at the front of a version; a version without
// any is its own only part.
func versionParts(version string) []string {
	front := version
	if i := strings.IndexFunc(version, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }); i >= 0 {
		front = version[:i]
	}
	if front = strings.Trim(front, "."); front == "" {
		return []string{version}
	}
	return strings.Split(front, ".")
}
