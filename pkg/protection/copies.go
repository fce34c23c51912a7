package protection

import (
	"fmt"
	"time"
)

// retries is for how long AWS tries a copy again by itself; from then on nobody
// promises anything.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/recov-point-create-a-copy.html
const retries = 2 * time.Hour

// copies judges whether what was backed up came to where it survives.
func (j *judge) copies() {
	if j.s.Copied() && j.seen.Knows(CopyPoints) {
		j.newestCopy()
	}
	if j.s.copies() && j.seen.Knows(CopyJobs) {
		j.copyJobs()
	}
	j.airGapped()
}

// newestCopy is how much longer it may stay the newest. Its age counts from the
// moment of the data, and it counts once it is whole: one under way is none.
func (j *judge) newestCopy() {
	allowed := j.s.Policy.CopyAge + Slack
	var newest time.Time
	for _, p := range j.seen.Copies[j.s.Resource] {
		if p.usable() && p.Created.After(newest) {
			newest = p.Created
		}
	}
	if newest.IsZero() && j.seen.Knows(CopyVault) && j.seen.CopyVault.There {
		newest = j.seen.CopyVault.Made // of a new deployment the first is still to come
		if j.now.Sub(newest) > allowed {
			newest = time.Time{}
		}
	}
	if newest.IsZero() {
		j.find(NoCopy, fmt.Sprintf("there is no copy of %s in %s", j.s.Resource, j.s.Copies.ARN()))
		j.copyHeadroom = none(allowed)
		return
	}
	headroom := allowed - j.now.Sub(newest)
	j.copyHeadroom = &headroom
}

// none is the headroom of what is not there at all: its age is unbounded, and a
// figure must be finite.
func none(allowed time.Duration) *time.Duration {
	headroom := -allowed - day
	return &headroom
}

// copyJobs judges the copy of the newest backup that should have one by now.
func (j *judge) copyJobs() {
	jobs := j.seen.CopyJob[j.s.Resource]
	for _, c := range jobs {
		standing, took := OfCopy(c.State), j.took(c)
		lately := standing == Usable && j.now.Sub(c.Completed) < day
		if took > max(retries, j.s.Copying+Slack) && (standing == UnderWay || lately) {
			j.find(CopyRetried, fmt.Sprintf("copy job %s of %s to %s is %s, %s after it was made", c.ID, c.Point, c.To, c.State, words(took)))
		}
	}
	newest := true
	for _, c := range jobs { // newest first
		standing := OfCopy(c.State)
		if standing == UnderWay || !newest && j.now.Sub(c.Completed) > lately {
			continue
		}
		newest = false
		j.copied(c, standing)
	}
	if p := j.uncopied(jobs); p != nil {
		j.find(CopyNeverBegan, fmt.Sprintf("recovery point %s of %s was COMPLETED at %s, its rule %q copies, and no copy job was made", p.ARN, j.s.Resource, at(p.Completed), p.Rule))
	}
}

// copied judges the newest copy job that ended.
func (j *judge) copied(c Copy, standing Standing) {
	switch standing {
	case NotDecided:
		j.find(Undecided, fmt.Sprintf("copy job %s is %q, which lifeboat does not know", c.ID, c.State))
	case Failed:
		j.find(CopyFailed, fmt.Sprintf("copy job %s of %s to %s is FAILED: %s", c.ID, c.Point, c.To, c.Message))
	case Partial:
		j.find(PartialPoint, fmt.Sprintf("copy job %s of %s to %s is PARTIAL: %s", c.ID, c.Point, c.To, c.Message))
	case Usable:
		if c.To != j.s.Copies.ARN() && !j.s.AirGapped {
			j.find(Misplaced, fmt.Sprintf("copy job %s put its copy into %s; the plan wants it in %s", c.ID, c.To, j.s.Copies.ARN()))
		}
	case UnderWay, Halted, Gone, Expired:
	}
}

func (j *judge) took(c Copy) time.Duration {
	if c.Completed.IsZero() {
		return j.now.Sub(c.Created)
	}
	return c.Completed.Sub(c.Created)
}

// uncopied is the newest recovery point whose copy should have begun long ago, where
// there is neither a job for it nor a copy.
func (j *judge) uncopied(jobs []Copy) *Point {
	if !j.seen.Knows(BackupPoints) {
		return nil
	}
	points := j.seen.Backups[j.s.Resource]
	for i, p := range points {
		r, known := j.rule(p.Rule)
		if p.Continuous || !p.usable() || j.now.Sub(p.Completed) < time.Hour || !known || r.Copy == nil || !*r.Copy {
			continue
		}
		for _, c := range jobs {
			if c.Point == p.ARN {
				return nil
			}
		}
		if j.seen.Knows(CopyPoints) && holds(j.seen.Copies[j.s.Resource], p) {
			return nil
		}
		return &points[i]
	}
	return nil
}

// holds tells whether a copy of a point is among others: it has its source's
// creation.
func holds(copies []Point, of Point) bool {
	for _, p := range copies {
		if d := p.Created.Sub(of.Created); d > -time.Second && d < time.Second {
			return true
		}
	}
	return false
}

// airGapped looks where the newest recovery point lies: a job that could not put it
// into an air-gapped vault is COMPLETED all the same.
func (j *judge) airGapped() {
	if !j.s.AirGapped || !j.seen.Knows(BackupPoints) || !j.seen.Knows(BackupVault) || j.seen.BackupVault.AirGapped {
		return
	}
	for _, p := range j.seen.Backups[j.s.Resource] {
		if p.Continuous || !p.usable() || j.now.Sub(p.Completed) < retries+Slack {
			continue
		}
		if !j.seen.Knows(CopyPoints) {
			return
		}
		if !j.seen.CopyVault.AirGapped || !holds(j.seen.Copies[j.s.Resource], p) {
			j.find(NotInAirGappedVault, fmt.Sprintf("recovery point %s of %s lies in %s only, which is not air-gapped", p.ARN, j.s.Resource, p.Vault))
		}
		return
	}
}
