package protection

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
)

// Tagged are the resources that are no databases of the plan and that its tags had
// backed up: those of which there are jobs into its vault.
func Tagged(p plan.Plan, names deployed.Names, databases []Subject, seen *Seen) (list []Subject) {
	if p.Backup == nil || len(p.Backup.Tagged) == 0 || !seen.Knows(Jobs) {
		return nil
	}
	backups, copies := names.Vaults(p)
	rules := budget.OfTagged(p, budget.Policies(p))
	known := map[string]bool{}
	for _, s := range databases {
		known[s.Resource] = true
	}
	for _, resource := range slices.Sorted(maps.Keys(seen.Jobs)) {
		ours := slices.ContainsFunc(seen.Jobs[resource], func(j Job) bool { return j.Vault == backups.ARN() })
		if ours && !known[resource] {
			list = append(list, Subject{
				Deployment: p.Deployment, Resource: resource, Backups: backups, Copies: copies,
				Policy: budget.Policy{Managed: p.Backup.Managed(), Rules: rules}, AirGapped: immutability(p) == plan.ImmutabilityAirGapped,
			})
		}
	}
	return list
}

// JudgeTags tells where the tags of the plan match nothing: no job is made then, and
// none fails.
func JudgeTags(now time.Time, p plan.Plan, tagged []Subject, seen *Seen) []drill.Finding {
	if p.Backup == nil || len(p.Backup.Tagged) == 0 || !seen.Knows(Jobs) || len(tagged) > 0 || seen.Knows(BackupVault) && now.Sub(seen.BackupVault.Made) < 2*day {
		return nil
	}
	return []drill.Finding{found(NothingMatched, fmt.Sprintf("backup.tagged: nothing that carries the tags %v was backed up for %s", p.Backup.Tagged, words(2*day)))}
}

// Bucket tells whether the subject is one whose continuous backups depend on its
// events.
func (s Subject) Bucket(seen *Seen) bool {
	jobs := seen.Jobs[s.Resource]
	if len(jobs) == 0 || jobs[0].ResourceType != "S3" {
		return false
	}
	return s.continuous() || slices.ContainsFunc(seen.Backups[s.Resource], func(p Point) bool { return p.Continuous })
}

// Needed are the parts that some subjects need.
func Needed(subjects []Subject) map[Part]bool {
	needed := map[Part]bool{}
	for _, s := range subjects {
		for _, part := range s.needs() {
			needed[part] = true
		}
	}
	return needed
}
