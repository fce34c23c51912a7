package account

import (
	"context"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

// inPlaces is a deployment of three stacks: where lifeboat is, in another region, and
// in another account.
func inPlaces() Needs {
	stack := func(name, account, region string) cfn.Template {
		return cfn.Template{Name: name, Source: []byte("{}"), Where: cfn.Where{Partition: "aws", Region: region, Account: account}, Resources: map[string]cfn.Resource{
			"Alarm": {Type: "AWS::CloudWatch::Alarm"}, "Key": {Type: "AWS::KMS::Key"},
		}}
	}
	return Needs{Names: theNames, Assembly: cfn.Assembly{Stacks: []cfn.Template{
		stack("lifeboat-prod", theNames.Account, theNames.Region), stack("lifeboat-prod-near", theNames.Account, "eu-west-1"), stack("lifeboat-prod-far", "444455556666", "eu-west-1"),
	}}}
}

// each region has readers of its own.
func perRegion[R any](readers map[string]R) Regions[R] {
	return Regions[R]{Account: theNames.Account, In: func(region string) R { return readers[region] }}
}

// A stack is asked for where it lies; one of another account nobody here can ask about:
// it is unknown, with the command that signs in there, and not missing.
func TestStacksWhereTheyLie(t *testing.T) {
	home := formed{"Key": "home"}
	lines := map[string]doctor.Line{}
	for _, s := range inPlaces().Assembly.Stacks {
		from := perRegion(map[string]Stacks{theNames.Region: home, "eu-west-1": formed(nil)})
		reader, reached := from.at(placeOf(s))
		if !reached {
			lines[s.Name] = from.elsewhere(theCheckout, areaVersion, s.Name, placeOf(s))
			continue
		}
		physical, _ := reader.Resources(context.Background(), s.Name)
		lines[s.Name] = doctor.Line{What: physical["Key"]}
	}
	if lines["lifeboat-prod"].What != "home" || lines["lifeboat-prod-near"].What != "" {
		t.Errorf("%+v", lines)
	}
	far := lines["lifeboat-prod-far"]
	if far.State != doctor.Unknown || far.What != "it lies in account 444455556666, eu-west-1, and the caller is of 111122223333: sign in there, and ask again" ||
		far.Command != "aws login --profile account-444455556666 && AWS_PROFILE=account-444455556666 lifeboat doctor --aws --plan lifeboat.yaml --only version" {
		t.Errorf("%+v", far)
	}
}

// Alarms are watched in each region in which the deployment has any.
func TestAlarmsOfEveryRegion(t *testing.T) {
	fine := func(name string) seen.Alarm {
		return seen.Alarm{Name: name, State: "OK", ActionsEnabled: true}
	}
	deployed := perRegion(map[string]AlarmReader{theNames.Region: fakeAlarms{list: []seen.Alarm{fine("lifeboat-prod-a")}}, "eu-west-1": fakeAlarms{list: []seen.Alarm{fine("lifeboat-prod-jobs")}}})
	there := perRegion(map[string]AlarmReader{theNames.Region: fakeAlarms{list: []seen.Alarm{fine("lifeboat-prod-a")}}, "eu-west-1": fakeAlarms{}})
	var text []string
	for _, l := range Alarms(inPlaces(), theCheckout, deployed, there).Run(context.Background()) {
		text = append(text, string(l.State)+" "+l.Subject+" "+l.Command)
	}
	want := []string{"ok lifeboat-prod-* ", "wrong lifeboat-prod-jobs aws cloudformation create-change-set --region eu-west-1 --stack-name lifeboat-prod-near", "unknown lifeboat-prod-far aws login"}
	if len(text) != len(want) {
		t.Fatal(strings.Join(text, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(text[i], want[i]) {
			t.Errorf("%q is not %q", text[i], want[i])
		}
	}
}

// Keys that no alias names are called what their stack says.
func TestKeysOfStacks(t *testing.T) {
	n := inPlaces()
	found := ids{}
	lines := keysOfStacks(context.Background(), n, perRegion(map[string]Stacks{theNames.Region: formed{"Key": "home"}, "eu-west-1": formed{"Key": "near"}}), found)
	got := map[string]string{}
	for i, s := range n.Assembly.Stacks {
		simulated, err := n.Assembly.Stacks[i].Attribute("Key", "Arn")
		if err != nil {
			t.Fatal(err)
		}
		got[s.Name] = found[simulated]
	}
	if got["lifeboat-prod"] != "arn:aws:kms:eu-central-1:111122223333:key/home" || got["lifeboat-prod-near"] != "arn:aws:kms:eu-west-1:111122223333:key/near" || got["lifeboat-prod-far"] != "" || len(lines) > 0 {
		t.Errorf("%v, %v", got, lines)
	}
}
