package ui

import (
	"fmt"
	"time"
)

// Clock writes 1:02.3 for a minute and two seconds.
func Clock(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.2fs", d.Seconds())
	}
	return fmt.Sprintf("%d:%04.1f", int(d.Minutes()), (d % time.Minute).Seconds())
}

// Seconds writes a figure in seconds for people; nil is not measured.
func Seconds(seconds *float64) string {
	if seconds == nil {
		return "-"
	}
	d := time.Duration(*seconds * float64(time.Second))
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.2fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// Bytes writes sizes in MiB; total 0 is not known.
func Bytes(done, total int64) string {
	const mib = 1 << 20
	if total <= 0 {
		return fmt.Sprintf("%.1f MiB", float64(done)/mib)
	}
	return fmt.Sprintf("%.1f of about %.1f MiB", float64(done)/mib, float64(max(total, done))/mib)
}
