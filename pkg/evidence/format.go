package evidence

import (
	"fmt"
	"math"
	"strconv"
)

// duration writes seconds for people: milliseconds below ten seconds, then
// the two largest units.
func duration(seconds float64) string {
	if seconds < 0 {
		return "-" + duration(-seconds)
	}
	switch {
	case seconds == 0:
		return "0 s"
	case seconds < 0.0005:
		return "< 1 ms"
	case seconds < 0.9995:
		return fmt.Sprintf("%.0f ms", seconds*1000)
	case seconds < 9.995:
		return trimmed(seconds, 2) + " s"
	case seconds < 99.95:
		return trimmed(seconds, 1) + " s"
	case seconds < 119.5:
		return fmt.Sprintf("%.0f s", seconds)
	}
	return twoUnits(int64(math.Round(seconds)))
}

func twoUnits(s int64) string {
	for _, u := range []struct {
		name, next   string
		size, nextIn int64
	}{
		{"d", "h", 86400, 3600},
		{"h", "min", 3600, 60},
		{"min", "s", 60, 1},
	} {
		if s < u.size {
			continue
		}
		whole, rest := s/u.size, (s%u.size+u.nextIn/2)/u.nextIn
		if rest*u.nextIn >= u.size {
			whole, rest = whole+1, 0
		}
		if rest == 0 {
			return fmt.Sprintf("%d %s", whole, u.name)
		}
		return fmt.Sprintf("%d %s %d %s", whole, u.name, rest, u.next)
	}
	return fmt.Sprintf("%d s", s)
}

func trimmed(f float64, decimals int) string {
	text := strconv.FormatFloat(f, 'f', decimals, 64)
	for len(text) > 0 && text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	if len(text) > 0 && text[len(text)-1] == '.' {
		text = text[:len(text)-1]
	}
	return text
}
