package plan

import "time"

// Moments are those of the schedule from one moment on until before another, in
// order. A rate's are as Due has them.
func (s Schedule) Moments(from, until time.Time) (list []time.Time) {
	add := func(t time.Time) {
		if !t.Before(from) && t.Before(until) {
			list = append(list, t)
		}
	}
	from, until = from.UTC(), until.UTC()
	if s.rate > 0 {
		since := time.Duration(from.Unix()%int64(s.rate.Seconds())) * time.Second
		for t := from.Truncate(time.Second).Add(-since); t.Before(until); t = t.Add(s.rate) {
			add(t)
		}
		return list
	}
	minutes := s.minutesOfDay()
	if len(minutes) == 0 {
		return nil
	}
	for day := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, time.UTC); day.Before(until); day = day.AddDate(0, 0, 1) {
		if !s.Due(day.Add(minutes[0])) {
			continue
		}
		for _, minute := range minutes {
			add(day.Add(minute))
		}
	}
	return list
}
