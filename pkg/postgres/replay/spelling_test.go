package replay

import (
	"io"
	"runtime"
	"strings"
	"testing"
)

// The spellings of white space and comments that the server takes for none.
var spellings = map[string]func(words string) string{
	"plain":           func(w string) string { return w },
	"comment before":  func(w string) string { return "/**/" + w },
	"nested comment":  func(w string) string { return "/* /* ; ' */ */" + w },
	"comment between": func(w string) string { return strings.ReplaceAll(w, " ", "/* ' */") },
	"line comment":    func(w string) string { return strings.ReplaceAll(w, " ", " -- '; \n") },
	"tabs":            func(w string) string { return strings.ReplaceAll(w, " ", "\t") },
	"form feeds":      func(w string) string { return strings.ReplaceAll(w, " ", "\f") },
	"lines":           func(w string) string { return "\v\n" + strings.ReplaceAll(w, " ", "\r\n") },
	"lower case":      strings.ToLower,
}

func TestASpellingChangesNoRule(t *testing.T) {
	for spelling, write := range spellings {
		for sql, reason := range map[string]string{
			"ALTER SYSTEM SET archive_command = 'x';":                         reasonRole,
			"CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();": reasonEventTrigger,
			"CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p;":             reasonSubscription,
			"CREATE TABLESPACE x LOCATION '/srv';":                            reasonTablespace,
			"ALTER TABLE t OWNER TO somebody;":                                reasonPrivileges,
			"ALTER DATABASE x SET session_preload_libraries TO 'x';":          reasonRole,
		} {
			tok, err := newLexer(strings.NewReader(write(sql))).next()
			if err != nil || tok.kind != statement {
				t.Fatalf("%s, %s: %+v, %v", spelling, sql, tok, err)
			}
			if got := (&player{}).skipReason(tok.bare); got != reason {
				t.Errorf("%s, %s: %q is passed over as %q, want %q", spelling, sql, tok.bare, got, reason)
			}
		}
		for _, sql := range []string{
			"COPY t FROM PROGRAM 'id';", "COPY t TO PROGRAM 'id';", "COPY t FROM '/etc/passwd';", "COPY t TO STDOUT;", "COPY (SELECT 1) TO '/tmp/x';",
			"COPY t FROM PROGRAM 'id' (NULL ' FROM stdin (');", "COPY t FROM PROGRAM $$id FROM stdin$$;", "COPY t FROM PROGRAM 'id FROM stdin';",
			"COPY t (a) FROM PROGRAM 'id' WITH (FORMAT csv, NULL ' FROM stdin WITH (x');",
		} {
			tok, err := newLexer(strings.NewReader(write(sql))).next()
			if err == nil && (!anyCopy.MatchString(tok.bare) || copyIn.MatchString(tok.bare)) {
				t.Errorf("%s, %s: %q is not refused", spelling, sql, tok.bare)
			}
		}
		for _, sql := range []string{"COPY public.t (a, b) FROM stdin;", "COPY t FROM stdin;", "COPY t FROM stdin WITH (FORMAT csv, NULL 'x');", "COPY t (a) FROM stdin (FORMAT csv);"} {
			if tok, err := newLexer(strings.NewReader(write(sql))).next(); err != nil || !copyIn.MatchString(tok.bare) {
				t.Errorf("%s, %s: %q is not read: %v", spelling, sql, tok.bare, err)
			}
		}
	}
	if tok, err := newLexer(strings.NewReader(`COPY "my ""s"."t (x)" ("a b", "c)") FROM stdin;`)).next(); err != nil || !copyIn.MatchString(tok.bare) {
		t.Errorf("%q is not read: %v", tok.bare, err)
	}
}

// endless is text of one kind that a megabyte of gzip holds gigabytes of.
type endless struct {
	head string
	left int
	fill byte
}

func (e *endless) Read(p []byte) (int, error) {
	if n := copy(p, e.head); n > 0 {
		e.head = e.head[n:]
		return n, nil
	}
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range p[:n] {
		p[i] = e.fill
	}
	e.left -= n
	return n, nil
}

func TestNoTokenTakesAllMemory(t *testing.T) {
	if raceDetector {
		t.Skip("with the race detector it takes minutes: make test runs it without one, too")
	}
	const size = 150 << 20
	for name, dump := range map[string]*endless{
		"a comment":       {"-- ", size, 'x'},
		"comments":        {"--\n--\n", size, '\n'},
		"a block comment": {"/* ", size, 'x'},
		"a word":          {"select ", size, 'x'},
		"a dollar tag":    {"select $", size, 'x'},
		"a dollar quote":  {"select $a$", size, 'x'},
		"a string":        {"select '", size, 'x'},
		"white space":     {"select ", size, ' '},
		"a command":       {"\\connect ", size, 'x'},
		"parentheses":     {"select ", size, '('},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			_, err := Survey(t.Context(), dump, nil)
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Error("it was read as a whole dump")
			}
			if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 400<<20 {
				t.Errorf("%d MiB of memory", grown>>20)
			}
		})
	}
}

func TestALongCommentIsNoObstacle(t *testing.T) {
	dump := databaseTitle + "\n/* " + strings.Repeat("long ", 4000) + "*/ -- " + strings.Repeat("long ", 4000) + "\nselect 1;\n" + databaseTitle + completeMark + "\n"
	if _, err := Survey(t.Context(), strings.NewReader(dump), nil); err != nil {
		t.Error(err)
	}
}
