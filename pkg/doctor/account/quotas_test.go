package account

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

type fakeQuotas struct {
	quotas map[string]seen.Quota
	most   int
	err    error
}

func (f fakeQuotas) Quotas(context.Context) (map[string]seen.Quota, error) { return f.quotas, f.err }
func (f fakeQuotas) Concurrency(context.Context) (int, error)              { return f.most, f.err }

func TestQuotas(t *testing.T) {
	of := func(used, most int) fakeQuotas {
		return fakeQuotas{quotas: map[string]seen.Quota{"DBInstances": {Used: used, Max: most}}, most: most}
	}
	for name, c := range map[string]struct {
		from           fakeQuotas
		rds, lambda    doctor.State
		what, instance string
	}{
		"room":      {of(7, 10), doctor.OK, doctor.OK, "7 of 10", ""},
		"none left": {of(8, 10), doctor.Wrong, doctor.OK, "8 of 10", "--quota-code L-7B6409FD --desired-value 11"},
		"tiny":      {of(0, 2), doctor.Wrong, doctor.Wrong, "0 of 2", "--desired-value 3"},
		"untold":    {fakeQuotas{most: 10}, doctor.Unknown, doctor.OK, "does not say", ""},
		"denied":    {fakeQuotas{err: errDenied}, doctor.Unknown, doctor.Unknown, "it takes", ""},
		"throttled": {fakeQuotas{err: errThrottled}, doctor.Unknown, doctor.Unknown, "of late", ""},
	} {
		t.Run(name, func(t *testing.T) {
			n := Needs{Names: theNames}
			got, other := instances(context.Background(), n, c.from, 3), functions(context.Background(), n, c.from, 8)
			if got.State != c.rds || !strings.Contains(got.What, c.what) || !strings.Contains(got.Command, c.instance) {
				t.Errorf("%+v", got)
			}
			if other.State != c.lambda && name != "tiny" || name == "tiny" && other.State != doctor.Wrong {
				t.Errorf("%+v", other)
			}
		})
	}
}

func TestDrillsAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		schedules []string
		takes     time.Duration
		want      int
		reason    string
	}{
		"none":        {[]string{"", ""}, time.Hour, 1, "somebody starts one by hand"},
		"one":         {[]string{"cron(0 3 1 * ? *)"}, time.Hour, 1, ""},
		"same hour":   {[]string{"cron(0 3 1 * ? *)", "cron(0 3 1 * ? *)", "cron(0 5 1 * ? *)"}, time.Hour, 2, "the third comes when they are over"},
		"long drills": {[]string{"cron(0 3 1 * ? *)", "cron(0 3 1 * ? *)", "cron(0 5 1 * ? *)"}, 3 * time.Hour, 3, "the third comes while they run"},
		"itself":      {[]string{"rate(1 hour)"}, 3 * time.Hour, 1, "a database is drilled once at a time"},
	} {
		t.Run(name, func(t *testing.T) {
			p := aPlan(c.schedules...)
			var specs []drill.Spec
			for _, d := range p.Workloads[0].Databases {
				specs = append(specs, drill.Spec{Workload: "orders", Database: d.Name, Limits: drill.Limits{RestoreSeconds: c.takes.Seconds()}})
			}
			if got := atOnce(p, specs, now); got != c.want {
				t.Errorf("%s: %d, want %d", c.reason, got, c.want)
			}
		})
	}
}

type fakeRoles struct {
	there bool
	err   error
}

func (f fakeRoles) Role(context.Context, string) (seen.Role, bool, error) {
	return seen.Role{}, f.there, f.err
}

func TestLinkedRole(t *testing.T) {
	for name, c := range map[string]struct {
		roles   fakeRoles
		state   doctor.State
		command string
	}{
		"there":     {fakeRoles{there: true}, doctor.OK, ""},
		"missing":   {fakeRoles{}, doctor.Wrong, "aws iam create-service-linked-role --aws-service-name rds.amazonaws.com"},
		"denied":    {fakeRoles{err: errDenied}, doctor.Unknown, "aws iam get-role --role-name AWSServiceRoleForRDS"},
		"throttled": {fakeRoles{err: errThrottled}, doctor.Unknown, "aws iam get-role --role-name AWSServiceRoleForRDS"},
	} {
		if got := LinkedRole(Needs{Names: theNames}, c.roles).Run(context.Background()); len(got) != 1 || got[0].State != c.state || got[0].Command != c.command {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
