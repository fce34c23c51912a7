package sfn

import (
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// page cuts a list: 100 by default, 1000 at most. The token is the key of the
// element that comes next.
func page[T any](list []T, size int, token *string, key func(T) string) (part []T, next *string, err error) {
	if size < 0 || size > 1000 {
		return nil, nil, wire.Errorf("ValidationException", "1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: "+
			"Member must have value between 0 and 1000", size)
	}
	if size == 0 {
		size = 100
	}
	from := 0
	if token != nil {
		if from = slices.IndexFunc(list, func(e T) bool { return key(e) == *token }); from < 0 {
			return nil, nil, wire.Errorf("InvalidToken", "Invalid Token: '%s'", *token)
		}
	}
	to := min(from+size, len(list))
	if to < len(list) {
		k := key(list[to])
		next = &k
	}
	return append([]T{}, list[from:to]...), next, nil
}
