package drill

import (
	"math"
	"slices"
)

const (
	// forecastRestores is how many past restores count, the newest: enough for
	// a median that one odd run does not move, few enough to follow a database
	// that grows.
	forecastRestores = 10
	// usualSpread is what the spread is taken for before anything is known of
	// it, and usualWeight how many degrees of freedom that opinion has. Ten
	// restores cannot tell a spread of 0.2 from one of 0.4; both constants are
	// assumptions, see docs/waiting.md.
	usualSpread, usualWeight = 0.3, 40
	// oneRestoreSpread is the spread after a single restore: usualSpread, and
	// as much again (in squares) because the median is not known better.
	oneRestoreSpread = usualSpread * math.Sqrt2
)

// Forecast predicts the next restore from the past ones, newest first, in
// seconds: a log-normal with this median and this spread, the standard
// deviation of the logarithm. Both are zero without history.
//
// The median is that of the means of all pairs of logarithms (Hodges and
// Lehmann): nearly as exact as the mean, and one odd run hardly moves it; of
// fewer than five, where it would, the plain median. The
// spread is that of the next restore around it: the sample's, drawn towards
// 0.3, and widened by sqrt(1+1/n) because the median is an estimate too.
func Forecast(newestFirst []float64) (medianSeconds, spread float64) {
	var logs []float64
	for _, seconds := range newestFirst[:min(len(newestFirst), forecastRestores)] {
		if seconds > 0 {
			logs = append(logs, math.Log(seconds))
		}
	}
	if len(logs) == 0 {
		return 0, 0
	}
	n := float64(len(logs))
	var mean, squares float64
	for _, l := range logs {
		mean += l / n
	}
	for _, l := range logs {
		squares += (l - mean) * (l - mean)
	}
	variance := (usualWeight*usualSpread*usualSpread + squares) / (usualWeight + n - 1)
	median := math.Round(math.Exp(middle(logs))*1e6) / 1e6 // as it was given, where it is one of them
	return median, math.Sqrt(variance * (1 + 1/n))
}

func middle(logs []float64) float64 {
	list := slices.Clone(logs)
	if len(logs) >= 5 {
		for i, a := range logs {
			for _, b := range logs[:i] {
				list = append(list, (a+b)/2)
			}
		}
	}
	slices.Sort(list)
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}
