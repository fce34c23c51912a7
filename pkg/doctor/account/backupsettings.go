package account

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
)

const areaBackupSettings = "backup settings"

// BackupSettingsReader reads what is set for all of AWS Backup in a region and in an
// organization.
type BackupSettingsReader interface {
	// OptedIn are the services that are, by AWS Backup's names of them.
	OptedIn(ctx context.Context) (map[string]bool, error)
	// CrossAccount is whether accounts of the organization may copy into each other.
	CrossAccount(ctx context.Context) (bool, error)
}

// serviceRDS is what AWS Backup calls RDS's instances.
const serviceRDS = "RDS"

// BackupSettings looks whether AWS Backup is opted in for what the plan has it back
// up, where the databases are and where they are recovered, and whether it may copy
// into another account.
func BackupSettings(n Needs, c Checkout, from Regions[BackupSettingsReader], policies map[string]budget.Policy) doctor.Check {
	return doctor.Check{Area: areaBackupSettings, Run: func(ctx context.Context) []doctor.Line {
		databases := slices.DeleteFunc(protectedIn(n, policies), func(d protected) bool { return len(d.policy.Rules) == 0 })
		if len(databases) == 0 {
			return undeclared("AWS Backup", "the plan declares no rules of it, so that its settings do not matter here")
		}
		near, drills := databases[0].at, home(n)
		lines := []doctor.Line{optedIn(ctx, c, from, near, "what is selected by tag is not backed up here")}
		if drills != near {
			lines = append(lines, optedIn(ctx, c, from, drills, "what is recovered here would not be backed up by tag"))
		}
		if near.account == drills.account || !slices.ContainsFunc(databases, func(d protected) bool { return d.copies() }) {
			return lines
		}
		return append(lines, crossAccount(ctx, n, from))
	}}
}

// copies is whether a rule copies its recovery points elsewhere.
func (d protected) copies() bool {
	for _, r := range d.policy.Rules {
		if r.Copy != nil && *r.Copy {
			return true
		}
	}
	return false
}

// optedIn is whether AWS Backup takes RDS in a region. What a selection names by ARN
// or by type it takes regardless, which is no reason to leave it so: nobody who
// switched it off expects that.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources-json.html
func optedIn(ctx context.Context, c Checkout, from Regions[BackupSettingsReader], p place, otherwise string) doctor.Line {
	subject := "opt-in in " + p.region
	reader, reached := from.at(p)
	if !reached {
		return from.elsewhere(c, areaBackupSettings, subject, p)
	}
	services, err := reader.OptedIn(ctx)
	if err != nil {
		return unread(subject, err, cliIn(p.region, "backup describe-region-settings"))
	}
	line := doctor.Line{Subject: subject, State: doctor.OK, What: "AWS Backup is opted in for " + serviceRDS, Basis: doctor.Asked}
	if !services[serviceRDS] {
		line.State, line.What = doctor.Wrong, fmt.Sprintf("AWS Backup is not opted in for %s in account %s: %s", serviceRDS, p.account, otherwise)
		line.Command = cliIn(p.region, "backup update-region-settings --resource-type-opt-in-preference %s=true", serviceRDS)
	}
	return line
}

// crossAccount is whether copies may go into another account: the management account
// of the organization alone can let them.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html
func crossAccount(ctx context.Context, n Needs, from Regions[BackupSettingsReader]) doctor.Line {
	const subject = "copies into another account"
	enabled, err := from.In(n.Names.Region).CrossAccount(ctx)
	switch enable := cli(n.Names, "backup update-global-settings --global-settings isCrossAccountBackupEnabled=true"); {
	case err != nil:
		return unread(subject, err, cli(n.Names, "backup describe-global-settings"))
	case !enabled:
		return doctor.Line{Subject: subject, State: doctor.Wrong, Basis: doctor.Asked, Command: enable,
			What: fmt.Sprintf("the organization does not let its accounts copy backups into each other, so that none comes from %s: its management account can", cmp.Or(n.Plan.Owner(), n.Names.Account))}
	}
	return doctor.Line{Subject: subject, State: doctor.OK, What: "the organization lets its accounts copy backups into each other", Basis: doctor.Asked}
}
