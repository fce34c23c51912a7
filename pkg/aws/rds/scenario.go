package rds

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// objection says why a candidate cannot be restored from, or does not count in
// the drill's scenario, and what to do; "" when it can and does.
func (l search) objection(c candidate) (reason, hint string) {
	for _, object := range []func(candidate) (string, string){
		l.replaced, l.unfit, l.unsurvived, l.elsewhere, l.excluded, l.unreadable,
	} {
		if reason, hint = object(c); reason != "" {
			return reason, hint
		}
	}
	return "", ""
}

// unfit: nobody could restore from it at the moment.
func (l search) unfit(c candidate) (string, string) {
	switch {
	case c.why != "":
		return c.why, c.Hint
	case c.status != "available":
		return fmt.Sprintf("its state is %q", c.status), "a snapshot can be restored from once it is available"
	case engines[c.engine] == "":
		return fmt.Sprintf("its engine is %q", c.engine), supportedEngines
	}
	return "", ""
}

// unsurvived: it is lost with what the scenario loses, or its key is.
func (l search) unsurvived(c candidate) (string, string) {
	if reason, hint := l.lost(c); reason != "" {
		return reason, hint
	}
	if l.spec.Scenario == plan.ScenarioAccountLoss && c.encrypted && c.keyAccount() == l.owner {
		return fmt.Sprintf("it is encrypted with key %s of account %s, which is lost in this scenario", c.key, l.owner),
			"copy it again with a key of account " + l.caller + ": " + l.snapshotCopyCommand(c)
	}
	return "", ""
}

// lost: it lies where the scenario loses it.
func (l search) lost(c candidate) (string, string) {
	s := l.source
	switch {
	case l.spec.Scenario == plan.ScenarioRegionLoss && c.Location == s.PrimaryRegion:
		return fmt.Sprintf("it lies in %s, which is lost in this scenario", c.Location), l.copyCommand()
	case l.spec.Scenario == plan.ScenarioAccountLoss && c.account == l.owner:
		return fmt.Sprintf("it belongs to account %s, which is lost in this scenario", c.account), l.accountCopyHint()
	}
	return "", ""
}

// elsewhere: the restore is made in another region.
func (l search) elsewhere(c candidate) (string, string) {
	if region := l.source.Region(); c.Location != region {
		return fmt.Sprintf("it lies in %s, and the copy is made in %s", c.Location, region), l.copyCommand()
	}
	return "", ""
}

// excluded: the plan wants another kind.
func (l search) excluded(c candidate) (string, string) {
	from := l.source.From
	fits := from == "" ||
		from == drill.FromCopy && c.Copied ||
		from == drill.FromPITR && c.Origin.PointInTime() ||
		from == drill.FromSnapshot && !c.Origin.PointInTime()
	if fits {
		return "", ""
	}
	return fmt.Sprintf("it is of kind %s, and the plan restores from: %s", c.Kind, from), "rds.from in lifeboat.yaml narrows the choice: leave it out for the freshest of all"
}

// unreadable: its key cannot be used where the copy is made.
func (l search) unreadable(c candidate) (string, string) {
	region := l.source.Region()
	switch key := parse(c.key); {
	case !c.encrypted:
		return "", ""
	case c.Origin == drill.OriginShared:
		return fmt.Sprintf("it is shared by account %s and encrypted with that account's key, so it must be copied first", c.account),
			l.snapshotCopyCommand(c)
	case key.Region != "" && key.Region != region:
		return fmt.Sprintf("it is encrypted with key %s, which is not in %s", c.key, region), l.snapshotCopyCommand(c)
	}
	return "", ""
}

// keyAccount is whose key it is; a key id without an account is the holder's.
func (c candidate) keyAccount() string {
	if c.key == "" {
		return "" // a key that AWS owns
	}
	return cmp.Or(parse(c.key).AccountID, c.account)
}

// nothing is the error where there is no recovery point at all.
func (l search) nothing() error {
	s := l.source
	e := &drill.Error{Name: drill.NoUsableBackup}
	switch {
	case l.spec.Scenario == plan.ScenarioAccountLoss:
		e.What = fmt.Sprintf("account %s holds no copy of instance %s of account %s in %s", l.caller, s.Instance, l.owner, s.Region())
		e.Hint = l.accountCopyHint()
	case s.Region() != s.PrimaryRegion:
		e.What = fmt.Sprintf("the recovery region %s holds no copy of instance %s of %s: if %s were lost, so would be the data", s.Region(), s.Instance, s.PrimaryRegion, s.PrimaryRegion)
		e.Hint = l.copyCommand()
	default:
		e.What = fmt.Sprintf("%s holds no snapshot of instance %s, and no point in time to restore it to", s.Region(), s.Instance)
		e.Hint = fmt.Sprintf("is source the right name? else: aws rds modify-db-instance --db-instance-identifier %s --backup-retention-period 7 --apply-immediately --region %s", s.Instance, s.PrimaryRegion)
	}
	return e
}

// copyCommand makes backups reach the region of the restore.
func (l search) copyCommand() string {
	s := l.source
	if s.Region() == s.PrimaryRegion {
		return "name regions.recovery in lifeboat.yaml, and have the backups copied there"
	}
	if l.owner != l.caller {
		return l.accountCopyHint()
	}
	return fmt.Sprintf("have it copied: aws rds start-db-instance-automated-backups-replication --source-db-instance-arn %s --backup-retention-period 7%s --region %s; or a copy rule of AWS Backup to a vault in %s",
		l.sourceARN(), l.keyArgument(), s.Region(), s.Region())
}

func (l search) accountCopyHint() string {
	if l.owner == l.caller {
		return "only what another account owns survives the loss of account " + l.owner + ": name accounts.recovery in lifeboat.yaml, and have the backups copied there (copy rule of AWS Backup to a vault of that account)"
	}
	return fmt.Sprintf("have it copied to a vault of account %s in %s with a copy rule of AWS Backup; or share a snapshot (aws rds modify-db-snapshot-attribute --region %s --db-snapshot-identifier <a manual snapshot> --attribute-name restore --values-to-add %s) and copy it there with a key of its own",
		l.caller, l.source.Region(), l.source.PrimaryRegion, l.caller)
}

// snapshotCopyCommand copies one snapshot to where it can be restored.
func (l search) snapshotCopyCommand(c candidate) string {
	name := c.ID[strings.LastIndexByte(c.ID, ':')+1:]
	from := ""
	if c.Location != l.source.Region() {
		from = " --source-region " + c.Location
	}
	return fmt.Sprintf("aws rds copy-db-snapshot --source-db-snapshot-identifier %s --target-db-snapshot-identifier %s-copy%s%s --region %s",
		c.ID, name, l.keyArgument(), from, l.source.Region())
}

// keyArgument names the plan's key, or says that one is needed.
func (l search) keyArgument() string {
	return " --kms-key-id " + cmp.Or(l.source.KMSKey, "<key in "+l.source.Region()+", if it is encrypted>")
}
