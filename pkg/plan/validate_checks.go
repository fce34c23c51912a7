package plan

import (
	"fmt"
	"strings"
)

func (v *validator) checks(path string, d Database) {
	local := !KindOf(d.Kind).OnAWS
	gated := local || d.CustomCheck != nil
	for _, c := range d.Checks {
		gated = gated || c.Stage != StageProof
	}
	switch {
	case len(d.Checks) == 0 && (local || d.CustomCheck == nil):
		v.add(path+".checks", "the database has no check", "a restore that nobody asked anything proves only that a server started",
			"for instance {name: orders are there, sql: select count(*) from orders, expect: {min: 1}}")
	case !gated:
		v.add(path+".checks", "the database has no check of stage gate", "nothing would have to hold before the data may serve",
			"give one of them stage: gate, or declare a customCheck")
	}
	names := map[string]bool{}
	for i, c := range d.Checks {
		at := fmt.Sprintf("%s.checks[%d]", path, i)
		v.unique(names, at+".name", "check", c.Name)
		v.oneOf(at+".stage", "stage", c.Stage, StageGate, StageProof)
		v.check(at, c)
	}
	if d.CustomCheck != nil {
		v.customCheck(path+".customCheck", *d.CustomCheck, names, d)
	}
}

func (v *validator) sql(path, sql string) {
	query := strings.TrimSpace(sql)
	if query == "" {
		v.add(path, "the check has no sql", "it asks nothing", "one query that gives one value")
		return
	}
	if moreThanOne(query) {
		v.add(path, "the check has more than one statement", "a check is one query, whose answer is judged", "make a check of each, or one query with a subselect")
	}
}

// moreThanOne reports whether text follows a semicolon that stands outside of
// quotes and comments.
func moreThanOne(sql string) bool {
	for i := 0; i < len(sql); i++ {
		switch {
		case sql[i] == '\'' || sql[i] == '"' || sql[i] == '`': // the last one quotes names in MySQL
			end := strings.IndexByte(sql[i+1:], sql[i])
			if end < 0 {
				return false // the database will say so
			}
			i += end + 1
		case strings.HasPrefix(sql[i:], "--"):
			end := strings.IndexByte(sql[i:], '\n')
			if end < 0 {
				return false
			}
			i += end
		case strings.HasPrefix(sql[i:], "/*"):
			end := strings.Index(sql[i:], "*/")
			if end < 0 {
				return false
			}
			i += end + 1
		case sql[i] == '$': // dollar quoting: leave it to the database
			return false
		case sql[i] == ';':
			rest := strings.TrimSpace(sql[i+1:])
			return rest != "" && !strings.HasPrefix(rest, "--")
		}
	}
	return false
}

func (v *validator) expect(path string, e *Expect) {
	if e == nil {
		v.add(path, "the check expects nothing", "whatever it answers would pass", "min, max, equals, maxAge or rows")
		return
	}
	var groups []string
	if e.Min != nil || e.Max != nil {
		groups = append(groups, "min and max")
	}
	if e.Equals != nil {
		groups = append(groups, "equals")
	}
	if e.MaxAge != nil {
		groups = append(groups, "maxAge")
	}
	if e.Rows != nil {
		groups = append(groups, "rows")
	}
	switch {
	case len(groups) == 0:
		v.add(path, "the check expects nothing", "whatever it answers would pass", "min, max, equals, maxAge or rows")
	case len(groups) > 1:
		v.add(path, "the check expects "+strings.Join(groups, " and ")+" at once", "one answer is judged in one way", "make a check of each")
	}
	v.ordered(path, "min", e.Min, e.Max)
	if e.MaxAge != nil && *e.MaxAge <= 0 {
		v.add(path+".maxAge", "maxAge is zero", "nothing is that fresh", "for instance maxAge: 60m")
	}
	if e.Rows == nil {
		return
	}
	if e.Rows.Min == nil && e.Rows.Max == nil {
		v.add(path+".rows", "rows expects nothing", "whatever it answers would pass", "rows: {min: 1}, {max: 0} or both")
	}
	v.ordered(path+".rows", "min", e.Rows.Min, e.Rows.Max)
	for _, end := range []struct {
		name  string
		value *float64
	}{{"min", e.Rows.Min}, {"max", e.Rows.Max}} {
		if end.value != nil && (*end.value < 0 || *end.value != float64(int64(*end.value))) {
			v.add(path+".rows."+end.name, "a number of rows is whole and not negative", "", "")
		}
	}
}

func (v *validator) ordered(path, field string, low, high *float64) {
	if low != nil && high != nil && *low > *high {
		v.add(path+"."+field, fmt.Sprintf("min %v is greater than max %v", *low, *high), "nothing can be both", "swap them")
	}
}
