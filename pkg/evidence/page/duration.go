package page

import (
	"fmt"
	"math"
	"strconv"
)

// Duration writes seconds for people: milliseconds below ten seconds, then
// the two largest units.
func Duration(seconds float64) string {
	if seconds < 0 {
		return "-" + Duration(-seconds)
	}
	switch {
	case seconds == 0:
		return "0 s"
	case seconds < 0.0005:
		return "< 1 ms"
	case seconds < 0.9995:
		return fmt.Sprintf("%.0f ms", seconds*1000)
	case seconds < 9.995:
		return Trimmed(seconds, 2) + " s"
	case seconds < 99.95:
		return Trimmed(seconds, 1) + " s"
	case seconds < 119.5:
		return fmt.Sprintf("%.0f s", seconds)
	}
	return twoUnits(int64(math.Round(seconds)))
}

// twoUnits rounds to the smaller of the two units, which may make the larger
// one full: 23 h 59 min 59 s is a day.
func twoUnits(seconds int64) string {
	minutes := (seconds + 30) / 60
	hours := (seconds + 1800) / 3600
	switch {
	case seconds < 3600:
		return joined(seconds/60, "min", seconds%60, "s")
	case minutes < 24*60:
		return joined(minutes/60, "h", minutes%60, "min")
	}
	return joined(hours/24, "d", hours%24, "h")
}

func joined(large int64, largeName string, small int64, smallName string) string {
	if small == 0 {
		return fmt.Sprintf("%d %s", large, largeName)
	}
	return fmt.Sprintf("%d %s %d %s", large, largeName, small, smallName)
}

// Trimmed writes a figure with so many decimals at most, and no zeros at the end.
func Trimmed(f float64, decimals int) string {
	text := strconv.FormatFloat(f, 'f', decimals, 64)
	for len(text) > 0 && text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	if len(text) > 0 && text[len(text)-1] == '.' {
		text = text[:len(text)-1]
	}
	return text
}
