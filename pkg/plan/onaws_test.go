package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatADeploymentAsksOfThePlan(t *testing.T) {
	const key, alias, check = "arn:aws:kms:eu-central-1:111122223333:key/b", "alias/orders", "arn:aws:lambda:eu-central-1:111122223333:function:check:live"
	database := func(name, kmsKey, user string) Database {
		d := Database{Name: name, Kind: KindRDSInstance, CustomCheck: &CustomCheck{Function: check}, Login: LoginIAM, User: user}
		d.Drill.KMSKey = kmsKey
		return d
	}
	local := database("local", "alias/never", "nobody")
	local.Kind, local.CustomCheck = KindPostgres, &CustomCheck{Function: "never"}
	password := database("password", "arn:a", "somebody")
	password.Login, password.CustomCheck = LoginManagedPassword, nil
	p := Plan{Workloads: []Workload{
		{Name: "shop", Databases: []Database{database("one", key, "app"), local, database("two", alias, "app")}},
		{Name: "bank", Databases: []Database{database("three", key, "auditor"), password}},
	}}
	var visited []string
	for w, d := range p.OnAWS() {
		visited = append(visited, w.Name+"/"+d.Name)
	}
	for of, c := range map[string]struct {
		reason    string
		want, got any
	}{
		"databases":        {"what is drilled on this machine is not deployed", []string{"shop/one", "shop/two", "bank/three", "bank/password"}, visited},
		"custom functions": {"a policy names each once", []string{check}, p.CustomFunctions()},
		"users":            {"who has a password needs no token", []string{"app", "auditor"}, p.TokenUsers()},
		"keys":             {"sorted, so that a template does not change with the order of the plan", RecoveryKeys{ARNs: []string{"arn:a", key}, Aliases: []string{alias}}, p.RecoveryKeys()},
		"owner":            {"no account is named", "", p.Owner()},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", of, c.reason, diff)
		}
	}
	p.Workloads[0].Databases[0].Drill.KMSKey, p.Accounts = "", &Accounts{Primary: "999988887777"}
	if keys := p.RecoveryKeys(); !keys.Any || !keys.Named() || p.Owner() != "999988887777" {
		t.Errorf("%+v of %s", keys, p.Owner())
	}
}
