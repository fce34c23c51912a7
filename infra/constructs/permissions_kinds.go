package constructs

import "github.com/lifeboat-dr/lifeboat/pkg/plan"

// kindPermissions is what functions need for one kind of database, by what they
// do with it; each kind has a file, permissions_<kind>.go. A statement's Sid is
// told apart from those of other kinds: they stand in one policy.
type kindPermissions struct {
	lookForBackups  []Statement // recovery points, and the source
	lookAtAutomated []Statement // the windows of its automated backups, wherever they lie
	lookAhead       []Statement // what regions offer: in a drill, and every day
	preflight       []Statement // all that a restore would ask before it begins, and nothing that it does
	restore         []Statement // preflight included
	lookAtCopies    []Statement // by name
	listCopies      []Statement // by tag: what outlived its execution
	await           []Statement // when exactly a copy came
	makeLogin       []Statement // has the provider make it
	readPassword    []Statement
	logIn           []Statement // with a token
	remove          []Statement
	fence           []Statement // denies: nothing but ours is changed
	recover         []Statement // in a failover: makes what the plan names, preflight included
	fenceRecovery   []Statement // denies: a failover changes nothing else
	readRecovered   []Statement // the password of what a failover recovered
}

// kinds is the only place that knows which kind has which permissions, and what
// the ARN of a source is.
var kinds = map[string]struct {
	permissions func(Scope) kindPermissions
	source      func(names Names, identifier string) string
}{
	plan.KindRDSInstance: {Scope.rdsInstance, instanceARN},
}

// SourceARN is that of a database in the region and account of the deployment.
func SourceARN(names Names, d plan.Database) string { return kinds[d.Kind].source(names, d.Source) }

// InstanceARN is that of another instance of a database's kind: a target, a replica.
func InstanceARN(names Names, d plan.Database, identifier string) string {
	return kinds[d.Kind].source(names, identifier)
}

// ofKinds is what all kinds of the plan need together.
func (s Scope) ofKinds() (all kindPermissions) {
	for _, kind := range s.Kinds {
		k := kinds[kind].permissions(s)
		all.lookForBackups = append(all.lookForBackups, k.lookForBackups...)
		all.lookAtAutomated = append(all.lookAtAutomated, k.lookAtAutomated...)
		all.lookAhead = append(all.lookAhead, k.lookAhead...)
		all.preflight = append(all.preflight, k.preflight...)
		all.restore = append(all.restore, k.restore...)
		all.lookAtCopies = append(all.lookAtCopies, k.lookAtCopies...)
		all.listCopies = append(all.listCopies, k.listCopies...)
		all.await = append(all.await, k.await...)
		all.makeLogin = append(all.makeLogin, k.makeLogin...)
		all.readPassword = append(all.readPassword, k.readPassword...)
		all.logIn = append(all.logIn, k.logIn...)
		all.remove = append(all.remove, k.remove...)
		all.fence = append(all.fence, k.fence...)
		all.recover = append(all.recover, k.recover...)
		all.fenceRecovery = append(all.fenceRecovery, k.fenceRecovery...)
		all.readRecovered = append(all.readRecovered, k.readRecovered...)
	}
	return all
}
