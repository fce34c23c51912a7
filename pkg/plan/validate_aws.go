package plan

import (
	"fmt"
	"strings"
	"time"
)

// Bounds of the limits of a drill on AWS.
const (
	// A Lambda function runs for 15 minutes at most; the rest is for connecting
	// and for the answer.
	// https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
	maxCloudValidate  = Duration(840 * time.Second)
	maxCloudStatement = Duration(600 * time.Second)
	// After two days something is wrong that waiting does not mend, and the
	// copy is paid for by the hour.
	maxCloudRestore = Duration(48 * time.Hour)
)

// cloud checks what the kinds on AWS have in common.
func (v *validator) cloud(path string, d Database) {
	key := KindOf(d.Kind).Block
	block := path + "." + key
	if d.Source == "" {
		v.add(block+".source", "nothing says which database it is", "", "the AWS identifier, for instance "+key+": {source: orders-prod}")
	}
	v.onlyFor(path, "kind "+d.Kind, map[string]bool{
		"backups": d.Backups != "", "binaries": d.Binaries != "", "scratch": d.Scratch != "",
		"timeZone": d.TimeZone != "", "settings": len(d.Settings) > 0, "trust": d.Trust != "",
	})
	v.oneOf(block+".login", "login", d.Login, LoginManagedPassword, LoginIAM)
	v.from(block+".from", d.Drill)
	v.copyTags(path+".drill.tags", d)
	if KindOf(d.Kind).InNetwork {
		v.ownNetwork(path+".drill", d.Drill)
	}
	for _, l := range []struct {
		name           string
		value, atMost  Duration
		because, shown string
	}{
		{"restore", d.Limits.Restore, maxCloudRestore, "a restore that takes longer will not end by waiting, and the copy costs money", "48h"},
		{"validate", d.Limits.Validate, maxCloudValidate, "the checks run in a Lambda function, which may take 15 minutes", "840s"},
		{"statement", d.Limits.Statement, maxCloudStatement, "the checks run in a Lambda function, which may take 15 minutes", "600s"},
	} {
		if l.value > l.atMost {
			v.add(path+".limits."+l.name, fmt.Sprintf("%s is longer than a drill on AWS can wait", l.value), l.because, l.shown+" at most")
		}
	}
}

// from refuses a kind of recovery point that cannot be there in the drill's
// scenario.
func (v *validator) from(path string, d Drill) {
	v.oneOf(path, "kind of backup to restore from", d.From, FromSnapshot, FromPITR, FromCopy)
	switch {
	case d.From == FromPITR && d.Scenario == ScenarioAccountLoss:
		v.add(path, "no point in time outlives the loss of its account", "transaction logs cannot be shared with or copied to another account",
			"from: copy, or remove from")
	case d.From == FromCopy && v.recoveryRegion() == "" && v.recoveryAccount() == "":
		v.add(path, "there is no place that copies could come to", "a copy lies in another region or in another account",
			"declare regions.recovery or accounts.recovery, or choose another from")
	}
}

func (v *validator) recoveryRegion() string {
	if v.plan.Regions == nil {
		return ""
	}
	return v.plan.Regions.Recovery
}

func (v *validator) recoveryAccount() string {
	if v.plan.Accounts == nil {
		return ""
	}
	return v.plan.Accounts.Recovery
}

// inRegion refuses the ARN of something that the drill cannot reach: whatever
// its scenario, a copy is made where lifeboat is deployed.
func (v *validator) inRegion(path, what, arn string) {
	home, region := v.plan.DrillRegion(), arnField(arn, 3)
	if home == "" {
		return // another problem says so
	}
	if region != home {
		v.add(path, fmt.Sprintf("%s lies in %s and not in %s", what, region, home),
			"it is used where the copy is made, and would be lost with its region", "name one there")
	}
	if said, is := arnField(arn, 1), Partition(region); said != is {
		v.add(path, fmt.Sprintf("%s lies in the partition %s and not in %s", what, said, is),
			fmt.Sprintf("%s is a region of %s, and nothing reaches from one partition into another", region, is), "arn:"+is+":...")
	}
}

// arnField is one part of arn:partition:service:region:account:resource.
func arnField(arn string, n int) string {
	if parts := strings.Split(arn, ":"); len(parts) > n {
		return parts[n]
	}
	return ""
}
