package replay

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func dumpOf(database string, more ...string) string {
	name := ""
	if database != "" {
		name = "CREATE DATABASE " + database + ";\n\\connect " + database + "\n\n"
	}
	return "--\n-- PostgreSQL database dump\n--\n\n\\restrict x\n\nSET client_encoding = 'UTF8';\n\n" + name +
		"COPY public.t (a) FROM stdin;\n1\n--\n-- PostgreSQL database dump complete\n\\.\n\n" + strings.Join(more, "\n") +
		"\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict x\n\n"
}

func clusterOf(inside ...string) string {
	return "--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE app;\n\n" + strings.Join(inside, "") +
		"--\n-- PostgreSQL database cluster dump complete\n--\n\n"
}

func TestEachDumpInAFileMustEndByItself(t *testing.T) {
	one, two := dumpOf("a"), dumpOf("b")
	cut := one[:strings.Index(one, "\n--\n-- PostgreSQL database dump complete\n--")]
	tests := map[string]struct {
		reason, text string
		whole        bool
	}{
		"one":                          {"as pg_dump writes it", one, true},
		"two":                          {"each ends", one + two, true},
		"globals and a dump":           {"each ends", clusterOf() + one, true},
		"a dump and globals":           {"each ends", one + clusterOf(), true},
		"a cluster dump":               {"a dump of each database is inside", clusterOf("\\connect template1\n\n", dumpOf(""), one, two), true},
		"old minor release":            {"without \\unrestrict", strings.ReplaceAll(strings.ReplaceAll(one, "\\unrestrict x\n", ""), "\\restrict x\n", ""), true},
		"from DOS":                     {"line ends do not matter", strings.ReplaceAll(one+two, "\n", "\r\n"), true},
		"somebody's last words":        {"they are comments", one + "--\n-- backup done\n--\n", true},
		"in a function":                {"a title in a body is no title", dumpOf("a", "CREATE FUNCTION f() RETURNS void AS $$\n-- PostgreSQL database dump\n$$ LANGUAGE sql;"), true},
		"first cut":                    {"the second one's end is not its own", cut + "\n" + two, false},
		"second cut":                   {"the first one's end is not its own", one + cut, false},
		"second cut in its title":      {"another begins", one + "--\n-- PostgreSQL data", false},
		"second cut at its first line": {"another begins", one + "--\n", false},
		"globals cut":                  {"a dump follows", strings.TrimSuffix(clusterOf(), "-- PostgreSQL database cluster dump complete\n--\n\n") + one, false},
		"cluster cut between two":      {"the cluster's own end is missing", strings.TrimSuffix(clusterOf(one), "--\n-- PostgreSQL database cluster dump complete\n--\n\n"), false},
		"cluster with a cut database":  {"pg_dumpall went on", clusterOf(cut+"\n", two), false},
		"beginning lost":               {"the first lines are missing", one[strings.Index(one, "SET"):], false},
		"cut in a table":               {"its data do not end", one[:strings.Index(one, "\\.")], false},
		"nothing":                      {"no dump", "", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Survey(t.Context(), strings.NewReader(tc.text), nil)
			if (err == nil) != tc.whole {
				t.Errorf("%s: error %v", tc.reason, err)
			}
		})
	}
}

// Wherever a dump is cut before its last comment, it is not whole; nor is a file
// of two that is cut in either.
func TestNoCutDumpIsWhole(t *testing.T) {
	one, two := dumpOf("a"), dumpOf("")
	const closing = "\n--\n-- PostgreSQL database dump complete"
	end := strings.LastIndex(one, closing) + len(closing)
	for n := range end {
		if _, err := Survey(t.Context(), strings.NewReader(one[:n]), nil); err == nil {
			t.Errorf("cut after %d of %d bytes it is whole: ...%q", n, end, one[max(0, n-20):n])
		}
	}
	both := one + two
	secondEnd := len(one) + strings.LastIndex(two, closing) + len(closing)
	for n := len(one) + 3; n < secondEnd; n++ { // a first line alone may be anybody's
		if _, err := Survey(t.Context(), strings.NewReader(both[:n]), nil); err == nil {
			t.Errorf("the second cut after %d bytes it is whole: ...%q", n-len(one), both[max(0, n-20):n])
		}
	}
}

func TestAFileSaysOfWhichDatabasesItIs(t *testing.T) {
	tests := map[string]struct {
		reason, text string
		want         Contents
	}{
		"named":              {"--create names it", dumpOf("a"), Contents{Databases: []string{"a"}}},
		"nameless":           {"without --create", dumpOf(""), Contents{Nameless: true}},
		"two":                {"both", dumpOf("a") + dumpOf("b"), Contents{Databases: []string{"a", "b"}}},
		"globals":            {"no database", clusterOf(), Contents{}},
		"globals, connected": {"as old pg_dumpall writes them", clusterOf("\\connect postgres\n\n"), Contents{}},
		"globals and a dump": {"the dump's", clusterOf() + dumpOf("a"), Contents{Databases: []string{"a"}}},
		"cluster":            {"pg_dumpall connects before the dumps of what every cluster has", clusterOf("\\connect template1\n\n", dumpOf(""), dumpOf("a")), Contents{Databases: []string{"template1", "a"}}},
		"odd names":          {"as pg_dump quotes them", strings.ReplaceAll(dumpOf("a"), "\\connect a\n", `\connect -reuse-previous=on "dbname='my shop'"`+"\n"), Contents{Databases: []string{"my shop"}}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Survey(t.Context(), strings.NewReader(tc.text), nil)
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got):\n%s", tc.reason, err, diff)
			}
		})
	}
}

func TestASurveyReadsNoFurtherThanItMust(t *testing.T) {
	text := dumpOf("a") + dumpOf("b") + "\\gexec is not what a dump has"
	got, err := Survey(t.Context(), strings.NewReader(text), func(database string) bool { return database == "b" })
	if err != nil || len(got.Databases) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}
