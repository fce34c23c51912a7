package rds

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// A look ahead asks, long before a disaster, what would have a restore of the
// newest recovery point refused. It asks where the restore would be made, since
// that is what counts then. What the region does not answer, for want of a
// permission or for any other reason, is said as unknown: it is not a good sign.

// Recoverable looks ahead for all databases, by name. Whatever they share is
// asked once: a region's lists, an engine version, a class, a group, a key. It
// does not fail: what it could not find out is among the unknown.
//
// The quotas of a region are held against one copy, and against a recovery of all
// databases that would be made there at the same time: whoever loses a region
// loses them all.
func (a *Adapter) Recoverable(ctx context.Context, specs []drill.Spec) map[string]drill.Recoverability {
	bounded, cancel := spare(ctx)
	defer cancel()
	l := &lookAhead{Adapter: a.askingOnce(), shelves: map[string]*shelf{}, needs: map[string]*need{}}
	found, sources := map[string]drill.Recoverability{}, map[string]target{}
	for _, spec := range specs {
		s, err := source(spec)
		if err != nil {
			found[spec.Name()] = drill.Recoverability{Unknown: []drill.Finding{notKnown(err)}}
			continue
		}
		sources[spec.Name()] = s
		found[spec.Name()] = l.one(bounded, spec, s)
	}
	for _, spec := range specs { // when all needs are known
		if s, ok := sources[spec.Name()]; ok {
			found[spec.Name()] = l.together(bounded, spec, s, found[spec.Name()])
		}
	}
	return found
}

// lookAhead is one look at many databases.
type lookAhead struct {
	*Adapter
	shelves map[string]*shelf
	needs   map[string]*need // by region
}

// need is what a recovery of all databases of a region takes.
type need struct{ instances, storageGiB int64 }

func (l *lookAhead) shelfOf(ctx context.Context, region string) *shelf {
	if l.shelves[region] == nil {
		l.shelves[region] = l.shelf(ctx, region)
	}
	return l.shelves[region]
}

// one database, but for what it shares with the others.
func (l *lookAhead) one(ctx context.Context, spec drill.Spec, s target) (r drill.Recoverability) {
	away := l.shelfOf(ctx, s.Region())
	if away.err != nil {
		r.Unknown = append(r.Unknown, notKnown(away.err))
		return r
	}
	owner, caller := l.accounts(s)
	look := search{spec: spec, source: s, owner: owner, caller: caller}
	living, err := l.livingSource(ctx, look)
	if err != nil {
		r.Unknown = append(r.Unknown, notKnown(err))
	}
	looks := []check{
		l.checkQuotas, l.quotasSaid, l.checkSubnetGroup, l.checkParameterGroup, l.checkOptionGroup, l.lookForServiceRole,
		l.checkSupport, l.checkVersion, l.classKnown, l.checkClass, l.checkZones, l.checkMagnetic, l.checkLasting,
	}
	var from origin
	if point := look.newestUsable(away, living); point != nil {
		from, looks = point.origin(), append(looks, l.lookAtKey)
	} else {
		r.Unknown = append(r.Unknown, look.nothingToLookAt())
		if living == nil {
			return r
		}
		from = fromInstance(*living, s.PrimaryRegion).origin() // what backups of it would be
	}
	if living != nil {
		from.lifecycle, from.class = aws.ToString(living.EngineLifecycleSupport), aws.ToString(living.DBInstanceClass)
		if s.Elsewhere() {
			from.sourceOptions = optionsOf(*living)
		}
		looks = append(looks, func(ctx context.Context, s target, from origin) ([]problem, error) {
			return l.sourceGroups(ctx, s, from, *living)
		})
	}
	l.need(spec, s, from)
	ahead := judge(ctx, s, from, looks)
	r.Findings, r.Unknown = ahead.Findings, append(r.Unknown, ahead.Unknown...)
	return r
}

// lookAtKey is the key as a recovery would find it.
func (l *lookAhead) lookAtKey(ctx context.Context, s target, from origin) ([]problem, error) {
	_, found, err := l.checkKey(ctx, s, from)
	return found, err
}

// quotasSaid is whether the region told the quotas that a copy counts against: of one
// that it leaves out nothing was compared.
func (l *lookAhead) quotasSaid(ctx context.Context, s target, _ origin) (found []problem, _ error) {
	out, err := l.in(s.Region()).rds.DescribeAccountAttributes(ctx, &awsrds.DescribeAccountAttributesInput{})
	if err != nil {
		return nil, nil // checkQuotas says so
	}
	for _, name := range []string{quotaInstances, quotaStorage} {
		if !slices.ContainsFunc(out.AccountQuotas, func(q types.AccountQuota) bool { return aws.ToString(q.AccountQuotaName) == name && q.Max != nil }) {
			found = append(found, unsaid(fmt.Sprintf("%s does not say its quota %s, so whether it has place for a copy is not known", s.Region(), name),
				"aws rds describe-account-attributes --region "+s.Region()))
		}
	}
	return found, nil
}

// classKnown is whether anybody knows the class of the copy: a recovery point does
// not say it, and of a source that is gone, or another account's, nobody does.
func (l *lookAhead) classKnown(_ context.Context, s target, from origin) ([]problem, error) {
	if classOf(s, from) != "" {
		return nil, nil
	}
	return []problem{unsaid(fmt.Sprintf("the plan names no class for a copy of %s, and the source cannot be asked for its own: whether %s offers it is not known", s.Instance, s.Region()),
		"name drill.instanceClass in lifeboat.yaml")}, nil
}

// unsaid is what an answer leaves out: nobody knows, and nothing is known to be wrong.
func unsaid(what, hint string) problem {
	return problem{name: drill.RestoreRefused, code: drill.RecoverabilityUnknown, unknown: true, what: "could not be looked at: " + what, hint: hint}
}

// livingSource is the source instance; nil where there is none, or where another
// account has it, which is never asked.
func (l *lookAhead) livingSource(ctx context.Context, look search) (*types.DBInstance, error) {
	if look.owner != look.caller {
		return nil, nil
	}
	home := l.shelfOf(ctx, look.source.PrimaryRegion)
	if home.err != nil {
		return nil, home.err
	}
	found, there := home.instances[strings.ToLower(look.source.Instance)]
	if !there {
		return nil, nil
	}
	return &found, nil
}

// newestUsable is what a recovery of today would restore.
func (l search) newestUsable(where *shelf, living *types.DBInstance) (newest *candidate) {
	found, resource, _ := where.candidates(l, l.source.Region())
	if living != nil {
		resource = aws.ToString(living.DbiResourceId)
	}
	l.living = cmp.Or(resource, livingIn(found))
	for _, c := range found {
		if reason, _ := l.objection(c); reason == "" && (newest == nil || c.TakenAt.After(newest.TakenAt)) {
			newest = &c
		}
	}
	return newest
}

// origin is what is known of a candidate without another call.
func (c candidate) origin() origin {
	from := c.of
	from.engine, from.version, from.encrypted, from.key = c.engine, c.ServerVersion, c.encrypted, c.key
	return from
}

// need adds what a database takes of its region's quotas where all are recovered
// at the same time. An operator's error hits one.
func (l *lookAhead) need(spec drill.Spec, s target, from origin) {
	if spec.Scenario == plan.ScenarioOperatorError && !s.Elsewhere() {
		return
	}
	n := l.needs[s.Region()]
	if n == nil {
		n = &need{}
		l.needs[s.Region()] = n
	}
	n.instances++
	n.storageGiB += from.allocatedGiB
}

// together adds whether the region has place for all, where it has for one.
func (l *lookAhead) together(ctx context.Context, spec drill.Spec, s target, r drill.Recoverability) drill.Recoverability {
	n := l.needs[s.Region()]
	alone := slices.ContainsFunc(r.Findings, func(f drill.Finding) bool { return f.Code == drill.QuotaShort })
	if n == nil || n.instances < 2 || alone || spec.Scenario == plan.ScenarioOperatorError && !s.Elsewhere() {
		return r
	}
	found, err := l.short(ctx, s.Region(), n.instances, n.storageGiB, fmt.Sprintf("a recovery of all %d databases of the plan together needs", n.instances))
	if err != nil {
		return r // the single one said so
	}
	for _, p := range found {
		p.severity = drill.Warning
		r.Findings = append(r.Findings, p.finding())
	}
	return r
}

// patienceAhead is what a drill spends on looking ahead at most: its clock runs.
const patienceAhead = 10 * time.Second

// RecoverableFrom looks ahead at one recovery point, for a drill that is about to
// restore it. It asks the region of the copy only, in a few calls, and what
// StartRestore asks anyway it leaves to that: groups, key, quotas.
func (a *Adapter) RecoverableFrom(ctx context.Context, spec drill.Spec, point drill.RecoveryPoint) drill.Recoverability {
	bounded, cancel := context.WithTimeout(ctx, patienceAhead)
	defer cancel()
	once := a.askingOnce()
	s, err := source(spec)
	if err != nil {
		return drill.Recoverability{} // the drill says so itself
	}
	from, err := once.origin(bounded, s, point)
	if err != nil {
		return drill.Recoverability{} // StartRestore looks again, and says it
	}
	return judge(bounded, s, from, []check{once.checkSupport, once.checkVersion, once.checkClass, once.checkMagnetic, once.checkLasting})
}

// judge looks at everything, and keeps what could not be looked at.
func judge(ctx context.Context, s target, from origin, looks []check) (r drill.Recoverability) {
	for _, look := range looks {
		found, err := look(ctx, s, from)
		if err != nil {
			r.Unknown = append(r.Unknown, notKnown(err))
			continue
		}
		for _, p := range found {
			if f := p.finding(); p.unknown {
				r.Unknown = append(r.Unknown, f)
			} else {
				r.Findings = append(r.Findings, f)
			}
		}
	}
	r.Unknown = distinctFindings(r.Unknown)
	return r
}

// distinctFindings: one missing permission may keep two looks from their answer.
func distinctFindings(list []drill.Finding) []drill.Finding {
	var kept []drill.Finding
	for _, f := range list {
		if !slices.ContainsFunc(kept, func(k drill.Finding) bool { return k.What == f.What }) {
			kept = append(kept, f)
		}
	}
	return kept
}

func (p problem) finding() drill.Finding {
	f := drill.Finding{
		Severity: cmp.Or(p.severity, drill.Failed), Code: p.code, What: p.what, Figure: p.figure, Target: p.target, Hint: p.hint,
	}
	if p.unknown {
		f.Severity = drill.Warning
	}
	return f
}

func notKnown(err error) drill.Finding {
	return drill.Finding{
		Severity: drill.Warning, Code: drill.RecoverabilityUnknown, What: fmt.Sprintf("could not be looked at: %v", err),
		Hint: cmp.Or(drill.HintOf(err), "whether a restore would be refused, nobody knows: see what keeps the preflight's role from asking"),
	}
}

func (l search) nothingToLookAt() drill.Finding {
	return drill.Finding{
		Severity: drill.Warning, Code: drill.RecoverabilityUnknown, What: fmt.Sprintf("%s has no recovery point of %s that a recovery could use: there is nothing to look at", l.source.Region(), l.source.Instance),
		Hint: "see the alarm backup-age and its runbook",
	}
}
