package plan

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func (v *validator) database(path string, d Database) {
	v.name(path+".name", d.Name)
	if KindOf(d.Kind).Drillable {
		v.foreignBlocks(path, d)
	}
	d = d.folded()
	validate, drillable := validators[d.Kind]
	if !drillable {
		v.undrillable(path, d.Kind)
		return // what else is wrong with it depends on its kind
	}
	if KindOf(d.Kind).OnAWS {
		v.cloud(path, d)
		v.databaseBackup(path, d)
	} else {
		v.fileBackup(path, d)
	}
	validate(v, path, d)
	v.drill(path+".drill", d.Drill)
	v.checks(path, d)
	if d.Limits.Statement > 0 && d.Limits.Validate > 0 && d.Limits.Statement > d.Limits.Validate {
		v.add(path+".limits.statement", "one statement may take longer than all checks together", "", "make it shorter than validate")
	}
}

func (v *validator) undrillable(path, kind string) {
	one := "one of " + strings.Join(KindNames(Drillable), ", ")
	switch {
	case kind == "":
		v.add(path+".kind", "the kind is missing", "", one)
	case KindOf(kind).Name != "":
		v.add(path+".kind", kind+" cannot be drilled yet", "it would stand in the plan and never be drilled, monitored or alarmed, in silence",
			one+"; leave this database out until its kind is supported")
	default:
		v.add(path+".kind", fmt.Sprintf("%q is no kind of database", kind), "", one)
	}
}

func (v *validator) postgres(path string, d Database) {
	switch {
	case d.Backups == "":
		v.add(path+".postgres.backups", "nothing says where the backups lie", "a database of kind postgres is restored from files", "a glob, for instance postgres: {backups: ./backups/*}")
	default:
		if _, err := filepath.Match(d.Backups, ""); err != nil {
			v.add(path+".postgres.backups", fmt.Sprintf("%q is no glob", d.Backups), "a bracket is not closed or a backslash stands last", "for instance ./backups/*")
		}
	}
	if d.TimeZone != "" {
		if _, err := time.LoadLocation(d.TimeZone); err != nil || d.TimeZone == "Local" {
			v.add(path+".postgres.timeZone", fmt.Sprintf("%q is no time zone", d.TimeZone), "", "an IANA name such as Europe/Berlin")
		}
	}
	v.oneOf(path+".postgres.trust", "trust", d.Trust, TrustBackup)
	for _, setting := range slices.Sorted(maps.Keys(d.Settings)) {
		if reason := forbiddenSetting(setting); reason != "" {
			v.add(path+".postgres.settings."+setting, fmt.Sprintf("%s cannot be set for the copy", setting), reason, "remove it")
		}
	}
	v.onlyFor(path, "kind "+KindPostgres, map[string]bool{
		"source": d.Source != "", "replica": d.Replica != "", "login": d.Login != "", "customCheck": d.CustomCheck != nil, "drill.from": d.Drill.From != "",
		"drill.instanceClass": d.Drill.InstanceClass != "", "drill.parameterGroup": d.Drill.ParameterGroup != "",
		"drill.optionGroup": d.Drill.OptionGroup != "", "drill.subnetGroup": d.Drill.SubnetGroup != "",
		"drill.securityGroups": len(d.Drill.SecurityGroups) > 0, "drill.kmsKey": d.Drill.KMSKey != "",
		"drill.tags": len(d.Drill.Tags) > 0, "drill.every": d.Drill.Every > 0,
	})
}

// onlyFor refuses fields that another kind has: they would be ignored.
func (v *validator) onlyFor(path, kind string, set map[string]bool) {
	var fields []string
	for field, is := range set {
		if is {
			fields = append(fields, field)
		}
	}
	slices.Sort(fields)
	for _, field := range fields {
		v.add(path+"."+field, kind+" has no "+field, "it would be ignored", "remove it, or correct the kind")
	}
}

// forbiddenSetting says why a setting of PostgreSQL must not reach the copy:
// it would let it act outside of its folder, or lifeboat sets it itself.
func forbiddenSetting(name string) string {
	lower := strings.ToLower(name)
	prefixes := map[string]string{
		"archive_":     "the copy must not write into the source's archive",
		"primary_":     "the copy must not connect to the source",
		"recovery_":    "lifeboat decides how the copy recovers",
		"restore_":     "lifeboat decides how the copy recovers",
		"include":      "settings must not come from elsewhere",
		"ssl":          "the copy listens on a socket of its own only",
		"log_":         "lifeboat keeps the log of the copy, and in its folder",
		"unix_socket_": "the copy listens on a socket of its own only",
	}
	for _, prefix := range slices.Sorted(maps.Keys(prefixes)) {
		if strings.HasPrefix(lower, prefix) {
			return prefixes[prefix]
		}
	}
	switch lower {
	case "listen_addresses", "port", "external_pid_file", "data_directory", "hba_file", "ident_file", "config_file":
		return "lifeboat sets it"
	case "shared_preload_libraries", "session_preload_libraries", "local_preload_libraries", "dynamic_library_path",
		"max_logical_replication_workers", "logging_collector", "event_source", "krb_server_keyfile":
		return "it could make the copy act outside of its folder"
	}
	return ""
}

func (v *validator) drill(path string, d Drill) {
	v.oneOf(path+".scenario", "scenario", d.Scenario, Scenarios...)
	if d.Scenario == ScenarioRegionLoss && v.recoveryRegion() == "" {
		v.add(path+".scenario", ScenarioRegionLoss+" needs a recovery region", "only backups there survive the loss", "declare regions.recovery, or choose another scenario")
	}
	if d.Scenario == ScenarioAccountLoss && v.recoveryAccount() == "" {
		v.add(path+".scenario", ScenarioAccountLoss+" needs a recovery account", "only backups there survive the loss", "declare accounts.recovery, or choose another scenario")
	}
	if d.Schedule == "" {
		return
	}
	schedule, err := ParseSchedule(d.Schedule)
	if err != nil {
		v.add(path+".schedule", err.Error(), "", "for instance cron(0 3 1 * ? *) or rate(7 days)")
		return
	}
	// Not asked of the clock: a plan that was deployed must not become invalid at New
	// Year. That a year which was to come has gone by is told as drills-overdue.
	switch starts := schedule.Starts(); {
	case starts == 0:
		v.add(path+".schedule", fmt.Sprintf("%q never comes", d.Schedule),
			"there is no such day, or its years are past, and the database would never be drilled", "name a day that comes, for instance cron(0 3 1 * ? *)")
		return
	case starts == 1 && d.Every == 0:
		v.add(path+".schedule", fmt.Sprintf("%q comes once only", d.Schedule),
			"nothing says after how long without a drill somebody is to be told", "write drill.every, or a schedule that comes again, for instance cron(0 3 1 * ? *)")
		return
	}
	if d.Every == 0 {
		return
	}
	if longest := schedule.Longest(); time.Duration(d.Every) <= longest {
		v.add(path+".every", fmt.Sprintf("drills would be overdue after %s, and the schedule lets %s pass between two", inDays(time.Duration(d.Every)), inDays(longest)),
			"a database that is drilled as planned would be called overdue every time",
			fmt.Sprintf("leave it out for %s, or make it longer than %s", inDays(Drill{Schedule: d.Schedule}.Overdue()), inDays(longest)))
	}
}
