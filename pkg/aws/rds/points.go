package rds

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Kinds of recovery points, as the evidence shows them. What the adapter does
// depends on their origin.
const (
	kindAutomated  = "rds-snapshot-automated" // once a day
	kindManual     = "rds-snapshot-manual"
	kindAWSBackup  = "rds-snapshot-awsbackup"
	kindShared     = "rds-snapshot-shared" // by another account
	kindCopy       = "rds-snapshot-copy"   // from another region or account
	kindPITR       = "rds-pitr"
	kindReplicated = "rds-pitr-replicated" // from automated backups replicated from another region
)

// candidate is a recovery point, and what is needed to judge it.
type candidate struct {
	drill.RecoveryPoint
	account   string // that owns it
	status    string // the provider's own word
	engine    string
	encrypted bool
	key       string // ARN of the KMS key; "" for a key that AWS owns
	of        origin // what else a look ahead wants to know of it
	why       string // it can never be restored from, because ...
	none      bool   // nobody asked RDS to keep it
	untimed   bool   // TakenAt is only an upper bound
	// resource is the DbiResourceId of the instance that it is of; "" where it does
	// not say. made is when that one was made, where it says so.
	resource string
	made     time.Time
	retained bool // an automated backup that nothing is added to any more
}

// search is one search for what the source could be restored from.
type search struct {
	spec   drill.Spec
	source target
	// owner is the source's account, caller the one that restores.
	owner, caller string
	// living is the resource id of the instance that has the source's name now; ""
	// where nobody says.
	living string
}

// RecoveryPoints lists what the source can be restored from, each with whether
// it counts in the spec's scenario. It looks where the copy is made, and for
// an operator's error in the primary region too; for a lost region or account
// it asks nothing of what would be lost. Where only the copy's region can be asked,
// what can be restored from there is enough, and the other one is Unasked.
//
// The time of a snapshot is that of the newest transaction in it; that of a
// point in time is the latest one that can be restored now, and part of the
// point's id, so that a repeated restore gives the same data. Errors:
// NoUsableBackup where there is nothing at all, Throttled, Transient.
func (a *Adapter) RecoveryPoints(ctx context.Context, spec drill.Spec) ([]drill.RecoveryPoint, error) {
	s, err := source(spec)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(plan.Scenarios, spec.Scenario) { // whether a backup survives it cannot be known
		return nil, &drill.Error{
			Name: drill.InvalidInput, What: fmt.Sprintf("%s: the scenario %q is unknown", spec.Name(), spec.Scenario),
			Hint: "one of " + strings.Join(plan.Scenarios, ", ") + "; see that the plan and the functions are of one version of lifeboat",
		}
	}
	owner, caller := a.accounts(s)
	if caller == "" {
		return nil, &drill.Error{
			Name: drill.InvalidInput, What: spec.Name() + ": it is not known whose account this is, so nobody can tell whose backups these are",
			Hint: "name accounts.primary in lifeboat.yaml",
		}
	}
	look := search{spec: spec, source: s, owner: owner, caller: caller}
	found, living, err := a.candidates(ctx, look, s.Region())
	if err != nil {
		return nil, err
	}
	var deaf error // the owner's region could not be asked
	if spec.Scenario == plan.ScenarioOperatorError && s.Region() != s.PrimaryRegion {
		var elsewhere []candidate
		elsewhere, living, deaf = a.candidates(ctx, look, s.PrimaryRegion)
		if drill.NameOf(deaf) == drill.ClusterMember { // it was asked
			return nil, deaf
		}
		found = append(found, elsewhere...)
	}
	if len(found) == 0 && deaf == nil {
		return nil, a.nothing(ctx, look)
	}
	look.living = cmp.Or(living, livingIn(found))
	points := look.judged(found)
	if deaf != nil {
		if !slices.ContainsFunc(points, func(p drill.RecoveryPoint) bool { return p.Usable }) {
			return nil, deaf // asking again may be all that is needed
		}
		points = append(points, unasked(s.PrimaryRegion, deaf))
	}
	slices.SortFunc(points, func(a, b drill.RecoveryPoint) int {
		return cmp.Or(b.TakenAt.Compare(a.TakenAt), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(points, func(a, b drill.RecoveryPoint) bool { return a.ID == b.ID }), nil
}

// judged are the candidates, each with whether it counts and why not.
func (l search) judged(found []candidate) []drill.RecoveryPoint {
	points := make([]drill.RecoveryPoint, 0, len(found))
	for _, c := range found {
		point := c.RecoveryPoint
		point.Reason, point.Hint = l.objection(c)
		point.Usable = point.Reason == ""
		point.Standing = l.standing(c, point.Usable)
		if point.Standing == drill.Retained {
			point.Reason, point.Hint = l.left(c)
		}
		if point.Standing == drill.Unattributed {
			point.Reason, point.Hint = l.unattributed(c)
		}
		points = append(points, point)
	}
	return points
}

// unasked stands for whatever lies in a region that could not be asked.
func unasked(region string, err error) drill.RecoveryPoint {
	f := regionUnknown(region, err, "nothing is known of the backups that lie there: see what keeps the choosing function's role from asking")
	return drill.RecoveryPoint{ID: region, Location: region, Standing: drill.Unasked, Reason: f.What, Hint: f.Hint}
}

// standing: what is of another instance is no backup of this one, whatever else
// is to be said of it. What RDS is still making, and what could be used but is not counted
// by the plan or the scenario, is no trouble; whatever else cannot be used is.
func (l search) standing(c candidate, usable bool) drill.Standing {
	switch other, _ := l.replaced(c); {
	case other != "":
		return drill.Replaced
	case usable && c.retained:
		return drill.Retained
	case usable:
		if reason, _ := l.unattributed(c); reason != "" {
			return drill.Unattributed
		}
		return drill.Ordinary
	case l.sound(c) && l.aside(c):
		return drill.OutOfScope
	case beingMade[c.status]:
		return drill.InProgress
	case c.none:
		return drill.Companion
	}
	return drill.Ordinary
}

// sound: somebody could restore from it.
func (l search) sound(c candidate) bool {
	reason, _ := l.unfit(c)
	return reason == ""
}

// aside: it lies where the scenario loses it or where no copy is made, or it is
// of a kind that the plan does not restore from.
func (l search) aside(c candidate) bool {
	for _, object := range []func(candidate) (string, string){l.lost, l.elsewhere, l.excluded} {
		if reason, _ := object(c); reason != "" {
			return true
		}
	}
	return false
}

// beingMade are the states of snapshots and automated backups on their way to be
// restorable. The guides name them without a list; the console's words are the
// same:
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshot.html
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstanceAutomatedBackup.html
var beingMade = map[string]bool{"creating": true, "copying": true, "pending": true}

// candidates are what one region knows of the source, and of what had its name
// before; living is the source's resource id where the source itself is there.
func (a *Adapter) candidates(ctx context.Context, look search, region string) (found []candidate, living string, err error) {
	points, living, err := a.pointsInTime(ctx, look, region)
	if err != nil {
		return nil, "", err
	}
	snapshots, err := a.snapshots(ctx, look, region, living)
	if err != nil {
		return nil, "", err
	}
	return append(points, snapshots...), living, nil
}

// nothing is the error where there is no recovery point at all. Only then, and
// only to say why, the source is looked at where it lives: it may be none that
// could have any.
func (a *Adapter) nothing(ctx context.Context, look search) error {
	if instance := a.sourceInstance(ctx, look.source); instance != nil {
		if e := member(*instance); e != nil {
			return e
		}
	}
	return look.nothing()
}

// sourceARN is the source instance's, whether or not it exists.
func (l search) sourceARN() string {
	return arn.ARN{
		Partition: plan.Partition(l.source.PrimaryRegion), Service: "rds", Region: l.source.PrimaryRegion,
		AccountID: l.owner, Resource: "db:" + l.source.Instance,
	}.String()
}

// parse reads an ARN; what is none gives the zero value.
func parse(text string) arn.ARN {
	parsed, err := arn.Parse(text)
	if err != nil {
		return arn.ARN{}
	}
	return parsed
}

// pointInTime is the id of a point in time: whose log, and until when.
func pointInTime(arn string, at time.Time) string {
	return arn + "@" + at.UTC().Format(time.RFC3339)
}

// splitPointInTime is its inverse.
func splitPointInTime(id string) (arn string, at time.Time, err error) {
	cut := strings.LastIndexByte(id, '@')
	if cut < 0 {
		return "", time.Time{}, fmt.Errorf("recovery point %s names no moment", id)
	}
	at, err = time.Parse(time.RFC3339, id[cut+1:])
	return id[:cut], at, err
}
