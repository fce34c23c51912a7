package constructs

import (
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// What a composite alarm takes: children, and characters of its rule. An alarm is
// named by its name, of which 255 characters are allowed: with such, the rule is
// full long before a hundred.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
const (
	maxChildren = 100
	maxRule     = 10240
)

// NewAnything is one alarm for everything that a stack watches: in ALARM while any
// of them is. It tells nobody, as each of them does; it is for whoever wants one
// light for a deployment in a region, as a composite alarm has children of its own
// region and account alone. Above a hundred it has alarms of alarms below it.
func NewAnything(scope constructs.Construct, name string, below []interfacesawscloudwatch.IAlarmRef) awscloudwatch.CompositeAlarm {
	scope = constructs.NewConstruct(scope, jsii.String("Anything"))
	level := 0
	for {
		chunks := chunked(below)
		if len(chunks) <= 1 {
			break
		}
		level++
		var above []interfacesawscloudwatch.IAlarmRef
		for i, chunk := range chunks {
			above = append(above, anyOf(scope, name+"-"+strconv.Itoa(level)+"-"+strconv.Itoa(i+1), "Part of "+name+": it tells nobody.", chunk))
		}
		below = above
	}
	return anyOf(scope, name, "In ALARM while any alarm of the deployment in this region is: it tells nobody, they do.", below)
}

func anyOf(scope constructs.Construct, name, description string, children []interfacesawscloudwatch.IAlarmRef) awscloudwatch.CompositeAlarm {
	var rule []string
	for _, child := range children {
		rule = append(rule, ruleOf(child))
	}
	alarm := awscloudwatch.NewCompositeAlarm(scope, idOf(name), &awscloudwatch.CompositeAlarmProps{
		CompositeAlarmName: jsii.String(name), AlarmDescription: jsii.String(description), ActionsEnabled: jsii.Bool(false),
		AlarmRule: awscloudwatch.AlarmRule_FromString(jsii.String(strings.Join(rule, or))),
	})
	for _, child := range children { // the rule has names, which make no dependency
		alarm.Node().AddDependency(child.(constructs.IDependable))
	}
	return alarm
}

const or = " OR "

// ruleOf is met while an alarm is raised.
func ruleOf(alarm interfacesawscloudwatch.IAlarmRef) string { return `ALARM("` + nameOf(alarm) + `")` }

// nameOf is the alarm's own, which lifeboat gave it, and not a reference to it.
func nameOf(alarm interfacesawscloudwatch.IAlarmRef) string {
	switch made := alarm.(constructs.IConstruct).Node().DefaultChild().(type) {
	case awscloudwatch.CfnAlarm:
		return *made.AlarmName()
	case awscloudwatch.CfnCompositeAlarm:
		return *made.AlarmName()
	}
	panic("an alarm is one of these two")
}

// chunked are as few lists as one rule each has room for.
func chunked(alarms []interfacesawscloudwatch.IAlarmRef) (lists [][]interfacesawscloudwatch.IAlarmRef) {
	room := 0
	for _, alarm := range alarms {
		takes := len(ruleOf(alarm)) + len(or)
		if last := len(lists) - 1; last < 0 || len(lists[last]) == maxChildren || takes > room {
			lists, room = append(lists, nil), maxRule
		}
		lists[len(lists)-1], room = append(lists[len(lists)-1], alarm), room-takes
	}
	return lists
}
