package plan

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Duration is written as 90s, 60m, 1h30m or 7d. In JSON it is the shortest
// such text, so that a plan's hash does not depend on how it was spelt.
type Duration time.Duration

var dayRE = regexp.MustCompile(`^([0-9]+)d(.*)$`)

// ParseDuration reads a Go duration in which days (d) may come first.
func ParseDuration(text string) (Duration, error) {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("%q has no unit: write for instance %ss or %sm", text, text, text)
	}
	var days time.Duration
	rest := text
	if match := dayRE.FindStringSubmatch(text); match != nil {
		n, err := strconv.ParseInt(match[1], 10, 32)
		if err != nil || n > 36500 {
			return 0, fmt.Errorf("%q is longer than a hundred years", text)
		}
		days, rest = time.Duration(n)*24*time.Hour, match[2]
	}
	if rest == "" && rest != text {
		return Duration(days), nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil {
		return 0, fmt.Errorf("%q is no duration: write for instance 90s, 60m, 1h30m or 7d", text)
	}
	if d < 0 || days+d < 0 {
		return 0, fmt.Errorf("%q is negative", text)
	}
	return Duration(days + d), nil
}

// Seconds returns the duration in seconds.
func (d Duration) Seconds() float64 { return time.Duration(d).Seconds() }

// String writes 90s as 1m30s and 86400s as 24h.
func (d Duration) String() string {
	text := time.Duration(d).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if n := len(text) - len(zero) + 1; n > 0 && text[n-1:] == zero {
			text = text[:n]
		}
	}
	return text
}

// Words is how people write it: whole days as 35d, all else as String does, 36h or
// 1h30m.
func (d Duration) Words() string {
	const day = Duration(24 * time.Hour)
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	return d.String()
}

// MarshalText writes String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDuration does.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := ParseDuration(string(text))
	*d = parsed
	return err
}
