package protection

import (
	"testing"
	"time"
)

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		10 * time.Minute: "10m", 20*time.Hour + 10*time.Minute: "20h10m", 2 * time.Hour: "2h", 35 * 24 * time.Hour: "35d", 90*time.Minute + 12*time.Second: "1h30m", 0: "0s",
	} {
		if got := words(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
