package backup

import (
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// retryEvery is how often a job that cannot begin yet is looked at again.
const retryEvery = time.Minute

// begin starts the backup of a job, or lets it wait: there is one backup or copy
// of a resource at a time, and where that lasts longer than the start window the
// job expires.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-limits.html
func (s *Service) begin(j *Job, r Rule) {
	if s.upset(JobExpired, j.Resource) {
		s.o.Clock.AfterFunc(j.StartBy.Sub(s.now()), func() { s.end(j, StateExpired, "Backup job expired before it started.") })
		return
	}
	resource, there := s.resource(j.Resource)
	if !there {
		s.end(j, StateFailed, "The resource "+j.Resource+" does not exist.")
		return
	}
	now := s.now()
	if resource.Busy || s.busy[j.Resource] > 0 {
		if !now.Add(retryEvery).Before(j.StartBy) {
			s.end(j, StateExpired, "Backup job failed because there was a running job for the same resource.")
			return
		}
		if j.State == StateCreated {
			j.State = StatePending
			s.tellJob(j)
		}
		s.o.Clock.AfterFunc(retryEvery, func() { s.begin(j, r) })
		return
	}
	if why := s.refusal(j, r, resource); why != "" {
		s.end(j, StateFailed, why)
		return
	}
	s.run(j, r, resource)
}

// refusal is why AWS fails a job when it would start; "": it does not.
func (s *Service) refusal(j *Job, r Rule, resource Resource) string {
	if within, over := maintained(resource.Maintenance, s.now()); within && resource.Type == "RDS" {
		return "Backup job could not start because it is either inside or too close to the maintenance window, which is over at " + over.Format(time.RFC3339)
	}
	v := s.at(j.account, j.region).vault(j.Vault)
	if v == nil {
		return "Backup vault " + j.Vault + " does not exist."
	}
	if why := v.takes(r.Lifecycle); why != "" {
		return why
	}
	if err := s.may("Backup", j.Role, map[string]string{"Resource": j.Resource, "ResourceKey": resource.Key, "Vault": vaultARN(j.account, j.region, j.Vault), "Snapshot": snapshotARN(j)}); err != nil {
		return "Access Denied: " + err.Error()
	}
	return ""
}

// takes is why the lock of a vault refuses a lifecycle; "": it does not.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
func (v *Vault) takes(l Lifecycle) string {
	minDays, maxDays := v.bounds()
	if minDays > 0 && l.kept() < minDays || maxDays > 0 && l.kept() > maxDays {
		return fmt.Sprintf("The retention of %d days lies outside of what the lock of backup vault %s takes: %d to %d days (0: no bound).", l.DeleteAfterDays, v.Name, minDays, maxDays)
	}
	return ""
}

func snapshotARN(j *Job) string {
	return wire.ARN("rds", j.region, j.account, "snapshot:awsbackup:job-"+j.ID)
}

// run makes the recovery point of a job: it holds the data of now, and is there
// when the backup has lasted.
func (s *Service) run(j *Job, r Rule, resource Resource) {
	now := s.now()
	j.State, j.Started, j.Bytes = StateRunning, now, resource.Bytes
	s.busy[j.Resource]++
	point := &Point{
		Resource: resource.ARN, ResourceType: resource.Type, ResourceName: resource.Name, Status: Creating, Created: now, Bytes: int64(resource.Bytes),
		KMSKey: resource.Key, Role: j.Role, Lifecycle: j.Lifecycle, By: j.By,
	}
	if s.upset(Misplaced, j.Resource) {
		j.Vault = "Default"
		s.AddVault(j.account, j.region, j.Vault)
	}
	if s.upset(ShortLived, j.Resource) {
		point.Lifecycle.DeleteAfterDays = 1
	}
	lasts := s.lasts(s.o.Behaviour.Backup)
	switch {
	case j.Continuous && s.goesOn(j, resource):
		point = s.continuous(j, resource)
		lasts = time.Minute
	case s.today(j) != "":
		j.RecoveryPoint, point = s.today(j), nil // RDS takes no second one that day
	default:
		if err := s.snapshot(j, point); err != nil {
			s.busy[j.Resource]--
			s.end(j, StateFailed, err.Error())
			return
		}
	}
	s.tellJob(j)
	if lasts > r.completionWindow() {
		s.o.Clock.AfterFunc(r.completionWindow(), func() { s.abort(j, point) })
		return
	}
	s.o.Clock.AfterFunc(lasts, func() { s.complete(j, r, point, resource) })
}

// snapshot begins one, in RDS where the resource is of it, and puts it into the
// vault.
func (s *Service) snapshot(j *Job, p *Point) error {
	if p.ResourceType == "RDS" && s.o.Databases != nil {
		arn, err := s.o.Databases.Take(p.Resource, "awsbackup:job-"+j.ID)
		if err != nil {
			return err
		}
		p.ARN = arn
	} else {
		p.ARN = wire.ARN("backup", j.region, j.account, "recovery-point:"+j.ID)
	}
	j.RecoveryPoint = p.ARN
	s.put(j.account, j.region, j.Vault, p)
	return nil
}

func (s *Service) put(account, region, vault string, p *Point) {
	if days := p.Lifecycle.DeleteAfterDays; days > 0 {
		p.Delete = p.Created.AddDate(0, 0, days)
	}
	p.vault, p.vaultARN = vault, vaultARN(account, region, vault)
	r := s.at(account, region)
	r.points = append(r.points, p)
}

// complete ends a backup that has lasted, and begins its copies.
func (s *Service) complete(j *Job, r Rule, p *Point, resource Resource) {
	s.busy[j.Resource]--
	if p == nil {
		s.end(j, StateCompleted, "")
		return
	}
	if !p.continuous {
		p.Status, p.Completed = Completed, s.now()
		if s.o.Databases != nil {
			s.o.Databases.Finish(p.ARN)
		}
		s.expire(j.place, p)
	}
	state, message := StateCompleted, ""
	switch {
	case s.upset(PartialPoint, j.Resource):
		state, message, p.Status, p.StatusMessage = StatePartial, "A part of the resource was not backed up.", Partial, "A part of the resource was not backed up."
	case s.upset(ObjectsMissing, j.Resource):
		message = "Completed with issues: some objects were not backed up. The role lacks permissions for them."
		s.tellVault(j.place, j.Vault, "S3_BACKUP_OBJECT_FAILED", "Objects of "+j.Resource+" were not backed up.", nil)
	case s.upset(WithIssues, j.Resource):
		message = "Completed with issues: " + j.Resource + " is not as it was when the job began."
	}
	s.end(j, state, message)
	if !p.continuous {
		s.tellPoint(j.place, p)
		s.gap(j, r, p)
	}
	if s.upset(CopyNeverBegan, j.Resource) {
		return
	}
	for _, action := range r.Copies {
		s.copy(j, p, action, resource)
	}
}

// abort ends a backup that would last longer than it may.
func (s *Service) abort(j *Job, p *Point) {
	s.busy[j.Resource]--
	if p != nil && !p.continuous {
		s.remove(j.place, p)
	}
	j.RecoveryPoint = ""
	s.end(j, StateExpired, "Backup job expired before completion.")
}

func (s *Service) end(j *Job, state State, message string) {
	j.State, j.Message, j.Completed = state, message, s.now()
	switch {
	case state == StateCompleted && message == "":
		j.Category = "SUCCESS"
	case strings.HasPrefix(message, "Access Denied"):
		j.Category = "AccessDenied"
	case state == StateExpired:
		j.Category = "Expired"
	default:
		j.Category = "Other"
	}
	s.tellJob(j)
}

// gap puts a recovery point into an air-gapped vault besides, where the kind of
// resource allows that and it is encrypted; where not, the job has succeeded all
// the same, and nothing tells.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/lag-vault-primary-backup.html
func (s *Service) gap(j *Job, r Rule, p *Point) {
	if r.AirGapped == "" || p.ResourceType == "RDS" || p.KMSKey == "" || s.upset(NotInAirGappedVault, j.Resource) {
		return
	}
	at, name := placeOf(r.AirGapped), nameOf(r.AirGapped)
	v := s.at(at.account, at.region).vault(name)
	if v == nil || v.takes(p.Lifecycle) != "" {
		return
	}
	gapped := *p
	gapped.ARN, gapped.SourceVault = wire.ARN("backup", at.region, at.account, "recovery-point:gapped-"+j.ID), p.vaultARN
	s.put(at.account, at.region, name, &gapped)
	s.expire(at, &gapped)
}

// today is the recovery point that a snapshot rule has made on this day, where RDS
// takes no other as the instance is backed up continuously as well.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html
func (s *Service) today(j *Job) string {
	if j.ResourceType != "RDS" || s.continuousOf(j.place, j.Resource) == nil && !s.upsets[SnapshotsOncePerDay][j.Resource] {
		return ""
	}
	for _, p := range s.at(j.account, j.region).points {
		if p.Resource == j.Resource && !p.continuous && p.By.PlanID == j.By.PlanID && p.Created.UTC().Truncate(24*time.Hour).Equal(s.now().UTC().Truncate(24*time.Hour)) {
			return p.ARN
		}
	}
	return ""
}

// expire deletes a recovery point when its lifecycle says so; where the role may
// not any more, it stays and is EXPIRED.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/recovery-points.html
func (s *Service) expire(at place, p *Point) {
	if p.Delete.IsZero() || s.o.Clock == nil {
		return
	}
	s.o.Clock.AfterFunc(p.Delete.Sub(s.now()), func() {
		if err := s.may("Expire", p.Role, map[string]string{"Snapshot": p.ARN}); err != nil {
			p.Status, p.StatusMessage = Expired, "Access Denied: "+err.Error()
			s.tellPoint(at, p)
			return
		}
		s.remove(at, p)
	})
}

func (s *Service) remove(at place, p *Point) {
	r := s.at(at.account, at.region)
	for i := range r.points {
		if r.points[i] == p {
			r.points = append(r.points[:i:i], r.points[i+1:]...)
			break
		}
	}
	if s.o.Databases != nil {
		s.o.Databases.Remove(p.ARN)
	}
}

// lasts draws how long something does.
func (s *Service) lasts(d time.Duration) time.Duration {
	if s.o.Behaviour.Spread == 0 {
		return d
	}
	return time.Duration(float64(d) * (1 + s.o.Behaviour.Spread*(2*s.random()-1))).Round(time.Second)
}

func (s *Service) random() float64 {
	if s.o.Random == nil {
		return 0
	}
	return s.o.Random()
}

// may asks what a role may for a job.
func (s *Service) may(what, role string, values map[string]string) error {
	if s.o.May == nil || role == "" {
		return nil
	}
	return s.o.May(what, role, values)
}

func nameOf(vaultARN string) string { return vaultARN[strings.LastIndexByte(vaultARN, ':')+1:] }
