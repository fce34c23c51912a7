package backup

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// query reads a call's query strictly: a parameter that is not among the known
// ones is an error.
type query struct {
	values url.Values
	err    error // the first that came up
}

func read(c *wire.Call, known ...string) *query {
	q := &query{values: c.HTTP.URL.Query()}
	var names []string
	for name := range q.values {
		if !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		q.err = wire.Unknown("%s %s: query parameter %s=%q is not simulated", c.Service, c.Operation, names[0], q.values.Get(names[0]))
	}
	return q
}

func (q *query) has(name string) bool { return q.values.Has(name) }

// allows is whether a value passes the filter of that name; one that is not
// asked for lets everything pass.
func (q *query) allows(name, value string) bool { return !q.has(name) || q.values.Get(name) == value }

// between is whether a time lies after the one parameter and before the other,
// each where it is there. A time that has not come is never between.
func (q *query) between(t time.Time, after, before string) bool {
	return (!q.has(after) || !t.IsZero() && t.After(q.time(after))) && (!q.has(before) || !t.IsZero() && t.Before(q.time(before)))
}

func (q *query) time(name string) time.Time {
	t, err := time.Parse(time.RFC3339, q.values.Get(name))
	if err != nil && q.err == nil {
		q.err = invalid("%s=%q is no time", name, q.values.Get(name))
	}
	return t
}

// page cuts a list as maxResults and nextToken say. The token is the key of the
// element that comes next. AWS names no default size: it is 100 here, so that a
// caller who forgets to page is found out.
func page[T any](q *query, list []T, key func(T) string) (part []T, next *string, err error) {
	size, from := 100, 0
	if q.has("maxResults") {
		if size, err = strconv.Atoi(q.values.Get("maxResults")); err != nil || size < 1 || size > 1000 {
			return nil, nil, invalid("maxResults=%s is not between 1 and 1000", q.values.Get("maxResults"))
		}
	}
	if q.has("nextToken") {
		token := q.values.Get("nextToken")
		if from = slices.IndexFunc(list, func(e T) bool { return key(e) == token }); from < 0 {
			return nil, nil, invalid("the token %q is not known", token)
		}
	}
	if q.err != nil {
		return nil, nil, q.err
	}
	to := min(from+size, len(list))
	if to < len(list) {
		token := key(list[to])
		next = &token
	}
	return append([]T{}, list[from:to]...), next, nil
}

func invalid(format string, args ...any) error {
	return wire.Errorf("InvalidParameterValueException", format, args...)
}
