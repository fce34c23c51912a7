package account

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/policy"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// vaults looks at where recovery points go: each vault is there, keeps what comes
// into it as the plan wants, and has a key that can be used.
func (p backupPolicy) vaults(ctx context.Context, databases []protected) (lines []doctor.Line) {
	if p.backups.Name != "" {
		lines = append(lines, p.vault(ctx, p.backups, retentions(databases, func(r plan.BackupRule) time.Duration { return time.Duration(r.Retention) }), false)...)
	}
	if p.copies.Name == "" || !slices.ContainsFunc(databases, protected.copies) {
		return lines
	}
	kept := retentions(databases, func(r plan.BackupRule) time.Duration {
		if r.Copy == nil || !*r.Copy {
			return 0
		}
		return time.Duration(cmp.Or(r.CopyRetention, r.Retention))
	})
	return append(lines, p.vault(ctx, p.copies, kept, true)...)
}

// retentions of what comes into a vault, each once, from the shortest on.
func retentions(databases []protected, of func(plan.BackupRule) time.Duration) (list []time.Duration) {
	for _, d := range databases {
		for _, r := range d.policy.Rules {
			if keep := of(r); keep > 0 && !slices.Contains(list, keep) {
				list = append(list, keep)
			}
		}
	}
	slices.Sort(list)
	return list
}

func (p backupPolicy) vault(ctx context.Context, v deployed.Vault, kept []time.Duration, copies bool) []doctor.Line {
	at := place{v.Account, v.Region}
	subject := "vault " + v.Name
	reader, reached := p.from.Backup.at(at)
	if !reached {
		return []doctor.Line{p.from.Backup.elsewhere(p.c, areaBackupPolicy, subject, at)}
	}
	actual, there, err := reader.VaultSettings(ctx, v.Name)
	if err != nil {
		return []doctor.Line{unread(subject, err, cliIn(v.Region, "backup describe-backup-vault --backup-vault-name %s", v.Name))}
	}
	j := vaultJudge{p: p, v: v, actual: actual, kept: kept, subject: subject}
	if !there {
		j.say(doctor.Wrong, j.made("AWS::Backup::BackupVault", cliIn(v.Region, "backup create-backup-vault --backup-vault-name %s", v.Name)),
			"there is no such vault in %s, %s: backups into it fail", v.Account, v.Region)
		return j.lines
	}
	j.state()
	j.lock()
	j.policy(copies)
	j.told(copies)
	j.key(ctx)
	if len(j.lines) == 0 {
		j.say(doctor.OK, "", "%s; its policy denies deletion%s%s", j.locked(), map[bool]string{true: "; its key is enabled"}[actual.Key != ""], map[bool]string{true: "; failures are told to " + nameIn(actual.Topic)}[actual.Topic != ""])
	}
	return j.lines
}

type vaultJudge struct {
	p       backupPolicy
	v       deployed.Vault
	actual  seen.Vault
	kept    []time.Duration // retentions of what comes into it
	subject string
	lines   []doctor.Line
}

func (j *vaultJudge) say(state doctor.State, command, format string, arguments ...any) {
	j.lines = append(j.lines, doctor.Line{Subject: j.subject, State: state, What: fmt.Sprintf(format, arguments...), Command: command, Basis: doctor.Asked})
}

// made is the command that mends what lifeboat made, or what is another's.
func (j *vaultJudge) made(typ, others string) string {
	if j.v.Ours {
		return j.p.n.repair(typ)
	}
	return others
}

// state: a vault takes recovery points once it was made, and one whose making failed
// never.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeBackupVault.html
func (j *vaultJudge) state() {
	look := cliIn(j.v.Region, "backup describe-backup-vault --backup-vault-name %s", j.v.Name)
	switch s := j.actual.State; s {
	case "", "AVAILABLE":
	case "CREATING":
		j.say(doctor.Unknown, look, "it is being made: whether it takes recovery points is not known yet")
	default:
		j.say(doctor.Wrong, look, "it is in the state %s: backups into it fail", s)
	}
}

// locked says how.
func (j *vaultJudge) locked() string {
	switch {
	case j.actual.AirGapped:
		return "logically air-gapped"
	case !j.actual.Locked:
		return "not locked, as the plan has it"
	case j.actual.Fixed.IsZero():
		return "locked (governance: whoever may can take the lock off)"
	case j.actual.Fixed.After(j.p.now):
		return "locked (compliance: the lock can still be taken off until " + j.actual.Fixed.UTC().Format(time.RFC3339) + ")"
	}
	return "locked (compliance, for good)"
}

// lock holds that of the vault against the plan's, and against what comes into it: a
// job whose recovery point would be kept for less or longer than it takes fails.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
func (j *vaultJudge) lock() {
	wanted := immutability(j.p.n.Plan)
	command := j.made("AWS::Backup::BackupVault", j.put(wanted))
	locked := j.actual.Locked || j.actual.AirGapped
	switch {
	case wanted == plan.ImmutabilityAirGapped && !j.actual.AirGapped:
		j.say(doctor.Wrong, command, "it is no logically air-gapped vault, as the plan wants it; one cannot be made of another")
	case (wanted == plan.ImmutabilityGovernance || wanted == plan.ImmutabilityCompliance) && !locked:
		j.say(doctor.Wrong, command, "it is not locked, and the plan wants %s: whoever may can delete what is in it", wanted)
		return
	case wanted == plan.ImmutabilityCompliance && j.actual.Fixed.IsZero() && !j.actual.AirGapped:
		j.say(doctor.Wrong, command, "its lock is of governance, and the plan wants compliance: an administrator can take it off")
	}
	if bounds := j.p.n.Plan.Backup.Lock; bounds != nil && locked {
		if least := time.Duration(bounds.Min); j.actual.Min < least {
			j.say(doctor.Wrong, command, "its lock takes what is kept for %s, and the plan wants %s at least", length(j.actual.Min, "any time"), length(least, ""))
		}
		if most := time.Duration(bounds.Max); most > 0 && (j.actual.Max == 0 || j.actual.Max > most) {
			j.say(doctor.Wrong, command, "its lock takes what is kept for %s, and the plan wants %s at most", length(j.actual.Max, "ever"), length(most, ""))
		}
	}
	for _, keep := range j.kept {
		if locked && (keep < j.actual.Min || j.actual.Max > 0 && keep > j.actual.Max) {
			j.say(doctor.Wrong, command, "its lock takes what is kept from %s to %s, and a rule keeps its recovery points for %s: those jobs fail",
				length(j.actual.Min, "any time"), length(j.actual.Max, "ever"), length(keep, ""))
		}
	}
}

// put is the command that locks a vault as the plan wants it.
func (j *vaultJudge) put(wanted string) string {
	if wanted == plan.ImmutabilityAirGapped || len(j.kept) == 0 {
		return cliIn(j.v.Region, "backup describe-backup-vault --backup-vault-name %s", j.v.Name)
	}
	least, most := j.kept[0], j.kept[len(j.kept)-1]
	grace := 3 * 24 * time.Hour
	if b := j.p.n.Plan.Backup.Lock; b != nil {
		least, most, grace = cmp.Or(time.Duration(b.Min), least), cmp.Or(time.Duration(b.Max), most), cmp.Or(time.Duration(b.Grace), grace)
	}
	command := cliIn(j.v.Region, "backup put-backup-vault-lock-configuration --backup-vault-name %s --min-retention-days %d --max-retention-days %d", j.v.Name, inDays(least), inDays(most))
	if wanted == plan.ImmutabilityCompliance {
		command += fmt.Sprintf(" --changeable-for-days %d", inDays(grace))
	}
	return command
}

// denied are what nobody is to do in a vault, whatever its lock; opened is what takes
// the denial off again. All three AWS Config's rule for it wants. Of a vault that is
// another's the last is left to its owner: denied to everybody by a command that is
// pasted, nobody could ever change the vault again.
// https://docs.aws.amazon.com/config/latest/developerguide/backup-recovery-point-manual-deletion-disabled.html
var denied = []string{"backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"}

const opened = "backup:PutBackupVaultAccessPolicy"

// denials is the statement that denies them, entry the one that lets an account's
// copies in.
const (
	denials = `{"Statement":[{"Sid":"NobodyDeletes","Effect":"Deny","Principal":"*","Action":["%s"],"Resource":"*"}]}`
	entry   = `{"Statement":[{"Sid":"CopiesOfTheOwner","Effect":"Allow","Principal":{"AWS":"arn:%s:iam::%s:root"},"Action":"backup:CopyIntoBackupVault","Resource":"*"}]}`
)

// policy looks whether the access policy denies deletion to everybody, and lets copies
// from another account in. Some may be left out of it by name, which an administrator
// does not have by chance: or nobody could ever remove a vault.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html
func (j *vaultJudge) policy(copies bool) {
	var actual []policy.Statement
	if len(j.actual.Policy) > 0 {
		var err error
		if actual, err = policy.Parse(j.actual.Policy); err != nil {
			j.say(doctor.Unknown, cliIn(j.v.Region, "backup get-backup-vault-access-policy --backup-vault-name %s", j.v.Name), "its access policy cannot be read: %v", err)
			return
		}
	}
	mend := func(document string) string {
		wanted, _ := policy.Parse([]byte(document)) // ours always parse
		return j.made("AWS::Backup::BackupVault", cliIn(j.v.Region, "backup put-backup-vault-access-policy --backup-vault-name %s --policy %s",
			j.v.Name, printable.ShellWord(policy.Document(policy.Mended(actual, nil, wanted)))))
	}
	if open := j.open(actual); len(open) > 0 {
		j.say(doctor.Wrong, mend(fmt.Sprintf(denials, strings.Join(denied, `","`))), "its access policy does not deny everybody %s: whoever may can take recovery points away", strings.Join(open, ", "))
	}
	owner := "arn:" + deployed.Partition(j.v.Region) + ":iam::" + j.p.backups.Account + ":root"
	if !copies || j.p.backups.Account == j.v.Account {
		return
	}
	if hit, _ := policy.Allowed(actual, policy.Request{Principal: owner, Action: "backup:CopyIntoBackupVault", Resource: j.v.ARN()}); hit != policy.Yes {
		j.say(doctor.Wrong, mend(fmt.Sprintf(entry, deployed.Partition(j.v.Region), j.p.backups.Account)), "its access policy does not let account %s copy into it: every copy fails", j.p.backups.Account)
	}
}

// open are the actions that a policy does not deny an administrator of the account.
func (j *vaultJudge) open(statements []policy.Statement) (actions []string) {
	administrator := "arn:" + deployed.Partition(j.v.Region) + ":iam::" + j.v.Account + ":role/administrator"
	point := "arn:" + deployed.Partition(j.v.Region) + ":rds:" + j.v.Region + ":" + j.v.Account + ":snapshot:awsbackup:job-1"
	for _, action := range append(slices.Clone(denied), opened) {
		r := policy.Request{Principal: administrator, Action: action, Resource: point}
		if action == opened {
			if !j.v.Ours {
				continue
			}
			r.Resource = j.v.ARN()
		}
		if !slices.ContainsFunc(statements, func(s policy.Statement) bool { return s.Deny && s.Hits(r) == policy.Yes }) {
			actions = append(actions, action)
		}
	}
	return actions
}

// What a vault tells. Jobs that failed are told by rules of EventBridge where lifeboat
// manages the backups; that a continuous backup stopped only a vault tells.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html
var (
	onlyVaultsTell = []string{"CONTINUOUS_BACKUP_INTERRUPTED", "S3_BACKUP_OBJECT_FAILED"}
	failures       = []string{"BACKUP_JOB_EXPIRED", "BACKUP_JOB_FAILED", "COPY_JOB_FAILED"}
)

// told looks whether somebody hears of what fails. Of a vault that is another's it may
// be by other means.
func (j *vaultJudge) told(copies bool) {
	lacks := func(events []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(events), func(e string) bool { return j.actual.Topic != "" && slices.Contains(j.actual.Events, e) }), ", ")
	}
	switch missing := lacks(failures); {
	case copies:
	case j.v.Ours && lacks(onlyVaultsTell) != "":
		j.say(doctor.Wrong, j.p.n.repair("AWS::Backup::BackupVault"), "it tells nobody of %s", lacks(onlyVaultsTell))
	case !j.p.n.Plan.Backup.Managed() && missing != "":
		j.say(doctor.Unknown, cliIn(j.v.Region, "backup get-backup-vault-notifications --backup-vault-name %s", j.v.Name),
			"it tells no topic of %s: whether somebody is told by other means is not known", missing)
	}
}

// key looks at the one that recovery points in the vault are encrypted with: one of AWS's
// own lets no other account in, and nobody changes what it allows. A vault that is
// another's and names none is as its owner made it.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html
func (j *vaultJudge) key(ctx context.Context) {
	id := j.actual.Key
	shown := cliIn(j.v.Region, "backup describe-backup-vault --backup-vault-name %s", j.v.Name)
	if id == "" {
		if j.v.Ours {
			j.say(doctor.Wrong, shown, "it names no key of yours, and lifeboat makes it with one: somebody made it anew, and the key of a vault cannot be changed")
		}
		return
	}
	at := place{j.v.Account, j.v.Region}
	reader, reached := j.p.from.Keys.at(at)
	if !reached { // the vault was read, so it is reached
		return
	}
	look := cliIn(j.v.Region, "kms describe-key --key-id %s", id)
	key, there, err := reader.Key(ctx, id)
	switch {
	case err != nil:
		line := unread(j.subject, err, look)
		line.What = "whether its key can be used is not known: " + line.What
		j.lines = append(j.lines, line)
	case !there:
		j.say(doctor.Wrong, look, "its key %s is not there: nothing that is encrypted with it can be read, and backups into the vault fail", id)
	case key.AWSManaged:
		j.say(doctor.Wrong, shown+" && "+look, "its key %s is AWS's own: it lets no other account in, and nobody changes what it allows; the key of a vault cannot be changed: make one with a key of yours", key.ID())
	default:
		n := j.p.n
		n.Names = at.in(n.Names)
		if line := usable(n, key); line.State != doctor.OK {
			j.say(line.State, line.Command, "its key %s %s", key.ID(), line.What)
		}
	}
}
