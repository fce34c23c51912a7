package backup

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/timetable"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Plan is a backup plan.
type Plan struct {
	ID      string // default: made up
	Name    string
	Rules   []Rule
	Created time.Time // default now

	place
	version    int
	last       time.Time // a run
	selections []*Selection
	generation int // of its timers: a change ends those of before
}

// Rule of a plan.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRule.html
type Rule struct {
	ID       string // default: made up
	Name     string
	Vault    string // by name
	Schedule string
	Timezone string // default Etc/UTC
	// StartWindow and CompletionWindow; zero: 8 hours and 7 days, as AWS takes.
	StartWindow, CompletionWindow time.Duration
	Lifecycle                     Lifecycle
	Copies                        []CopyAction
	Continuous                    bool
	Tags                          map[string]string // of its recovery points
	AirGapped                     string            // ARN of a vault that is backed up to besides; "": none
}

// Lifecycle of a recovery point in days after its creation; 0: never.
type Lifecycle struct{ DeleteAfterDays, ColdAfterDays int }

// CopyAction copies each recovery point of a rule.
type CopyAction struct {
	Vault     string // ARN
	Lifecycle Lifecycle
}

// Defaults of a rule.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html
const (
	defaultStartWindow      = 8 * time.Hour
	defaultCompletionWindow = 7 * 24 * time.Hour
)

func (r Rule) startWindow() time.Duration { return cmp.Or(r.StartWindow, defaultStartWindow) }

func (r Rule) completionWindow() time.Duration {
	return cmp.Or(r.CompletionWindow, defaultCompletionWindow)
}

// SetPlan makes a plan, or changes the one with its id, whose selections it
// keeps. The error is what AWS would refuse.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupPlan.html
func (s *Service) SetPlan(account, region string, p Plan) (id string, err error) {
	r := s.at(account, region)
	if p.ID == "" {
		p.ID = s.newID()
	}
	p.place, p.version = place{account, region}, 1
	if p.Created.IsZero() {
		p.Created = s.now()
	}
	if err := p.check(); err != nil {
		return "", err
	}
	for i := range p.Rules {
		if p.Rules[i].ID == "" {
			p.Rules[i].ID = fmt.Sprintf("%s-rule-%d", p.ID, i+1)
		}
	}
	known := r.plan(p.ID)
	if known == nil {
		known = &Plan{}
		r.plans = append(r.plans, known)
	}
	if known.version > 0 {
		p.Created, p.version, p.selections, p.last = known.Created, known.version+1, known.selections, known.last
	}
	p.generation = known.generation + 1
	*known = p
	s.arm(known)
	return p.ID, nil
}

// check refuses what AWS does.
func (p *Plan) check() error {
	if p.Name == "" || len(p.Rules) < 1 || len(p.Rules) > 10 {
		return invalid("a plan has a name and 1 to 10 rules; %q has %d", p.Name, len(p.Rules))
	}
	names := map[string]bool{}
	for _, r := range p.Rules {
		if _, err := r.expression(); err != nil {
			return invalid("rule %s: %v", r.Name, err)
		}
		life := r.Lifecycle
		switch {
		case names[r.Name]:
			return invalid("two rules are called %s", r.Name)
		case r.Vault == "":
			return invalid("rule %s names no vault", r.Name)
		case r.startWindow() < time.Hour:
			return invalid("rule %s: a start window of %s is shorter than 60 minutes", r.Name, r.startWindow())
		case r.completionWindow() <= r.startWindow():
			return invalid("rule %s: it must be complete within %s and may begin within %s", r.Name, r.completionWindow(), r.startWindow())
		case life.ColdAfterDays > 0 && life.DeleteAfterDays > 0 && life.DeleteAfterDays < life.ColdAfterDays+90:
			return invalid("rule %s: what moves to cold storage stays there for 90 days at least", r.Name)
		case r.Continuous && (life.DeleteAfterDays < 1 || life.DeleteAfterDays > 35):
			return invalid("rule %s: continuous backups are kept for 1 to 35 days, not %d", r.Name, life.DeleteAfterDays)
		case len(r.Copies) > 5:
			return invalid("rule %s: %d copies are more than 5", r.Name, len(r.Copies))
		}
		names[r.Name] = true
	}
	return nil
}

func (r Rule) expression() (timetable.Expression, error) { return timetable.Parse(r.Schedule) }

func (r Rule) zone() *time.Location {
	zone, err := time.LoadLocation(cmp.Or(r.Timezone, "Etc/UTC"))
	if err != nil {
		return time.UTC
	}
	return zone
}

// next is the first moment behind after for which the rule is scheduled.
func (r Rule) next(after time.Time) (time.Time, bool) {
	e, err := r.expression()
	if err != nil {
		return time.Time{}, false // check has refused it
	}
	return e.Next(after, r.zone(), time.Time{})
}

// RemovePlan removes a plan with its selections.
func (s *Service) RemovePlan(account, region, id string) {
	r := s.at(account, region)
	if p := r.plan(id); p != nil {
		p.generation++
	}
	r.plans = slices.DeleteFunc(r.plans, func(p *Plan) bool { return p.ID == id })
}

// Plans of an account in a region, in the order in which they came.
func (s *Service) Plans(account, region string) []*Plan { return s.at(account, region).plans }

func (r *region) plan(id string) *Plan {
	i := slices.IndexFunc(r.plans, func(p *Plan) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return r.plans[i]
}

func (p *Plan) arn() string { return wire.ARN("backup", p.region, p.account, "backup-plan:"+p.ID) }

func (p *Plan) versionID() string { return "version-" + strconv.Itoa(p.version) }

type lifecycleOut struct {
	DeleteAfterDays            int `json:",omitempty"`
	MoveToColdStorageAfterDays int `json:",omitempty"`
}

func (l Lifecycle) shown() *lifecycleOut {
	if l == (Lifecycle{}) {
		return nil
	}
	return &lifecycleOut{l.DeleteAfterDays, l.ColdAfterDays}
}

type shownRule struct {
	RuleName                               string
	RuleID                                 string `json:"RuleId"`
	TargetBackupVaultName                  string
	ScheduleExpression                     string
	ScheduleExpressionTimezone             string
	StartWindowMinutes                     int
	CompletionWindowMinutes                int
	Lifecycle                              *lifecycleOut     `json:",omitempty"`
	RecoveryPointTags                      map[string]string `json:",omitempty"`
	CopyActions                            []shownCopyAction `json:",omitempty"`
	EnableContinuousBackup                 bool
	TargetLogicallyAirGappedBackupVaultArn string `json:",omitempty"`
}

type shownCopyAction struct {
	DestinationBackupVaultArn string
	Lifecycle                 *lifecycleOut `json:",omitempty"`
}

type shownPlan struct {
	BackupPlanName string
	Rules          []shownRule
}

type planMember struct {
	BackupPlanArn     string
	BackupPlanID      string `json:"BackupPlanId"`
	BackupPlanName    string `json:",omitempty"`
	CreationDate      wire.Epoch
	LastExecutionDate *wire.Epoch `json:",omitempty"`
	VersionID         string      `json:"VersionId"`
}

func (p *Plan) member() planMember {
	return planMember{p.arn(), p.ID, p.Name, wire.Epoch(p.Created), epoch(p.last), p.versionID()}
}

type planOut struct {
	planMember
	BackupPlan           shownPlan
	ScheduledRunsPreview []scheduledRun `json:",omitempty"`
}

type scheduledRun struct {
	ExecutionTime     wire.Epoch
	RuleID            string `json:"RuleId"`
	RuleExecutionType string
}

type plansOut struct {
	BackupPlansList []planMember
	NextToken       *string `json:",omitempty"`
}

func (s *Service) listPlans(c *wire.Call, _ []string) (any, error) {
	c.Touch("*")
	q := read(c, "nextToken", "maxResults", "includeDeleted")
	list := []planMember{}
	for _, p := range s.at(c.Account, c.Region).plans {
		list = append(list, p.member())
	}
	part, next, err := page(q, list, func(p planMember) string { return p.BackupPlanID })
	return plansOut{part, next}, err
}

// planOf finds the plan that a call names.
func (s *Service) planOf(c *wire.Call, id string) (*Plan, error) {
	c.Touch(wire.ARN("backup", c.Region, c.Account, "backup-plan:"+id))
	p := s.at(c.Account, c.Region).plan(id)
	if p == nil {
		return nil, wire.Errorf("ResourceNotFoundException", "Backup plan %s does not exist", id)
	}
	return p, nil
}

// maxPreview is how many runs GetBackupPlan tells at most.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupPlan.html
const maxPreview = 10

func (s *Service) getPlan(c *wire.Call, path []string) (any, error) {
	p, err := s.planOf(c, path[2])
	if err != nil {
		return nil, err
	}
	q, preview := read(c, "versionId", "MaxScheduledRunsPreview"), 0
	if q.has("MaxScheduledRunsPreview") {
		if preview, err = strconv.Atoi(q.values.Get("MaxScheduledRunsPreview")); err != nil || preview < 0 || preview > maxPreview {
			return nil, invalid("MaxScheduledRunsPreview=%s is not between 0 and %d", q.values.Get("MaxScheduledRunsPreview"), maxPreview)
		}
	}
	if q.has("versionId") && q.values.Get("versionId") != p.versionID() {
		return nil, wire.Unknown("%s: an older version of a plan", c.Operation)
	}
	out := planOut{planMember: p.member(), BackupPlan: shownPlan{p.Name, nil}, ScheduledRunsPreview: p.preview(c.Now, preview)}
	out.BackupPlanName = "" // it stands with the plan
	for _, r := range p.Rules {
		shown := shownRule{
			RuleName: r.Name, RuleID: r.ID, TargetBackupVaultName: r.Vault, ScheduleExpression: r.Schedule, ScheduleExpressionTimezone: cmp.Or(r.Timezone, "Etc/UTC"),
			StartWindowMinutes: int(r.startWindow().Minutes()), CompletionWindowMinutes: int(r.completionWindow().Minutes()), Lifecycle: r.Lifecycle.shown(),
			RecoveryPointTags: r.Tags, EnableContinuousBackup: r.Continuous, TargetLogicallyAirGappedBackupVaultArn: r.AirGapped,
		}
		for _, to := range r.Copies {
			shown.CopyActions = append(shown.CopyActions, shownCopyAction{to.Vault, to.Lifecycle.shown()})
		}
		out.BackupPlan.Rules = append(out.BackupPlan.Rules, shown)
	}
	return out, q.err
}

// preview is the next n scheduled moments of all rules, whether or not something
// keeps them from running.
func (p *Plan) preview(now time.Time, n int) (runs []scheduledRun) {
	for _, r := range p.Rules {
		typ, at := "SNAPSHOTS", now
		if r.Continuous {
			typ = "CONTINUOUS"
		}
		for range n {
			next, ever := r.next(at)
			if !ever {
				break
			}
			runs, at = append(runs, scheduledRun{wire.Epoch(next), r.ID, typ}), next
		}
	}
	slices.SortStableFunc(runs, func(a, b scheduledRun) int { return time.Time(a.ExecutionTime).Compare(time.Time(b.ExecutionTime)) })
	return runs[:min(n, len(runs))]
}
