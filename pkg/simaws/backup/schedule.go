package backup

import (
	"math"
	"slices"
	"strings"
	"time"
)

// arm has the rules of a plan run when they are due.
func (s *Service) arm(p *Plan) {
	if s.o.Clock == nil {
		return
	}
	for i := range p.Rules {
		s.await(p, p.Rules[i], p.generation)
	}
}

// await has one rule run at its next moment, and so on.
func (s *Service) await(p *Plan, r Rule, generation int) {
	at, ever := r.next(s.now())
	if !ever {
		return
	}
	s.o.Clock.AfterFunc(at.Sub(s.now()), func() {
		if p.generation != generation { // it was changed, or removed
			return
		}
		s.due(p, r)
		s.await(p, r, generation)
	})
}

// due makes the jobs of a rule whose moment has come: one for each resource that
// is selected, once even where two selections do. Who is passed over gets no job.
func (s *Service) due(p *Plan, r Rule) {
	now := s.now()
	p.last = now
	if s.passedOver(p, r, now) {
		return
	}
	for _, resource := range s.resourcesIn(p.place) {
		sel := s.selection(p, resource)
		if sel == nil || s.upset(NothingMatched, resource.ARN) || s.upset(OptedOut, resource.ARN) {
			continue
		}
		j := s.AddJob(p.account, p.region, Job{
			Resource: resource.ARN, ResourceType: resource.Type, ResourceName: resource.Name, Vault: r.Vault, State: StateCreated, By: p.by(r),
			Created: now, StartBy: now.Add(r.startWindow()), Role: sel.Role, Lifecycle: r.Lifecycle, Key: resource.Key, Continuous: r.Continuous,
		})
		s.tellJob(j)
		started := time.Duration(s.random() * float64(r.startWindow()))
		s.o.Clock.AfterFunc(started.Truncate(time.Second), func() { s.begin(j, r) })
	}
}

// passedOver: while the start window of a rule of the same plan is open, the one
// with the longer retention runs alone.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html
func (s *Service) passedOver(p *Plan, r Rule, at time.Time) bool {
	return slices.ContainsFunc(p.Rules, func(other Rule) bool {
		if other.ID == r.ID || other.Continuous || r.Continuous || other.Lifecycle.kept() <= r.Lifecycle.kept() {
			return false
		}
		opened, ever := other.next(at.Add(-other.startWindow()))
		return ever && !opened.After(at)
	})
}

// kept is for how many days.
func (l Lifecycle) kept() int {
	if l.DeleteAfterDays == 0 {
		return math.MaxInt
	}
	return l.DeleteAfterDays
}

// resourcesIn are what can be backed up in a place, by their ARNs.
func (s *Service) resourcesIn(at place) []Resource {
	var list []Resource
	if s.o.Databases != nil {
		list = s.o.Databases.Resources(at.account, at.region)
	}
	for _, r := range s.at(at.account, at.region).resources {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b Resource) int { return strings.Compare(a.ARN, b.ARN) })
	return list
}

// resource finds one, wherever it is.
func (s *Service) resource(arn string) (Resource, bool) {
	at := placeOf(arn)
	if owner := s.owners[arn]; owner != (place{}) { // of a bucket the ARN says no place
		at = owner
	}
	for _, r := range s.resourcesIn(at) {
		if r.ARN == arn {
			return r, true
		}
	}
	return Resource{}, false
}

// selection is the first of a plan that selects a resource; nil: none does. What
// the region is not opted in to is passed over, unless it is named by its ARN:
// then the opt-in counts for Aurora, DocumentDB and Neptune only.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/getting-started.html
func (s *Service) selection(p *Plan, r Resource) *Selection {
	on, known := s.at(p.account, p.region).optIn[r.Type]
	out := known && !on
	for _, sel := range p.selections {
		named := slices.Contains(sel.Resources, r.ARN) && !slices.Contains([]string{"Aurora", "DocumentDB", "Neptune"}, r.Type)
		if sel.selects(r) && (!out || named) {
			return sel
		}
	}
	return nil
}

func (p *Plan) by(r Rule) By {
	zone := r.Timezone
	if zone == "" {
		zone = "Etc/UTC"
	}
	return By{p.ID, p.arn(), p.Name, p.versionID(), r.ID, r.Name, r.Schedule, zone}
}

// weekdays as windows have them.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

const week = 7 * 24 * time.Hour

// maintained tells whether a moment lies in a weekly window, or in the hour before
// it, when RDS takes no backup; and when that window is over.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html
func maintained(window string, at time.Time) (within bool, over time.Time) {
	from, to, ok := strings.Cut(strings.ToLower(window), "-")
	if !ok {
		return false, at
	}
	start, length := moment(from), (moment(to)-moment(from)+week)%week
	sunday := at.UTC().Truncate(24*time.Hour).AddDate(0, 0, -int(at.UTC().Weekday()))
	for _, begins := range []time.Time{sunday.Add(start - week), sunday.Add(start), sunday.Add(start + week)} {
		over = begins.Add(length)
		if at.Before(over) {
			return !at.Before(begins.Add(-time.Hour)), over
		}
	}
	return false, over
}

// moment of a week: sun:04:00.
func moment(text string) time.Duration {
	day, clock, _ := strings.Cut(text, ":")
	at, _ := time.Parse("15:04", clock)
	return time.Duration(max(0, slices.Index(weekdays, day)))*24*time.Hour + time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
}
